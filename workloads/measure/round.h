/* One round: the runs of a pair (or quad, or warm-up) one after the other over the same block. */
#ifndef CUPEL_WORKLOADS_MEASURE_ROUND_H
#define CUPEL_WORKLOADS_MEASURE_ROUND_H

#include "workloads/measure/block.h"
#include "workloads/measure/measurement.h"
#include "workloads/reference.h"
#include "workloads/workload.h"

#define ROUND_STEPS_MOST 4

struct round_step {
    const struct arm *arm;
    bool candidate; /* which of the pair's two figures the run belongs to */
};

/* Draws coin and seed of a pair of that phase. */
WARN_UNUSED int round_draw(struct pair *pair, struct err *err);
/* The runs of a drawn pair or quad, in their order. Returns how many. */
size_t round_fill_steps(const struct pair *pair, const struct arm *base, const struct arm *candidate,
                        struct round_step steps[static ROUND_STEPS_MOST]);

struct round;

struct round_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct block *block; /* borrowed until on_done */
    struct round_step steps[ROUND_STEPS_MOST];
    size_t step_count;
    const struct reference *reference; /* what answers are held against: so much more is looked at; or NULL */
    /*
     * Each timed answer, as workload_request.on_answer; `index` is the sample's. False ends the round early.
     * One at a time, and on a pool thread where there is much to look at: see answer_queue.look. Nothing is
     * timed meanwhile.
     */
    bool (*on_answer)(const struct round_step *step, size_t index, struct answer *answer,
                      const struct figures *figures, void *data);
    /*
     * Once, never from start. `totals` [base, candidate]: CPU and wall time summed over the block without its
     * extras, peak memory the largest, latencies quantiles of its answers', and the geometric mean where a
     * side ran twice. NULL with an error, or when ended early.
     */
    void (*on_done)(const struct figures *totals, const struct err *err, void *data);
    void *data;
};

WARN_UNUSED int round_start(struct round **out, const struct round_input *input, struct err *err);
void round_cancel(struct round *round); /* on_done still comes, with ERR_CANCELLED */

#endif
