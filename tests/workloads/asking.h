/* One run of a kind in a real sandbox: what is asked of it, and everything that came of it. */
#ifndef CUPEL_TESTS_WORKLOADS_ASKING_H
#define CUPEL_TESTS_WORKLOADS_ASKING_H

#include "tests/workloads/real_sandbox.h"

#define ASKING_ANSWERS_MOST 12

struct asking {
    struct real_sandbox *real;
    struct sample_set set;
    struct workload workload;
    struct workload_run *run;                    /* in flight */
    struct answer answers[ASKING_ANSWERS_MOST];  /* by position */
    struct figures figures[ASKING_ANSWERS_MOST]; /* likewise */
    struct figures whole;
    size_t count;      /* answers so far */
    size_t stop_after; /* answers; 0: never */
    size_t hold_at;    /* answers; 0: never, SIZE_MAX: each time */
    bool holds;
    size_t held;    /* times */
    bool candidate; /* else the base is asked */
    bool timed;
    bool waits;
    bool discarded;
    const char *padding;   /* or NULL */
    struct counts *counts; /* of a counting run, or NULL */
    uint64_t calls_most;   /* of one that counts made calls */
    bool simulated;        /* of one under valgrind */
    int readies;           /* calls of on_ready */
    int wholes;            /* of on_whole */
    int done;              /* of on_done */
    struct err err;        /* of on_done; code 0: none */
};

/* Reads both as cupel does, and fails the test with the words of a refusal. `samples` as JSON lines. */
void asking_init(struct asking *asking, struct real_sandbox *real, const char *samples, const char *workload);
/* The wishes above are set before this; nothing has come of it when it returns. */
void asking_start(struct asking *asking);
/* Runs the loop until it is done. */
void asking_finish(struct asking *asking);
void asking_run(struct asking *asking);
/* Tells one that holds to go on, or to end, and before that, for some turns and that long: nothing happens to
 * it, cancelled, dead or neither. */
void asking_resume(struct asking *asking, bool cancelled, bool go_on, int milliseconds);
void asking_fini(struct asking *asking);

#endif
