/* libuv's pool with all of its threads busy, so that what is queued on it stays there until a test says. */
#ifndef CUPEL_TESTS_WORKLOADS_BLOCKED_POOL_H
#define CUPEL_TESTS_WORKLOADS_BLOCKED_POOL_H

#include <uv.h>

#define BLOCKED_POOL_THREADS 4 /* libuv's default */

struct blocked_pool {
    uv_loop_t *loop;
    uv_work_t work[BLOCKED_POOL_THREADS];
    uv_sem_t busy; /* posted by each thread that is */
    uv_sem_t go;   /* each thread waits for it */
    int left;      /* threads that are busy */
};

/* Returns when all are busy. */
void blocked_pool_start(struct blocked_pool *pool, uv_loop_t *loop);
/* Runs the loop until none is. */
void blocked_pool_end(struct blocked_pool *pool);

#endif
