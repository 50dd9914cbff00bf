/*
 * What the size pairs are split into, beside their totals: strata, visible and held-out samples, first and
 * later requests. A room of plain calls around the pure ones, so that the driver has one thing to feed.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_SIZING_H
#define CUPEL_WORKLOADS_MEASURE_SIZING_H

#include "workloads/measure/held_out.h"
#include "workloads/measure/tally.h"

struct sizing {
    struct block_plan visible, held_out; /* which samples a run may ask */
    struct strata_totals strata;
    struct trace trace; /* of the pair under way */
    struct held_out_collector collector;
    struct signal signals[SIGNAL_COUNT];
};

void sizing_init(struct sizing *sizing, const struct sample_set *samples);
void sizing_fini(struct sizing *sizing);

/* The block of any pair; `sizes`: of a size pair, which opens its rows. */
void sizing_draw(struct sizing *sizing, size_t size, enum workload_cache cache, bool sizes, uint64_t seed,
                 struct block *block);
/* An answer of a size pair; as trace_add(). */
void sizing_add(struct sizing *sizing, const void *run, bool candidate, size_t index, double value);
/* The size pair that was drawn last is over: it counts, or it is run again. */
void sizing_keep(struct sizing *sizing);
void sizing_drop(struct sizing *sizing);
/* Fills strata, held-out comparison and signals; `delta` is the loss that a stratum may have. */
void sizing_fill(struct sizing *sizing, double minimum_improvement, double delta,
                 struct measurement *measurement);

#endif
