/*
 * Is the gain one for the samples that a candidate can know, or for production? Samples that the operator
 * keeps to themselves run beside the visible ones in the size pairs, and the two gains are compared. Pure;
 * the same traces give the same bytes.
 *
 * A difference counts only where neither of two things explains it: noise of the runs (the signed-rank
 * interval of the pairs' differences lies above a margin), or the samples (splits.h).
 */
#ifndef CUPEL_WORKLOADS_MEASURE_HELD_OUT_H
#define CUPEL_WORKLOADS_MEASURE_HELD_OUT_H

#include "workloads/measure/block.h"
#include "workloads/measure/measurement.h"
#include "workloads/measure/trace.h"

/* What the size pairs said of each sample so far. */
struct held_out_collector {
    const struct block_plan *visible;  /* borrowed */
    const struct block_plan *held_out; /* borrowed; strata numbered as in `visible` */
    double *base, *candidate;          /* by sample: sums; owned */
    size_t *base_count, *candidate_count;
    struct held_out_pair *pairs; /* owned */
    size_t pair_count;
};

void held_out_init(struct held_out_collector *collector, const struct block_plan *visible,
                   const struct block_plan *held_out);
void held_out_fini(struct held_out_collector *collector);
void held_out_add_pair(struct held_out_collector *collector, const struct trace *trace);

/* Copies what was collected into `result` and judges it; a set without held-out samples leaves it empty. */
void held_out_fill(const struct held_out_collector *collector, double minimum_improvement,
                   struct held_out *result);

/* Fills outcome, gains and p-value from strata and pairs. */
void held_out_judge(struct held_out *result, double minimum_improvement);

#endif
