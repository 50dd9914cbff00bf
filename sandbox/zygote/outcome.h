/* How a run ended and what it used, as the client will read it. */
#ifndef CUPEL_SANDBOX_OUTCOME_H
#define CUPEL_SANDBOX_OUTCOME_H

#include "sandbox/zygote/lane_run.h"

/* Everything inside is dead, or only process 1 is about to end;
 * it was set up. `largest_bytes`: by wait4(2). */
void outcome_fill(const struct lane *lane, const struct lane_run *run, uint64_t largest_bytes,
                  struct wire_result *result);

#endif
