/*
 * Measures one workload on the loop: A/A, coin-ordered pairs, the sequential decision, size pairs.
 *
 * `measurement.stopped` says why it ended. A candidate whose timed answer differs ends it with
 * contract_broken; a base that does so beyond noise ends it with base_unstable. Both are results, not errors.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_MEASURE_H
#define CUPEL_WORKLOADS_MEASURE_MEASURE_H

#include "workloads/check.h"
#include "workloads/contract/contract.h"
#include "workloads/measure/past.h"
#include "workloads/workload.h"

struct measure;

struct measure_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate;       /* NULL: A/A only, as `cupel check` does */
    const struct reference *reference; /* every timed response is held against it */
    struct contract *contract;         /* findings of timed responses are recorded here */
    /*
     * Instead of reference and contract, where both are NULL: sees every timed answer, and ends the
     * measurement by a sentence that says why (the measurement's from then on). NULL: all is well.
     */
    char *(*watch)(enum arm_side side, const struct answer *answer, void *data);
    bool either_way;                      /* a loss is looked for, and sized, as a gain is */
    bool hasty;                           /* runs are long: no noise pairs, and fewer size pairs */
    double minimum_improvement;           /* 0.10 */
    double regression_threshold;          /* δ of `regression`, 0.05 */
    double guardrail_delta[METRIC_COUNT]; /* δ a metric; negative: no guardrail */
    double time_budget_s;                 /* of this workload */
    double weight_share;                  /* of this workload among all, 0 < share <= 1 */
    double sample_seconds;                /* mean wall seconds of one base sample, for the block's size */
    size_t family_size;                   /* N of the batch, frozen at intake; 1 for a single run */
    double false_discovery_rate;          /* q */
    const struct measure_past *past;      /* pairs to go on from; NULL: none. Borrowed until start returns */
    /*
     * Each pair that has a figure of the primary, when it is over; the next run begins with measure_go_on(),
     * which may not come from inside. NULL: pairs are kept nowhere.
     */
    void (*pair_ended)(const struct pair_record *record, void *data);
    /* What is to be known before the time is spent: what this noise allows, once. NULL: progress says it. */
    void (*announce)(const char *sentence, void *data);
    void (*progress)(const struct measurement *sofar, const char *what, void *data); /* may be NULL */
    void (*done)(struct measurement *measurement, const struct err *err, void *data);
    void *data; /* `done`: once, never from start; take over by copying and zeroing */
};

/*
 * Do the pairs of before say all? Then fills the measurement, which is the caller's (measurement_fini()), and
 * nothing is run: neither `done` nor anything else is called.
 */
bool measure_is_settled(const struct measure_input *input, struct measurement *measurement);

WARN_UNUSED int measure_start(struct measure **out, const struct measure_input *input, struct err *err);
/* The pair that was told is kept; with an error, ours, the measurement ends by it. */
void measure_go_on(struct measure *measure, const struct err *err);
void measure_cancel(struct measure *measure); /* `done` still comes, with ERR_CANCELLED */

#endif
