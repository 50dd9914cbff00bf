/* Rounds of a kind whose runs can wait: who is alive when, who is asked when, and what the figures are. */
#include "workloads/measure/round.h"
#include "workloads/offload.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REQUESTS 50

/* What happens, in order: "+b" a run of the base starts,
 * "=b" it stands still, ">b" it may go, "-b" it is over. */
static struct text happened;
static int starts;          /* so far */
static int fail_start;      /* the start that fails; 0: none */
static int never_ready;     /* the start whose run ends before it stands still; 0: none */
static int cancel_at;       /* answers after which the round is cancelled; 0: never */
static int stop_at;         /* answers after which on_answer wants no more; 0: never */
static int answers;         /* so far */
static bool long_ones;      /* among the answers: looked at on the pool */
static atomic_bool cancels; /* the next turn of a run cancels the round */
static struct round *under_way;
static uv_loop_t loop;

struct workload_run {
    struct workload_request request;
    uv_timer_t timer;
    int number;      /* of the start */
    size_t position; /* of the next answer */
    bool stands;
    bool goes;
    bool holds;
    bool stopped;
    bool cancelled;
};

static void tell(const struct workload_run *run, char what)
{
    text_printf(&happened, "%s%c%c%s", happened.length ? " " : "", what,
                run->request.arm->side == ARM_BASE ? 'b' : 'c', run->request.lane ? "'" : "");
}

static void stayer_on_closed(uv_handle_t *handle)
{
    struct workload_run *run = handle->data;
    struct workload_request request = run->request;
    struct err err = {0};
    tell(run, '-');
    if (run->cancelled)
        err_set(&err, ERR_CANCELLED, "cancelled");
    free(run);
    request.on_done(err.code ? &err : NULL, request.data);
}

static enum answer_next stayer_answer_one(struct workload_run *run, const struct figures *figures)
{
    struct answer answer = {.ended = true};
    bool is_long = long_ones && run->position % 10 == 2;
    if (is_long) {
        answer.error.bytes = memory_zeroed(OFFLOAD_LIGHT + 1);
        answer.error.length = OFFLOAD_LIGHT + 1;
    }
    enum answer_next next = run->request.on_answer(run->position++, &answer, figures, run->request.data);
    assert_true(is_long || next != ANSWER_HOLD);
    answer_fini(&answer);
    return next;
}

/* The n-th request takes n ms; the candidate's run uses half of the base's CPU time. */
static void stayer_answer(struct workload_run *run)
{
    struct figures figures;
    struct figures whole;
    enum answer_next next = ANSWER_NEXT;
    for (int m = 0; m < METRIC_COUNT; m++)
        figures.value[m] = whole.value[m] = -1;
    while (next == ANSWER_NEXT && run->position < run->request.count && !run->cancelled) {
        figures.value[METRIC_CPU] = 0.001;
        figures.value[METRIC_WALL] = (double)(run->position + 1) / 1e3;
        for (int m = METRIC_LATENCY_P50; m <= METRIC_LATENCY_P99; m++)
            figures.value[m] = figures.value[METRIC_WALL];
        next = stayer_answer_one(run, &figures);
    }
    run->holds = next == ANSWER_HOLD;
    whole.value[METRIC_CPU] = run->request.arm->side == ARM_BASE ? 0.2 : 0.1;
    whole.value[METRIC_STARTUP] = 0.03;
    whole.value[METRIC_PEAK_MEMORY] = 1e6;
    if (next == ANSWER_NEXT && !run->cancelled)
        run->request.on_whole(&whole, run->request.data);
}

static void stayer_on_timer(uv_timer_t *timer)
{
    struct workload_run *run = timer->data;
    bool ends = run->cancelled || run->goes || !run->request.waits || run->number == never_ready;
    if (cancels)
        round_cancel(under_way);
    cancels = false;
    if (run->holds)
        return;
    if (ends) {
        if (!run->cancelled && !run->stopped)
            stayer_answer(run);
        if (!run->holds)
            uv_close((uv_handle_t *)timer, stayer_on_closed);
    } else if (!run->stands) {
        run->stands = true;
        tell(run, '=');
        run->request.on_ready(run->request.data);
    }
}

static int stayer_start(const struct workload_context *context, const struct workload_request *request,
                        struct workload_run **out, struct err *err)
{
    if (++starts == fail_start)
        return err_set(err, ERR_SYSTEM, "no more processes");
    struct workload_run *run = MEMORY_NEW(struct workload_run);
    assert_true(request->timed && !request->discarded);
    run->request = *request;
    run->number = starts;
    uv_timer_init(context->loop, &run->timer);
    run->timer.data = run;
    uv_timer_start(&run->timer, stayer_on_timer, 0, 1);
    tell(run, '+');
    *out = run;
    return 0;
}

static void stayer_cancel(struct workload_run *run)
{
    run->cancelled = true;
}

static void stayer_resume(struct workload_run *run, bool go_on)
{
    assert_true(run->holds);
    run->holds = false;
    run->stopped = !go_on;
}

static void stayer_go(struct workload_run *run)
{
    assert_true(run->stands && !run->goes);
    run->goes = true;
    tell(run, '>');
}

static const struct workload_kind stayer = {.name = "stayer",
                                            .requests = true,
                                            .run_start = stayer_start,
                                            .run_cancel = stayer_cancel,
                                            .run_resume = stayer_resume,
                                            .run_go = stayer_go};

struct outcome {
    struct figures totals[2];
    bool whole;
    int done;
    struct err err;
};

static bool on_answer(const struct round_step *step, size_t index, struct answer *answer,
                      const struct figures *figures, void *data)
{
    (void)step, (void)index, (void)figures, (void)data;
    answers++;
    if (answers == cancel_at && answer->error.length > 0)
        cancels = true; /* not from the pool */
    else if (answers == cancel_at)
        round_cancel(under_way);
    return answers != stop_at;
}

static void on_done(const struct figures *totals, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->done++;
    outcome->whole = totals != NULL;
    if (totals)
        memcpy(outcome->totals, totals, sizeof outcome->totals);
    if (err)
        outcome->err = *err;
}

/* `steps`: a letter for each, 'b' or 'c', uppercase where it counts as the candidate's. */
static struct outcome play(const char *steps, unsigned lanes, enum workload_cache cache, size_t extras)
{
    struct arm arms[2] = {{.side = ARM_BASE, .lanes = lanes},
                          {.side = ARM_CANDIDATE, .slot = 8, .lanes = lanes}};
    struct workload_context context = {.loop = &loop};
    struct workload workload = {.kind = &stayer, .cache = cache};
    static size_t indices[REQUESTS];
    static bool extra[REQUESTS];
    for (size_t i = 0; i < REQUESTS; i++)
        extra[i] = i >= REQUESTS - extras;
    struct block block = {.indices = indices, .extra = extra, .count = REQUESTS};
    struct outcome outcome = {0};
    struct round_input input = {.context = &context,
                                .workload = &workload,
                                .block = &block,
                                .step_count = strlen(steps),
                                .on_answer = on_answer,
                                .on_done = on_done,
                                .data = &outcome};
    for (size_t i = 0; steps[i]; i++) {
        input.steps[i].arm = &arms[steps[i] == 'c' || steps[i] == 'C'];
        input.steps[i].candidate = steps[i] == 'C' || steps[i] == 'B';
    }
    text_clear(&happened);
    starts = answers = 0;
    if (round_start(&under_way, &input, &outcome.err) == 0) {
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(outcome.done, 1);
    }
    return outcome;
}

static void test_who_is_alive_when(void **state)
{
    (void)state;
    static const struct {
        const char *steps;
        unsigned lanes;
        int fail_start, never_ready, stop_at, cancel_at;
        const char *happened;
        bool whole;
        int code;
    } rows[] = {
        {"bC", 1, 0, 0, 0, 0, "+b =b +c =c >b -b >c -c", true, 0},
        {"Cb", 1, 0, 0, 0, 0, "+c =c +b =b >c -c >b -b", true, 0},
        {"b", 1, 0, 0, 0, 0, "+b -b", true, 0},
        {"bCCb", 1, 0, 0, 0, 0, "+b =b +c =c >b -b >c -c +c =c +b =b >c -c >b -b", true, 0},
        /* The base against itself: two lanes, or one after the other. */
        {"bB", 2, 0, 0, 0, 0, "+b =b +b' =b' >b -b >b' -b'", true, 0},
        {"bB", 1, 0, 0, 0, 0, "+b -b +b -b", true, 0},
        /* One whose answers are there before it ever stood still. */
        {"bC", 1, 0, 1, 0, 0, "+b -b +c -c", true, 0},
        {"bC", 1, 0, 2, 0, 0, "+b =b +c -c >b -b", true, 0},
        {"bC", 1, 1, 0, 0, 0, "", false, ERR_SYSTEM},
        {"bC", 1, 2, 0, 0, 0, "+b =b -b", false, ERR_SYSTEM},
        {"bCCb", 1, 3, 0, 0, 0, "+b =b +c =c >b -b >c -c", false, ERR_SYSTEM},
        {"bC", 1, 0, 0, 3, 0, "+b =b +c =c >b -b -c", false, 0},
        {"bC", 1, 0, 0, REQUESTS + 3, 0, "+b =b +c =c >b -b >c -c", false, 0},
        {"bC", 1, 0, 0, 0, 3, "+b =b +c =c >b -b -c", false, ERR_CANCELLED},
        {"bC", 1, 0, 0, 0, REQUESTS + 3, "+b =b +c =c >b -b >c -c", false, ERR_CANCELLED},
    };
    for (size_t k = 0; k < 2 * sizeof rows / sizeof *rows; k++) {
        size_t i = k / 2;
        long_ones = k % 2;
        fail_start = rows[i].fail_start;
        never_ready = rows[i].never_ready;
        stop_at = rows[i].stop_at;
        cancel_at = rows[i].cancel_at;
        /* A warm cache is the worker's own matter: no run goes before its run. */
        struct outcome outcome = play(rows[i].steps, rows[i].lanes, WORKLOAD_CACHE_WARM, 0);
        assert_int_equal(outcome.err.code, rows[i].code);
        assert_int_equal(outcome.whole, rows[i].whole);
        /* The two ends of a cancelled pair come in either order. */
        if (!rows[i].cancel_at && !rows[i].stop_at)
            assert_string_equal(text_string(&happened), rows[i].happened);
        else
            assert_int_equal(happened.length, strlen(rows[i].happened));
    }
    fail_start = never_ready = stop_at = cancel_at = 0;
    long_ones = false;
}

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-9);
}

static void test_figures_of_the_whole(void **state)
{
    (void)state;
    struct outcome outcome = play("bC", 1, WORKLOAD_CACHE_COLD, 0);
    for (int side = 0; side < 2; side++) {
        const double *value = outcome.totals[side].value;
        assert_near(value[METRIC_CPU], side == 0 ? 0.2 : 0.1); /* not the sum of the answers */
        assert_near(value[METRIC_WALL], 0.001 * REQUESTS * (REQUESTS + 1) / 2);
        assert_near(value[METRIC_STARTUP], 0.03);
        assert_near(value[METRIC_CPU_AFTER], -1);
        assert_near(value[METRIC_PEAK_MEMORY], 1e6);
        assert_near(value[METRIC_LATENCY_P50], 0.0255);
        assert_near(value[METRIC_LATENCY_P95], -1); /* it takes 400 */
    }
    outcome = play("bCCb", 1, WORKLOAD_CACHE_COLD, 0);
    assert_near(outcome.totals[1].value[METRIC_CPU], 0.1);
    /* Extras are asked for their strata's rows:
     * neither their requests nor their CPU time is part of the run. */
    outcome = play("bC", 1, WORKLOAD_CACHE_COLD, 10);
    assert_near(outcome.totals[0].value[METRIC_CPU], 0.19);
    assert_near(outcome.totals[0].value[METRIC_WALL], 0.001 * 40 * 41 / 2);
    assert_near(outcome.totals[0].value[METRIC_LATENCY_P50], 0.0205);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_alive_when),
        cmocka_unit_test(test_figures_of_the_whole),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    text_fini(&happened);
    assert_int_equal(uv_loop_close(&loop), 0);
    return failed;
}
