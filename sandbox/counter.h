/*
 * Figures of a run that is not over: read from files and events that stay open, by the lane at its end, and
 * by the client meanwhile.
 */
#ifndef CUPEL_SANDBOX_COUNTER_H
#define CUPEL_SANDBOX_COUNTER_H

#include "sandbox/sandbox.h"

/* Nanoseconds of user and system time; 0 when it can't be read. */
uint64_t counter_read_cpu(enum sandbox_cpu_source source, int fd);
/* The number after `key` at the start of a line ("" for a file that is one number); 0 when absent. */
uint64_t counter_read_number(int fd, const char *key);

#endif
