/*
 * A blocking piece of work on libuv's pool, with its error brought back to the loop.
 *
 * Happy path: job_start() queues `work`; it runs on a pool thread; `done` runs on the loop with no error.
 * Failure: `work` fills its own struct err, which `done` receives. There is no cancelling of a piece of work
 * that runs: owners keep what it uses alive until `done`.
 * Close: nothing to close; after `done` the job may be started again or go away.
 */
#ifndef CUPEL_ORCHESTRATOR_JOB_H
#define CUPEL_ORCHESTRATOR_JOB_H

#include "base/error.h"

#include <uv.h>

/*
 * Makes libuv's pool, which has four threads otherwise, large enough that what takes long can't fill it: as
 * many answers are looked at at once as there are CPUs, and a ledger's commit, or a look at how much a
 * sandbox has written, must not wait for them. Before the first use of the pool; a size that the environment
 * says stays.
 */
#define JOB_SPARE 4 /* threads beside those for the CPUs */
void job_size_pool(void);

struct job {
    uv_work_t request;                               /* embedded; busy between start and done */
    int (*work)(void *data, struct err *err);        /* on a pool thread */
    void (*done)(void *data, const struct err *err); /* on the loop; err->code is 0 on success */
    void *data;                                      /* borrowed */
    struct err err;                                  /* of `work` */
};

void job_start(struct job *job, uv_loop_t *loop, int (*work)(void *, struct err *),
               void (*done)(void *, const struct err *), void *data);

#endif
