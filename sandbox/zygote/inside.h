/* The run's own process 1: sets the scene, starts the program, reaps everything, and goes. */
#ifndef CUPEL_SANDBOX_INSIDE_H
#define CUPEL_SANDBOX_INSIDE_H

#include "sandbox/zygote/plan.h"

#include <sys/types.h>

void inside_main(struct plan *plan) __attribute__((noreturn));

/* Parts of it, for the process 1 that stays (warm.h): the mounts; the wait until the program and all that it
 * left are dead, with what they used and the times on the page; the end when a step of ours broke. */
void inside_set_scene(struct plan *plan);
void inside_see_to_end(const struct plan *plan, pid_t program);
void inside_fail(const struct plan *plan) __attribute__((noreturn));
/* Every other descriptor is closed; -1 names none. */
void inside_close_all_but(const int *kept, size_t count);

#endif
