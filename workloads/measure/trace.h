/*
 * What one pair's runs said of each request, in the order in which they were asked: the ground of everything
 * that splits a pair's figures. Of any kind of workload: a run is a list of requests, whoever answers them.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_TRACE_H
#define CUPEL_WORKLOADS_MEASURE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

struct trace_row {
    size_t index;   /* of the sample */
    bool candidate; /* whose run it was */
    size_t run;     /* of the pair, from 0 */
    size_t asked;   /* how often that run had asked the sample before */
    bool early;     /* among the run's first requests (measure_method.early) */
    double value;   /* of the primary metric */
};

struct trace {
    struct trace_row *rows; /* owned */
    size_t count;
    size_t capacity;
    size_t samples;   /* of the set: indices are below it */
    size_t *asked;    /* by sample, in the run under way; owned */
    size_t requests;  /* of a run */
    size_t position;  /* of the next request in its run */
    const void *run;  /* identity of the run under way; NULL: none yet */
    size_t run_count; /* begun */
};

void trace_init(struct trace *trace, size_t samples);
void trace_fini(struct trace *trace);
/* Forgets everything: a pair begins whose runs ask that many requests each. */
void trace_begin(struct trace *trace, size_t requests);
/* The next answer; `run` is any address that differs from run to run of a pair. Negative values (no figure)
 * take a place in the run and leave no row. */
void trace_add(struct trace *trace, const void *run, bool candidate, size_t index, double value);

#endif
