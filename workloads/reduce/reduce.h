/*
 * The smallest input for one finding, on the loop: both arms are asked each input that reduction.h names,
 * the base twice. When an input shows the finding is said in showing.h.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_REDUCE_H
#define CUPEL_WORKLOADS_REDUCE_REDUCE_H

#include "workloads/contract/contract.h"
#include "workloads/contract/reproduction.h"
#include "workloads/reduce/reduction.h"
#include "workloads/workload.h"

struct reduce;

/* Copied; what it points to stays borrowed until `done`. */
struct reduce_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples; /* whose folder is mounted */
    const struct sample *sample;      /* that shows the finding */
    const struct arm *base, *candidate;
    struct contract *contract;     /* compares; nothing is recorded */
    const struct finding *finding; /* its class, part, pattern and `after` */
    double time_budget_s;          /* for all of it */
    size_t steps_least;            /* inputs that a slow program is asked beyond that */
    double time_most_s;            /* for all of it then; no less than the budget */
    size_t steps_most;             /* at most REDUCTION_STEPS_MOST */
    /* Inputs tried, and bytes of the smallest so far; may be NULL. */
    void (*progress)(size_t steps, size_t bytes, void *data);
    /* Once, never from start. *reproduction may be taken over by setting it to NULL. With an error too, what
     * is known by then. */
    void (*done)(struct reproduction **reproduction, const struct err *err, void *data);
    void *data;
};

WARN_UNUSED int reduce_start(struct reduce **out, const struct reduce_input *input, struct err *err);
void reduce_cancel(struct reduce *reduce); /* `done` still comes, with ERR_CANCELLED */

#endif
