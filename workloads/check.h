/*
 * The contract stage of one workload on the loop: base answers every sample three times (spread out), noise
 * is learned, the candidate answers, and both are asked five times more before a break is declared. Once one
 * is confirmed, further differences are recorded as they come: asking ten times more for each would prove
 * nothing new.
 */
#ifndef CUPEL_WORKLOADS_CHECK_H
#define CUPEL_WORKLOADS_CHECK_H

#include "workloads/contract/contract.h"
#include "workloads/reference.h"
#include "workloads/tape/tape.h"
#include "workloads/workload.h"

struct check;

#define CHECK_ANSWERS_MOST ((size_t)1 << 30) /* bytes of the base's stored answers, all together */

struct check_result {
    bool base_unusable;  /* the base itself crashes, times out or changes shape: configuration's fault */
    char *base_problem;  /* the sentence, with the sample's id; NULL otherwise */
    char *start_problem; /* the candidate's program can't be started: the sentence; NULL otherwise */
    /* Taken over by the callback (zero it) or released by check; empty where they were known before. */
    struct reference reference;
};

struct check_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate; /* NULL: the base alone, as `cupel check` does */
    /* What a base of the same bytes answered to these samples a while ago, or NULL. It is asked only where
     * the candidate differs; where it no longer answers so itself, it is unusable and has to be asked anew.
     */
    const struct reference *known;
    /*
     * Records the answers, or has those of an earlier check of the same input, which then leads to the same
     * findings and the same reference; the caller finishes and releases it after `done`. A check that is
     * started anew without `known` goes on with the same tape. NULL: neither. Where a tape doesn't fit,
     * programs are asked all the same.
     */
    struct tape *tape;
    struct contract *contract;                                              /* findings land here; borrowed */
    void (*progress)(size_t done, size_t of, const char *what, void *data); /* may be NULL */
    void (*done)(struct check_result *result, const struct err *err, void *data); /* once, never from start */
    void *data;
};

/* Input is copied; what it points to stays borrowed until `done`. */
WARN_UNUSED int check_start(struct check **out, const struct check_input *input, struct err *err);
void check_cancel(struct check *check); /* `done` still comes, with ERR_CANCELLED */

#endif
