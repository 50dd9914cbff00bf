#include "orchestrator/job.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void job_size_pool(void)
{
    char threads[16];
    (void)snprintf(threads, sizeof threads, "%u", uv_available_parallelism() + JOB_SPARE);
    (void)setenv("UV_THREADPOOL_SIZE", threads, 0); /* libuv(7), "Thread pool work scheduling" */
}

static void job_on_work(uv_work_t *request)
{
    struct job *job = request->data;
    if (job->work(job->data, &job->err) < 0)
        assert(job->err.code < 0);
}

static void job_on_done(uv_work_t *request, int status)
{
    struct job *job = request->data;
    assert(status == 0);
    (void)status;
    struct err err = job->err;
    job->done(job->data, &err);
}

void job_start(struct job *job, uv_loop_t *loop, int (*work)(void *, struct err *),
               void (*done)(void *, const struct err *), void *data)
{
    *job = (struct job){.work = work, .done = done, .data = data};
    job->request.data = job;
    int failed = uv_queue_work(loop, &job->request, job_on_work, job_on_done);
    assert(failed == 0);
    (void)failed;
}
