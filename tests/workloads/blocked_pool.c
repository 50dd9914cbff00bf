#include "tests/workloads/blocked_pool.h"

static void blocked_pool_on_work(uv_work_t *work)
{
    struct blocked_pool *pool = work->data;
    uv_sem_post(&pool->busy);
    uv_sem_wait(&pool->go);
}

static void blocked_pool_on_done(uv_work_t *work, int status)
{
    struct blocked_pool *pool = work->data;
    (void)status;
    pool->left--;
}

void blocked_pool_start(struct blocked_pool *pool, uv_loop_t *loop)
{
    *pool = (struct blocked_pool){.loop = loop, .left = BLOCKED_POOL_THREADS};
    uv_sem_init(&pool->busy, 0);
    uv_sem_init(&pool->go, 0);
    for (int i = 0; i < BLOCKED_POOL_THREADS; i++) {
        pool->work[i].data = pool;
        uv_queue_work(loop, &pool->work[i], blocked_pool_on_work, blocked_pool_on_done);
    }
    for (int i = 0; i < BLOCKED_POOL_THREADS; i++)
        uv_sem_wait(&pool->busy);
}

void blocked_pool_end(struct blocked_pool *pool)
{
    for (int i = 0; i < BLOCKED_POOL_THREADS; i++)
        uv_sem_post(&pool->go);
    while (pool->left > 0)
        uv_run(pool->loop, UV_RUN_ONCE);
    uv_sem_destroy(&pool->busy);
    uv_sem_destroy(&pool->go);
}
