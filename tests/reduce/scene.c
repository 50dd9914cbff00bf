#include "tests/reduce/scene.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene scene;
size_t scene_stderr_bytes;

const char scene_request[] =
    "{\"id\": \"a\", \"stdin\": \"{\\\"customer\\\": \\\"c-1\\\", \\\"status\\\": 0, "
    "\\\"page\\\": 3, \\\"tags\\\": [1, 2]}\"}";
const char *scene_line = scene_request;
char *scene_folder;

struct workload_run {
    struct workload_request request;
    uv_timer_t timer;
    size_t number;
    bool cancelled;
    struct err err;
};

void scene_say(struct answer *answer, const char *format, ...)
{
    char bytes[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(bytes, sizeof bytes, format, arguments);
    va_end(arguments);
    free(answer->out.bytes);
    answer->out = (struct answer_part){memory_copy_bytes(bytes, (size_t)length), (size_t)length, true, false};
}

void scene_end_with(struct answer *answer, int status)
{
    answer->status = status;
    snprintf(answer->ending, sizeof answer->ending, "exit status %d", status);
}

static void run_on_closed(uv_handle_t *handle)
{
    struct workload_run *run = handle->data;
    struct workload_request request = run->request;
    struct err err = run->err;
    scene.flying--;
    free(run);
    request.on_done(err.code ? &err : NULL, request.data);
}

static void run_on_timer(uv_timer_t *timer)
{
    struct workload_run *run = timer->data;
    enum arm_side side = run->request.arm->side;
    struct answer answer = {
        .ended = true, .ending = "exit status 0", .out.present = true, .error.present = true};
    struct figures figures = {{0}};
    if (run->number == scene.cancel_at)
        reduce_cancel(scene.reduce);
    if (run->number == scene.hang_at && !run->cancelled)
        return;
    if (run->cancelled) {
        err_set(&run->err, ERR_CANCELLED, "cancelled");
    } else if (run->number == scene.fail_at) {
        err_set(&run->err, ERR_SYSTEM, "the zygote is gone");
    } else {
        assert_int_equal(run->request.count, 1);
        scene.answer(&run->request.samples->items[run->request.indices[0]], side, scene.answers[side]++,
                     &answer);
        if (scene_stderr_bytes > 0) {
            answer.error.bytes = memory_zeroed(scene_stderr_bytes);
            answer.error.length = scene_stderr_bytes;
        }
        run->request.on_answer(0, &answer, &figures, run->request.data);
    }
    answer_fini(&answer);
    uv_close((uv_handle_t *)timer, run_on_closed);
}

static int run_start(const struct workload_context *context, const struct workload_request *request,
                     struct workload_run **out, struct err *err)
{
    if (++scene.started == scene.refuse_at)
        return err_set(err, ERR_SYSTEM, "no more processes");
    struct workload_run *run = MEMORY_NEW(struct workload_run);
    run->request = *request;
    run->number = scene.started;
    run->timer.data = run;
    uv_timer_init(context->loop, &run->timer);
    uv_timer_start(&run->timer, run_on_timer, scene.slow_ms, 1);
    scene.overlap = scene.overlap || scene.flying > 0;
    scene.flying++;
    *out = run;
    return 0;
}

static void run_cancel(struct workload_run *run)
{
    run->cancelled = true;
}

static const struct workload_kind kind = {.name = "scene", .run_start = run_start, .run_cancel = run_cancel};

/* Before the loop waits for what is on the pool, if anything is. */
static void scene_on_turn(uv_prepare_t *turn)
{
    (void)turn;
    if (scene.flying == 0 && ++scene.turns == scene.cancel_turn)
        reduce_cancel(scene.reduce);
}

static void on_done(struct reproduction **reproduction, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->calls++;
    outcome->code = err ? err->code : 0;
    outcome->reproduction = *reproduction;
    *reproduction = NULL;
}

struct outcome scene_reduce(const struct finding *finding, size_t steps_most, double seconds)
{
    static char name[] = "scene", *none[] = {NULL};
    static const char *const nothing[] = {NULL};
    struct outcome outcome = {0};
    uv_loop_t loop;
    uv_prepare_t turn;
    struct sample_set set;
    struct err err = {0};
    const struct workload workload = {
        .name = name, .kind = &kind, .run = none, .outputs = none, .stdout_kind = WORKLOAD_STDOUT_JSON};
    const struct workload_context context = {.loop = &loop, .environment = nothing};
    const struct arm base = {.side = ARM_BASE}, candidate = {.side = ARM_CANDIDATE};
    assert_int_equal(samples_parse(&set, "set", scene_line, strlen(scene_line), &err), 0);
    set.folder = scene_folder ? memory_copy_string(scene_folder) : NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    scene.loop = &loop;
    uv_prepare_init(&loop, &turn);
    uv_prepare_start(&turn, scene_on_turn);
    uv_unref((uv_handle_t *)&turn);
    struct contract *contract = contract_new(&workload, NULL);
    const struct reduce_input input = {
        .context = &context,
        .workload = &workload,
        .samples = &set,
        .sample = &set.items[0],
        .base = &base,
        .candidate = &candidate,
        .contract = contract,
        .finding = finding,
        .time_budget_s = seconds,
        .steps_least = scene.steps_least,
        .time_most_s = scene.steps_least > 0 ? 60 : seconds,
        .steps_most = steps_most,
        .done = on_done,
        .data = &outcome,
    };
    assert_int_equal(reduce_start(&scene.reduce, &input, &err), 0);
    assert_int_equal(outcome.calls, 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(outcome.calls, 1);
    assert_false(scene.overlap);
    assert_int_equal(scene.flying, 0);
    uv_close((uv_handle_t *)&turn, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    contract_free(contract);
    samples_fini(&set);
    return outcome;
}

void scene_of(void (*answer)(const struct sample *sample, enum arm_side side, size_t count,
                             struct answer *answer))
{
    memset(&scene, 0, sizeof scene);
    scene.answer = answer;
}
