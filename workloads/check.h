/*
 * The contract stage of one workload on the loop: base answers every sample three times (spread out), noise
 * is learned, the candidate answers, and both are asked five times more before a break is declared. Once one
 * is confirmed, further differences are recorded as they come: asking ten times more for each would prove
 * nothing new.
 */
#ifndef CUPEL_WORKLOADS_CHECK_H
#define CUPEL_WORKLOADS_CHECK_H

#include "workloads/contract/contract.h"
#include "workloads/workload.h"

struct check;

/* The base's stored answers, one a sample: what every later response is held against. */
struct reference {
    struct answer *answers; /* by sample index; owned */
    size_t count;
};
void reference_fini(struct reference *reference);

#define CHECK_ANSWERS_MOST ((size_t)1 << 30) /* bytes of the base's stored answers, all together */

struct check_result {
    bool base_unusable;  /* the base itself crashes, times out or changes shape: configuration's fault */
    char *base_problem;  /* the sentence, with the sample's id; NULL otherwise */
    char *start_problem; /* the candidate's program can't be started: the sentence; NULL otherwise */
    struct reference reference; /* taken over by the callback (zero it) or released by check */
    double base_seconds;        /* mean wall seconds of one base sample, its sandbox included */
};

struct check_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate; /* NULL: the base alone, as `cupel check` does */
    struct contract *contract;   /* findings land here; borrowed */
    void (*progress)(size_t done, size_t of, const char *what, void *data);       /* may be NULL */
    void (*done)(struct check_result *result, const struct err *err, void *data); /* once, never from start */
    void *data;
};

/* Input is copied; what it points to stays borrowed until `done`. */
WARN_UNUSED int check_start(struct check **out, const struct check_input *input, struct err *err);
void check_cancel(struct check *check); /* `done` still comes, with ERR_CANCELLED */

#endif
