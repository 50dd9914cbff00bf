/*
 * Instructions that a tree of processes retires in user mode, by the processor's own counter
 * (perf_event_open(2)). Many virtual machines have none.
 */
#ifndef CUPEL_SANDBOX_INSTRUCTIONS_H
#define CUPEL_SANDBOX_INSTRUCTIONS_H

#include "base/error.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/types.h>

/* perf_event_open(2), or what a test has in its place. */
typedef int (*instructions_opener)(struct perf_event_attr *attributes, pid_t pid, int cpu, int group,
                                   unsigned long flags);
int instructions_ask_kernel(struct perf_event_attr *attributes, pid_t pid, int cpu, int group,
                            unsigned long flags);

/* An inherited counter of the calling process that starts at exec, close-on-exec; -1: there is none. */
WARN_UNUSED int instructions_open(instructions_opener open);
/*
 * What it counted; UINT64_MAX when it can't be read, or shared the processor's counter with others: the
 * kernel then only extrapolates.
 */
uint64_t instructions_read(int fd);

#endif
