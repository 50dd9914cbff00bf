/* What takes long on the pool, once for each CPU, keeps nothing short waiting. */
#include "orchestrator/job.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uv_sem_t released;

static int long_work(void *data, struct err *err)
{
    (void)data, (void)err;
    uv_sem_wait(&released);
    return 0;
}

static void long_done(void *data, const struct err *err)
{
    size_t *ended = data;
    assert_int_equal(err->code, 0);
    ++*ended;
}

static int short_work(void *data, struct err *err)
{
    return err_set(err, ERR_LIMIT, "%s", (const char *)data);
}

/* Only now may the long ones end: a pool that they fill would never come to this. */
static void short_done(void *data, const struct err *err)
{
    (void)data;
    assert_int_equal(err->code, ERR_LIMIT);
    assert_string_equal(err->message, "the disk is full");
    for (unsigned i = 0; i < uv_available_parallelism() + JOB_SPARE - 1; i++)
        uv_sem_post(&released);
}

static void test_short_job_beside_long_ones(void **state)
{
    (void)state;
    unsigned count = uv_available_parallelism() + JOB_SPARE - 1;
    struct job *jobs = memory_zeroed(count * sizeof *jobs);
    struct job commit;
    static char words[] = "the disk is full";
    size_t ended = 0;
    uv_loop_t loop;
    uv_loop_init(&loop);
    uv_sem_init(&released, 0);
    for (unsigned i = 0; i < count; i++)
        job_start(&jobs[i], &loop, long_work, long_done, &ended);
    job_start(&commit, &loop, short_work, short_done, words);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(ended, count);
    uv_sem_destroy(&released);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(jobs);
}

static void test_size_of_the_environment_stays(void **state)
{
    (void)state;
    char own[16];
    setenv("UV_THREADPOOL_SIZE", "7", 1);
    job_size_pool();
    assert_string_equal(getenv("UV_THREADPOOL_SIZE"), "7");
    unsetenv("UV_THREADPOOL_SIZE");
    job_size_pool();
    snprintf(own, sizeof own, "%u", uv_available_parallelism() + JOB_SPARE);
    assert_string_equal(getenv("UV_THREADPOOL_SIZE"), own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_of_the_environment_stays),
        cmocka_unit_test(test_short_job_beside_long_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
