/* From raw pairs to the rows of a report: outcomes, sizes, strata.
 * Pure; the same pairs give the same bytes. */
#ifndef CUPEL_WORKLOADS_MEASURE_TALLY_H
#define CUPEL_WORKLOADS_MEASURE_TALLY_H

#include "workloads/measure/block.h"
#include "workloads/measure/plan.h"

/* The gain that the effects show, with its interval; unknown where they are too few. */
struct gain tally_gain(const double *effects, size_t count);

/*
 * Fills metrics, noise floor, threshold and the needed pairs and seconds from `pairs` and `seconds`. Of an
 * unstable base (`base_unstable`) the primary is undecided.
 */
void tally_fill(const struct plan *plan, struct measurement *measurement);

/* Fills gain, medians and `size_pairs` of the row's metric: from the size pairs, which are fresh; where there
 * are none, all others but noise pairs stand in, and `size_pairs` stays 0. */
void tally_size(const struct measurement *measurement, struct metric_result *row);

/* What each size pair spent on each stratum, of the primary metric: the ground of the stratum rows. */
struct strata_totals {
    double *base;      /* [pair × strata]; negative: not seen in that pair; owned */
    double *candidate; /* likewise */
    size_t pairs;
    size_t strata;
};
void strata_totals_init(struct strata_totals *totals, size_t strata);
void strata_totals_fini(struct strata_totals *totals);
/* Opens the next pair's row. */
void strata_totals_add_pair(struct strata_totals *totals);
/* Forgets the latest row: its pair was cut short. */
void strata_totals_drop_pair(struct strata_totals *totals);
/* Adds to the latest row. A negative value (no figure) is left out. */
void strata_totals_add(struct strata_totals *totals, bool candidate, size_t stratum, double value);

/* One row a stratum, in the plan's order; none where there is one stratum only or no size pair. */
void tally_fill_strata(const struct block_plan *blocks, const struct strata_totals *totals, double delta,
                       struct measurement *measurement);

/* A stratum's gain and harm from its pairs; `delta` is the loss that is tolerated. */
void tally_judge_stratum(struct stratum_effect *stratum, double delta);

#endif
