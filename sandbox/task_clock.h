/* Whether an ordinary process may count its tree's CPU time by perf_event_open(2). */
#ifndef CUPEL_SANDBOX_TASK_CLOCK_H
#define CUPEL_SANDBOX_TASK_CLOCK_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

/* An inherited task-clock that starts at exec, in ns, over kernel and user mode. */
struct perf_event_attr task_clock_attributes(void);
/* Tries it on the calling process. */
bool task_clock_works(void);
/* Nanoseconds of such a counter; 0 when it can't be read. */
uint64_t task_clock_read(int fd);

#endif
