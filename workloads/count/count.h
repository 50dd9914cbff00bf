/*
 * The counting pass of one workload on the loop: base and candidate answer a few samples, the first of each
 * stratum, twice each and in turn, in runs whose refused calls are counted. Answers are not looked at.
 */
#ifndef CUPEL_WORKLOADS_COUNT_COUNT_H
#define CUPEL_WORKLOADS_COUNT_COUNT_H

#include "workloads/count/counts.h"
#include "workloads/workload.h"

#define COUNT_SAMPLES_MOST   16
#define COUNT_SIMULATED_MOST 3 /* of them, under valgrind */

struct count;

struct count_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate;
    bool simulate; /* instructions by valgrind, too */
    void (*progress)(size_t done, size_t of, const char *what, void *data); /* may be NULL */
    /* Once, never from start. The counts are taken over by copying and zeroing, or released. */
    void (*done)(struct counts *base, struct counts *candidate, const struct err *err, void *data);
    void *data;
};

/* Input is copied; what it points to stays borrowed until `done`. */
WARN_UNUSED int count_start(struct count **out, const struct count_input *input, struct err *err);
void count_cancel(struct count *count); /* `done` still comes, with ERR_CANCELLED */

#endif
