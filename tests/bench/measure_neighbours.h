/* Synthetic neighbours: on every CPU a process that is busy and idle in turns of random length. */
#ifndef CUPEL_TESTS_BENCH_MEASURE_NEIGHBOURS_H
#define CUPEL_TESTS_BENCH_MEASURE_NEIGHBOURS_H

#include <stdint.h>
#include <sys/types.h>

#define NEIGHBOURS_MOST 64

struct neighbours {
    pid_t pids[NEIGHBOURS_MOST];
    int count;
};

/*
 * One a CPU of those this process may use, stopped until neighbours_resume(). Turns last 0.1 to 3 s, drawn
 * from the seed; half of the busy ones compute, half walk through 16 MiB of memory. They die with the calling
 * thread, whatever ends it. 0, or −1 with errno.
 */
int neighbours_start(struct neighbours *neighbours, uint64_t seed);
void neighbours_resume(const struct neighbours *neighbours);
void neighbours_pause(const struct neighbours *neighbours);
void neighbours_end(struct neighbours *neighbours);

#endif
