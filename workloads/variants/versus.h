/*
 * Measures the base against its layout variants on the loop: pairs of runs under a coin over blocks like the
 * measurement's, one pair of each variant in turn, so that what drifts does so for all alike. Its pairs are
 * no part of the measurement's.
 */
#ifndef CUPEL_WORKLOADS_VARIANTS_VERSUS_H
#define CUPEL_WORKLOADS_VARIANTS_VERSUS_H

#include "workloads/check.h"
#include "workloads/contract/contract.h"
#include "workloads/variants/variants.h"
#include "workloads/workload.h"

struct versus;

struct versus_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *arms;            /* of the variants, beside their items; slots are not the base's */
    const struct reference *reference; /* of `samples`; every timed answer is held against it */
    struct contract *contract;         /* learns from the base's answers; no variant teaches it anything */
    size_t block;                      /* samples of a run, as in the measurement; at least 1 */
    struct variants *variants; /* those without a problem get pairs, or a problem; judged at the end */
    double time_budget_s;
    void (*progress)(size_t done, size_t of, const char *what, void *data); /* may be NULL */
    void (*done)(const struct err *err, void *data);                        /* once, never from start */
    void *data;
};

/* At least one variant without a problem. Input is copied; what it points to stays borrowed until `done`. */
WARN_UNUSED int versus_start(struct versus **out, const struct versus_input *input, struct err *err);
void versus_cancel(struct versus *versus); /* `done` still comes, with ERR_CANCELLED */

#endif
