#include "tests/workloads/asking.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum answer_next asking_on_answer(size_t position, struct answer *answer,
                                         const struct figures *figures, void *data)
{
    struct asking *asking = data;
    assert_int_equal(position, asking->count);
    assert_true(position < ASKING_ANSWERS_MOST);
    asking->figures[position] = *figures;
    asking->answers[position] = *answer;
    *answer = (struct answer){0};
    asking->count++;
    asking->holds = asking->hold_at == SIZE_MAX || asking->hold_at == asking->count;
    asking->held += asking->holds;
    if (asking->holds)
        return ANSWER_HOLD;
    return asking->count != asking->stop_after ? ANSWER_NEXT : ANSWER_STOP;
}

static void asking_on_whole(const struct figures *figures, void *data)
{
    struct asking *asking = data;
    asking->whole = *figures;
    asking->wholes++;
}

static void asking_on_ready(void *data)
{
    struct asking *asking = data;
    asking->readies++;
}

static void asking_on_done(const struct err *err, void *data)
{
    struct asking *asking = data;
    asking->done++;
    asking->run = NULL;
    if (err)
        asking->err = *err;
}

void asking_init(struct asking *asking, struct real_sandbox *real, const char *samples, const char *workload)
{
    struct err err = {0};
    struct json_file file;
    *asking = (struct asking){.real = real};
    assert_int_equal(samples_parse(&asking->set, "s", samples, strlen(samples), &err), 0);
    asking->set.folder = memory_copy_string(real->samples);
    assert_int_equal(json_file_read(&file, "c", workload, strlen(workload), NULL, &err), 0);
    if (workload_read(&asking->workload, &file, json_root(file.document), &err) < 0 ||
        workload_check_samples(&asking->workload, &asking->set, &err) < 0)
        fail_msg("%s", err.message);
    json_file_fini(&file);
}

void asking_start(struct asking *asking)
{
    static const size_t indices[ASKING_ANSWERS_MOST] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    const struct workload_kind *kind = asking->workload.kind;
    struct workload_request request = {
        .workload = &asking->workload,
        .samples = &asking->set,
        .arm = asking->candidate ? &asking->real->candidate : &asking->real->base,
        .indices = indices,
        .count = asking->set.count,
        .timed = asking->timed,
        .waits = asking->waits,
        .discarded = asking->discarded,
        .counts = asking->counts,
        .calls_most = asking->calls_most,
        .simulated = asking->simulated,
        .on_answer = asking_on_answer,
        .on_whole = kind->requests ? asking_on_whole : NULL,
        .on_ready = kind->requests ? asking_on_ready : NULL,
        .on_done = asking_on_done,
        .data = asking,
    };
    if (asking->padding)
        strcpy(request.padding, asking->padding);
    if (kind->run_start(&asking->real->context, &request, &asking->run, &asking->err) < 0)
        fail_msg("%s", asking->err.message);
    assert_int_equal(asking->done + asking->readies, 0);
}

void asking_finish(struct asking *asking)
{
    while (!asking->done)
        uv_run(&asking->real->loop, UV_RUN_ONCE);
    assert_int_equal(asking->done, 1);
}

void asking_run(struct asking *asking)
{
    asking_start(asking);
    asking_finish(asking);
}

void asking_resume(struct asking *asking, bool cancelled, bool go_on, int milliseconds)
{
    size_t count = asking->count;
    uint64_t until = uv_hrtime() + (uint64_t)milliseconds * 1000000;
    if (cancelled)
        asking->workload.kind->run_cancel(asking->run);
    for (int turn = 0; turn < 20 || uv_hrtime() < until; turn++)
        uv_run(&asking->real->loop, UV_RUN_NOWAIT);
    assert_int_equal(asking->done, 0);
    assert_int_equal(asking->count, count);
    asking->holds = false;
    asking->workload.kind->run_resume(asking->run, go_on);
}

void asking_fini(struct asking *asking)
{
    for (size_t i = 0; i < ASKING_ANSWERS_MOST; i++)
        answer_fini(&asking->answers[i]);
    samples_fini(&asking->set);
    workload_fini(&asking->workload);
}
