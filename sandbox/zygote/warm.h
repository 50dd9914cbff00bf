/* The process 1 of a warm run, which starts programs as often as the client asks. */
#ifndef CUPEL_SANDBOX_ZYGOTE_WARM_H
#define CUPEL_SANDBOX_ZYGOTE_WARM_H

#include "sandbox/zygote/lane_run.h"

/* `lane` and `run` are the copies that this process got of them. */
void warm_main(const struct lane *lane, struct lane_run *run, struct plan *plan) __attribute__((noreturn));

#endif
