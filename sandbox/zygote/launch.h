/* The last steps before exec: everything that a run gives up, in order. */
#ifndef CUPEL_SANDBOX_LAUNCH_H
#define CUPEL_SANDBOX_LAUNCH_H

#include "sandbox/zygote/plan.h"

#include <sys/types.h>

/*
 * Starts the program in a child that shares memory with its caller until exec. Returns the pid; what went
 * wrong is on the plan's page (PLAN_FAILED, PLAN_NOT_STARTED), otherwise PLAN_RUNNING. -1: no process.
 */
WARN_UNUSED pid_t launch_program(struct plan *plan);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t launch_now(void);

#endif
