/* Stopping everything inside a run for a while: by its control group, or by its process 1. */
#ifndef CUPEL_SANDBOX_FREEZE_H
#define CUPEL_SANDBOX_FREEZE_H

#include "sandbox/zygote/lane_run.h"

/* Returns when it is done. -1 and errno: EAGAIN before the program's start where there is no v2 group. */
WARN_UNUSED int freeze_set(struct lane_run *run, bool freeze);

/* In process 1: stops or continues everybody else when the lane, and only the lane, says so. */
void freeze_obey(struct plan_page *page);

#endif
