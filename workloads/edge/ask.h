/*
 * Changed requests are asked of both arms; the contract is equality, not validity. The base may refuse one,
 * crash, hang or answer otherwise each time: that is counted, and never its fault. Where it answers steadily,
 * even with an error status, the candidate has to answer the same.
 */
#ifndef CUPEL_WORKLOADS_EDGE_ASK_H
#define CUPEL_WORKLOADS_EDGE_ASK_H

#include "workloads/check.h"
#include "workloads/edge/choose.h"
#include "workloads/edge/counts.h"

struct edge_ask;

struct edge_ask_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct edges *edges;         /* at least one */
    const struct reference *reference; /* the base's answers to the unchanged samples */
    const struct arm *base;
    const struct arm *candidate;
    struct contract *contract; /* findings land here, with remarks; borrowed */
    double seconds;            /* after which nothing more is asked, but again where answers differed */
    void (*progress)(size_t done, size_t of, const char *what, void *data); /* may be NULL */
    /* `start_problem`: as in struct check_result, borrowed. */
    void (*done)(const struct edge_counts *counts, const char *start_problem, const struct err *err,
                 void *data);
    void *data; /* `done`: once, never from start */
};

WARN_UNUSED int edge_ask_start(struct edge_ask **out, const struct edge_ask_input *input, struct err *err);
void edge_ask_cancel(struct edge_ask *ask); /* `done` still comes, with ERR_CANCELLED */

#endif
