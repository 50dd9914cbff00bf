/* From samples to the sizes of a curve, and to production's distribution of n. */
#ifndef CUPEL_WORKLOADS_CURVE_POINTS_H
#define CUPEL_WORKLOADS_CURVE_POINTS_H

#include "workloads/curve/curve.h"
#include "workloads/curve/size.h"

#define POINTS_SAMPLES_MOST 8 /* of one size */

/* Samples that have (about) one size. */
struct points_group {
    double n;
    size_t indices[POINTS_SAMPLES_MOST]; /* into the set */
    size_t count;
};

struct points {
    struct points_group groups[FIT_POINTS_MOST]; /* ascending by n */
    size_t count;
};

/* n of every sample of the set, negative where it has none or is held out;
 * the caller's. Reads stdin files where needed. */
double *points_sizes(const struct size *size, const struct sample_set *set);

/*
 * The sizes that samples have. With `values` each takes those within a tenth of it, the nearest first, and is
 * their mean; without, at most eight sizes evenly over the logarithms of those that occur.
 */
void points_of_samples(struct points *points, const struct size *size, const double *sizes, size_t count);

/*
 * The sizes that samples are made of: those that the configuration names, and production's median and 99th
 * percentile where they are smaller than the greatest of these and near none, so that production is measured
 * and not guessed. Ascending; returns how many.
 */
size_t points_values(const struct size *size, const struct curve_production *production,
                     double values[static FIT_POINTS_MOST]);

/* The group nearest to production's 99th percentile; FIT_POINTS_MOST where none is near it. */
size_t points_focus(const struct points *points, const struct curve_production *production);

/* Quantiles of n over the samples that are timed, by weight, and the share of the weight that has one. */
void points_production(struct curve_production *production, const struct sample_set *set,
                       const double *sizes);

#endif
