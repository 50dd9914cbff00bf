/* The run's own process 1: sets the scene, starts the program, reaps everything, and goes. */
#ifndef CUPEL_SANDBOX_INSIDE_H
#define CUPEL_SANDBOX_INSIDE_H

#include "sandbox/zygote/plan.h"

void inside_main(struct plan *plan) __attribute__((noreturn));

#endif
