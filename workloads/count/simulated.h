/*
 * Instructions by simulation: a program under valgrind's cachegrind, for machines whose processor shows no
 * counter. Some fifty times slower, and often exact to the instruction.
 *
 * Each process leaves a profile in the workspace when it ends. What stands there the program could have
 * written itself: it explains, and decides nothing.
 */
#ifndef CUPEL_WORKLOADS_COUNT_SIMULATED_H
#define CUPEL_WORKLOADS_COUNT_SIMULATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMULATED_PREFIX_LENGTH 7
#define SIMULATED_TAIL_MAX      512 /* bytes at the end of a profile that are looked at */

/* What goes in front of a command. */
extern const char *const simulated_prefix[SIMULATED_PREFIX_LENGTH];

/* The number of the last line, "summary: 113582", of a profile's last bytes; false: there is none. */
bool simulated_parse(const char *tail, size_t length, uint64_t *instructions);
/*
 * Sum over the profiles in a workspace; UINT64_MAX: there are none, or one isn't whole. A process that was
 * forked off repeats what its parent had counted until then.
 */
uint64_t simulated_sum(int workspace);

#endif
