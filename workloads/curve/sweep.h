/*
 * Measures both arms at each size of a curve, on the loop: pairs of runs under a coin, one of each size in
 * turn, so that what drifts does so for all sizes alike. It explains and decides nothing: its pairs are no
 * part of the measurement's.
 */
#ifndef CUPEL_WORKLOADS_CURVE_SWEEP_H
#define CUPEL_WORKLOADS_CURVE_SWEEP_H

#include "workloads/check.h"
#include "workloads/contract/contract.h"
#include "workloads/curve/points.h"
#include "workloads/workload.h"

struct sweep;

struct sweep_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate;
    const struct reference *reference; /* of `samples`; every timed response is held against it */
    struct contract *contract;         /* findings of timed responses are recorded here */
    const struct points *points;       /* sizes, ascending; copied */
    size_t focus;        /* size that production asks for: it gets more pairs; FIT_POINTS_MOST: none */
    struct curve *curve; /* gets its values: pairs, or why there are none */
    double time_budget_s;
    void (*progress)(size_t done, size_t of, const char *what, void *data); /* may be NULL */
    /* Once, never from start. `broken`: a candidate's answer differed, which asking again confirmed. */
    void (*done)(bool broken, const struct err *err, void *data);
    void *data;
};

/* At least one size. Input is copied; what it points to stays borrowed until `done`. */
WARN_UNUSED int sweep_start(struct sweep **out, const struct sweep_input *input, struct err *err);
void sweep_cancel(struct sweep *sweep); /* `done` still comes, with ERR_CANCELLED */

#endif
