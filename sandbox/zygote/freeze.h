/*
 * Stopping everything inside a run for a while: by its control group, which nothing inside can undo, or by
 * SIGSTOP from its process 1. A stopped program may have arranged for a SIGCONT (a timer's, timer_create(2)),
 * so its task clock is looked at.
 */
#ifndef CUPEL_SANDBOX_FREEZE_H
#define CUPEL_SANDBOX_FREEZE_H

#include "sandbox/zygote/lane_run.h"

/*
 * Returns when it is so, at once when it is already. -1 and errno: ESRCH when the run is over, EBUSY when it
 * does not stand still; then it goes on.
 */
WARN_UNUSED int freeze_begin(struct lane_run *run);
/* Likewise; nothing to do for a run that is not frozen. EBUSY: it goes on, but did not stand still. */
WARN_UNUSED int freeze_end(struct lane_run *run);
/* The run is over: its group serves the next one of its place. */
void freeze_forget(const struct lane_run *run);

/* In process 1: stops or continues everybody else when the lane, and only the lane, says so. */
void freeze_obey(struct plan_page *page);

#endif
