/* What the client hears of a conversation as soon as its program was exec'ed. */
#ifndef CUPEL_SANDBOX_BEGIN_H
#define CUPEL_SANDBOX_BEGIN_H

#include "sandbox/zygote/lane_run.h"

/* The moment, and the counters, which the client can read from now on without asking. */
void begin_tell(const struct lane *lane, const struct lane_run *run);

#endif
