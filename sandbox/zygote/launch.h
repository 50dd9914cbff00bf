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
/*
 * Its steps, for the process 1 of a warm run, which places the streams and gives everything up by itself, and
 * for its programs, which inherit all that and only execute. The first is 0, or -1 and errno; what breaks in
 * the others is on the page (PLAN_FAILED) and ends the process.
 */
WARN_UNUSED int launch_place_streams(const struct plan *plan);
void launch_give_up(struct plan *plan);
void launch_execute(struct plan *plan) __attribute__((noreturn));
void launch_fail(const struct plan *plan, const char *step) __attribute__((noreturn));

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t launch_now(void);

#endif
