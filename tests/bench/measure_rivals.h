/* What usual tools conclude from ten runs of A and then ten runs of B. Pure. */
#ifndef CUPEL_TESTS_BENCH_MEASURE_RIVALS_H
#define CUPEL_TESTS_BENCH_MEASURE_RIVALS_H

#include <stddef.h>

#define RIVALS_RUNS 10 /* of each; hyperfine's least */

/* Share of A's mean that B saves: what hyperfine's "B ran … times faster than A" says, as a fraction. */
double rivals_saving(const double *a, const double *b, size_t count);

/*
 * One-sided p-value of Mann & Whitney ("On a test of whether one of two random variables is stochastically
 * larger than the other", 1947) for "B's values are smaller": counted over all ways to deal the ranks, ties
 * included. Doubled it is the two-sided one. At most RIVALS_RUNS values each.
 */
double rivals_mann_whitney(const double *a, const double *b, size_t count);

#endif
