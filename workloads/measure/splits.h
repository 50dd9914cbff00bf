/*
 * An honest gain differs from sample to sample, and more pairs of the same samples don't change that. So:
 * among random splits of the same samples into two sets of the same sizes, within their strata, how many show
 * as large a difference as the real one? Fisher's permutation test (Pitman, "Significance tests which may be
 * applied to samples from any populations", 1937), with random splits counted as by Phipson & Smyth,
 * "Permutation p-values should never be zero", 2010. It is exact where held-out samples were drawn at random
 * from the same production as the visible ones. Pure.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_SPLITS_H
#define CUPEL_WORKLOADS_MEASURE_SPLITS_H

#include "workloads/measure/measurement.h"

/*
 * Share of splits in which the visible samples' mean effect exceeds the held-out ones' by at least as much as
 * in the real one, itself among them; measure_method.splits are looked at. -1 where no stratum has both.
 */
double splits_p_value(const struct held_out_stratum *strata, size_t stratum_count);

#define SPLITS_MANY 1e9

/* Possible splits, at most SPLITS_MANY: where there are few, none is rare. */
double splits_count(const struct held_out_stratum *strata, size_t stratum_count);

#endif
