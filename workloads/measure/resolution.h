/*
 * What gain a machine can show within a time: the smallest that wins in 95 of 100 evaluations, by running the
 * plan on pairs redrawn from runs of one program that were really measured here. Pure, and the same runs give
 * the same answer.
 *
 * Runs are joined to longer ones where the time allows more than the plan's most pairs: what two neighbouring
 * groups of runs differ by is what two long runs would. Each simulated evaluation draws its pairs from a
 * redrawn set of the observed ones, so that few observations make the answer careful and not lucky (Efron &
 * Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 6).
 */
#ifndef CUPEL_WORKLOADS_MEASURE_RESOLUTION_H
#define CUPEL_WORKLOADS_MEASURE_RESOLUTION_H

#include "workloads/metric.h"

#include <stddef.h>

#define RESOLUTION_RUNS_MOST   512
#define RESOLUTION_PAIRS_LEAST 6 /* that share no run: below, nothing is known of them */

/* Runs of one program in the order of time; the second of each pair came right behind the first. */
struct resolution_runs {
    enum metric metric;
    const double *values; /* figures of the metric; none negative; borrowed */
    size_t count;         /* even, at most RESOLUTION_RUNS_MOST */
    double pair_seconds;  /* wall time that a pair takes, launches included */
};

struct resolution {
    double excess;    /* log ratio beyond the threshold that wins; negative: no gain could be told */
    size_t joined;    /* runs that were taken as one */
    size_t pairs;     /* that decide, the most that the time allows; 0: not even the fewest */
    double win_pairs; /* mean pairs until such a gain wins */
};

/* Of those, what the time and the runs alone decide:
 * `joined` and `pairs`. The same of both, the same answer. */
struct resolution resolution_outline(const struct resolution_runs *runs, double seconds);
/* Within `seconds`, noise and size pairs included, for an e-value of `limit` to win. */
struct resolution resolution_find(const struct resolution_runs *runs, double seconds, double limit);

/* Share of simulated evaluations that win with that excess, at most `pairs` pairs of `joined` runs. */
double resolution_power(const struct resolution_runs *runs, size_t joined, size_t pairs, double excess,
                        double limit);

/* The gain, a fraction, that has that excess over a minimum improvement. */
double resolution_gain(double excess, double minimum_improvement);

#endif
