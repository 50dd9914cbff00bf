/* Rank statistics of short series of log ratios. Pure. */
#ifndef CUPEL_WORKLOADS_MEASURE_STATISTICS_H
#define CUPEL_WORKLOADS_MEASURE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts in place, then the middle value, or the mean of the middle two; 0 for none. */
double statistics_median(double *values, size_t count);

/* 1.4826 · median absolute deviation of an ascending series: the standard deviation, were it normal. */
double statistics_sorted_scale(const double *sorted, size_t count);

/* The same from any order; at most STATISTICS_MOST values. */
double statistics_scale(const double *values, size_t count);

#define STATISTICS_MOST 256 /* values that one call takes */

struct statistics_interval {
    bool known;   /* enough values for that confidence */
    double point; /* Hodges–Lehmann: median of the Walsh averages */
    double low;
    double high;
};

/*
 * Hodges–Lehmann estimate with the interval that inverts Wilcoxon's signed-rank test (Hodges & Lehmann,
 * "Estimates of location based on rank tests", 1963; Hollander & Wolfe, "Nonparametric Statistical Methods",
 * section 3.3). The null distribution is counted exactly. Six values are the fewest that give 95 %.
 */
struct statistics_interval statistics_signed_rank(const double *values, size_t count, double confidence);

#endif
