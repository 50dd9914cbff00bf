/*
 * The run on the loop, with a kind of its own whose answers follow from what was asked. All tests are run
 * with short answers, which are looked at on the loop, and with long ones, which are on libuv's pool.
 */
#include "tests/reduce/scene.h"

#include "base/memory.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool asks_status_0(const struct sample *sample)
{
    return memmem(sample->stdin_bytes, sample->stdin_length, "\"status\":0", 10);
}

/* The case that everybody gets wrong: 0 was no filter. */
static void answer_filter(const struct sample *sample, enum arm_side side, size_t count,
                          struct answer *answer)
{
    (void)count;
    scene_say(answer,
              side == ARM_CANDIDATE && asks_status_0(sample) ? "{\"items\": []}" : "{\"items\": [1, 2]}");
}

static char part[] = "stdout", items[] = "/items", whole[] = "", ending[] = "exit status";
static const struct finding emptied = {.class = CLASS_EMPTIED, .part = part, .pattern = items};

static void test_smallest_input(void **state)
{
    (void)state;
    scene_of(answer_filter);
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
    const struct reproduction *reproduction = outcome.reproduction;
    assert_int_equal(outcome.code, 0);
    assert_string_equal(reproduction->request, "{\"id\": \"a\", \"stdin\": \"{\\\"status\\\":0}\"}");
    assert_string_equal(reproduction->differs_only_when, "stdin /status is 0");
    assert_string_equal(reproduction->before, "[1, 2]");
    assert_string_equal(reproduction->after, "[]");
    assert_null(reproduction->why_none);
    assert_true(reproduction->minimal);
    assert_int_equal(reproduction->bytes, strlen("{\"status\":0}"));
    assert_true(reproduction->from_bytes > reproduction->bytes);
    /* The base is asked again only where the difference is there. */
    assert_true(scene.answers[ARM_BASE] < 2 * scene.answers[ARM_CANDIDATE]);
    assert_int_equal(scene.answers[ARM_CANDIDATE], reproduction->steps);
    reproduction_free(outcome.reproduction);
}

/* Each arm on a way of its own: which inputs count. */
static void answer_refusing(const struct sample *sample, enum arm_side side, size_t count,
                            struct answer *answer)
{
    answer_filter(sample, side, count, answer);
    if (!memmem(sample->stdin_bytes, sample->stdin_length, "\"page\"", 6))
        scene_end_with(answer, 2); /* both refuse */
}

static void answer_unsteady(const struct sample *sample, enum arm_side side, size_t count,
                            struct answer *answer)
{
    answer_filter(sample, side, count, answer);
    if (side == ARM_BASE && count % 2 && !memmem(sample->stdin_bytes, sample->stdin_length, "\"page\"", 6))
        scene_say(answer, "{\"items\": [1]}");
}

static void answer_crashing(const struct sample *sample, enum arm_side side, size_t count,
                            struct answer *answer)
{
    answer_filter(sample, side, count, answer);
    if (side == ARM_BASE && !memmem(sample->stdin_bytes, sample->stdin_length, "\"page\"", 6)) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGSEGV");
    }
}

/* Smaller ones differ too, in another way. */
static void answer_otherwise(const struct sample *sample, enum arm_side side, size_t count,
                             struct answer *answer)
{
    answer_filter(sample, side, count, answer);
    if (side == ARM_CANDIDATE && !memmem(sample->stdin_bytes, sample->stdin_length, "\"page\"", 6))
        scene_say(answer, "{\"items\": [1, 3]}");
}

static void test_what_does_not_count(void **state)
{
    (void)state;
    void (*const ways[])(const struct sample *, enum arm_side, size_t, struct answer *) = {
        answer_refusing, answer_unsteady, answer_crashing, answer_otherwise};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        scene_of(ways[i]);
        struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
        assert_int_equal(outcome.code, 0);
        assert_non_null(outcome.reproduction->request);
        if (!strstr(outcome.reproduction->request, "{\\\"status\\\":0,\\\"page\\\":3}"))
            fail_msg("way %zu: %s", i, outcome.reproduction->request);
        reproduction_free(outcome.reproduction);
    }
}

/* Knows 0 and no other status. */
static void answer_picky(const struct sample *sample, enum arm_side side, size_t count, struct answer *answer)
{
    answer_filter(sample, side, count, answer);
    if (memmem(sample->stdin_bytes, sample->stdin_length, "\"status\":", 9) && !asks_status_0(sample))
        scene_end_with(answer, 2);
}

/* What the base refuses does not tell whether the difference hangs on this very value. */
static void test_refused_values(void **state)
{
    (void)state;
    scene_of(answer_picky);
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
    assert_string_equal(outcome.reproduction->differs_only_when, "stdin /status is there");
    reproduction_free(outcome.reproduction);
}

static void answer_dying(const struct sample *sample, enum arm_side side, size_t count, struct answer *answer)
{
    (void)count;
    scene_say(answer, "{}");
    bool small = sample->stdin_length < 30;
    if (side == ARM_CANDIDATE && asks_status_0(sample) && !small) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGSEGV");
    } else if (side == ARM_CANDIDATE && small) {
        scene_end_with(answer, 1);
    }
}

/* A smaller input that the candidate merely refuses shows no crash. */
static void test_same_ending(void **state)
{
    (void)state;
    char after[] = "killed by SIGSEGV (request 3 of its worker)";
    const struct finding died = {.class = CLASS_STATUS, .part = ending, .pattern = whole, .after = after};
    scene_of(answer_dying);
    struct outcome outcome = scene_reduce(&died, REDUCTION_STEPS_MOST, 60);
    assert_string_equal(outcome.reproduction->after, "killed by SIGSEGV");
    assert_true(outcome.reproduction->bytes >= 30);
    reproduction_free(outcome.reproduction);
}

static void answer_alike(const struct sample *sample, enum arm_side side, size_t count, struct answer *answer)
{
    (void)sample, (void)side, (void)count;
    scene_say(answer, "{\"items\": [1]}");
}

static void test_no_longer_shown(void **state)
{
    (void)state;
    scene_of(answer_alike);
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
    assert_int_equal(outcome.code, 0);
    assert_null(outcome.reproduction->request);
    assert_string_equal(outcome.reproduction->why_none,
                        "asked again, the sample does not show it: it comes only now and then");
    assert_int_equal(outcome.reproduction->bytes, 0);
    assert_int_equal(outcome.reproduction->steps, 4);
    reproduction_free(outcome.reproduction);
}

static void test_few_steps(void **state)
{
    (void)state;
    scene_of(answer_filter);
    struct outcome outcome = scene_reduce(&emptied, 2, 60);
    assert_non_null(outcome.reproduction->request);
    assert_false(outcome.reproduction->minimal);
    assert_null(outcome.reproduction->differs_only_when);
    assert_int_equal(outcome.reproduction->steps, 2);
    reproduction_free(outcome.reproduction);
}

/* The end of the time cancels the run that never ends, and keeps what is known. */
static void test_end_of_time(void **state)
{
    (void)state;
    for (size_t hang = 1; hang < 8; hang += 3) {
        scene_of(answer_filter);
        scene.hang_at = hang;
        struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 0.05);
        assert_int_equal(outcome.code, 0);
        assert_int_equal(outcome.reproduction->request != NULL, hang > 3);
        assert_false(outcome.reproduction->minimal);
        if (hang == 1)
            assert_string_equal(outcome.reproduction->why_none, "there was no time left to look for one");
        reproduction_free(outcome.reproduction);
    }
}

/* What a file holds can be left out like any, and stands in the input then. */
static void test_input_of_a_file(void **state)
{
    (void)state;
    char place[] = "/tmp/cupel-reduce-XXXXXX";
    scene_folder = mkdtemp(place);
    assert_non_null(scene_folder);
    char *path = memory_format("%s/in.json", scene_folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"status\": 0, \"page\": [1, 2]}", file);
    fclose(file);
    scene_line = "{\"id\": \"a\", \"stdin_file\": \"in.json\"}";
    scene_of(answer_filter);
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
    assert_string_equal(outcome.reproduction->request, "{\"id\": \"a\", \"stdin\": \"{\\\"status\\\":0}\"}");
    reproduction_free(outcome.reproduction);
    unlink(path);
    rmdir(scene_folder);
    free(path);
    scene_folder = NULL;
    scene_line = scene_request;
}

static void answer_long(const struct sample *sample, enum arm_side side, size_t count, struct answer *answer)
{
    (void)count;
    scene_say(answer,
              side == ARM_CANDIDATE && sample->stdin_length > 70000 ? "{\"items\": []}" : "{\"items\": [1]}");
}

/* It is never cut, so it is named as what it is. */
static void test_longer_than_is_kept(void **state)
{
    (void)state;
    struct text text = {0};
    text_append_string(&text, "{\"id\": \"a\", \"stdin\": \"");
    for (size_t i = 0; i < 80000; i++)
        text_append_char(&text, 'x');
    text_append_string(&text, "\"}");
    scene_line = text_string(&text);
    scene_of(answer_long);
    struct outcome outcome = scene_reduce(&emptied, 20, 60);
    assert_null(outcome.reproduction->request);
    assert_true(outcome.reproduction->bytes > 70000);
    assert_non_null(strstr(outcome.reproduction->why_none, "and no more than 65536 are kept"));
    reproduction_free(outcome.reproduction);
    text_fini(&text);
    scene_line = scene_request;
}

/* A slow program is asked the least inputs all the same, and no more. */
static void test_slow_program(void **state)
{
    (void)state;
    scene_of(answer_filter);
    scene.slow_ms = 20;
    scene.steps_least = 5;
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 0.02);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.reproduction->steps, 5);
    assert_non_null(outcome.reproduction->request);
    assert_false(outcome.reproduction->minimal);
    reproduction_free(outcome.reproduction);
}

static void test_failures_at_each_run(void **state)
{
    (void)state;
    scene_of(answer_filter);
    reproduction_free(scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60).reproduction);
    for (size_t at = scene.started; at > 0; at--) {
        size_t *const places[] = {&scene.fail_at, &scene.refuse_at, &scene.cancel_at};
        for (size_t i = 0; i < 3; i++) {
            scene_of(answer_filter);
            *places[i] = at;
            struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
            assert_int_equal(outcome.code, i == 2 ? ERR_CANCELLED : ERR_SYSTEM);
            assert_int_equal(scene.started, at);
            assert_int_equal(outcome.reproduction->request != NULL, at > 3);
            reproduction_free(outcome.reproduction);
        }
    }
}

/* While an answer is looked at, or what was found is written down: nothing more is asked. */
static void test_cancelled_at_each_thought(void **state)
{
    size_t turns, runs;
    (void)state;
    scene_of(answer_filter);
    reproduction_free(scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60).reproduction);
    turns = scene.turns;
    runs = scene.started;
    assert_true(scene_stderr_bytes > 0 ? turns >= runs : turns <= 2); /* the last ones close */
    for (size_t at = 1; scene_stderr_bytes > 0 && at <= runs; at++) {
        scene_of(answer_filter);
        scene.cancel_turn = at;
        struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, 60);
        assert_int_equal(outcome.code, ERR_CANCELLED);
        assert_true(scene.started <= at);
        reproduction_free(outcome.reproduction);
    }
}

static uv_sem_t blocked;

static void blocker_work(uv_work_t *work)
{
    (void)work;
    uv_sem_wait(&blocked);
}

static void blocker_on_done(uv_work_t *work, int status)
{
    (void)work, (void)status;
}

static void blocker_on_timer(uv_timer_t *timer)
{
    uv_sem_post(&blocked);
    uv_close((uv_handle_t *)timer, NULL);
}

/* The pool, which has one thread here, is taken until the time of the search is over. */
static void answer_blocking(const struct sample *sample, enum arm_side side, size_t count,
                            struct answer *answer)
{
    static uv_work_t work;
    static uv_timer_t timer;
    if (scene.started == 1) {
        uv_queue_work(scene.loop, &work, blocker_work, blocker_on_done);
        uv_timer_init(scene.loop, &timer);
        uv_timer_start(&timer, blocker_on_timer, 100, 0);
    }
    answer_filter(sample, side, count, answer);
}

static void test_end_of_time_in_a_thought(void **state)
{
    (void)state;
    scene_of(answer_blocking);
    uv_sem_init(&blocked, 0);
    struct outcome outcome = scene_reduce(&emptied, REDUCTION_STEPS_MOST, scene_stderr_bytes > 0 ? 0.05 : 60);
    assert_int_equal(outcome.code, 0);
    if (scene_stderr_bytes > 0) {
        assert_int_equal(scene.started, 1);
        assert_string_equal(outcome.reproduction->why_none, "there was no time left to look for one");
    } else {
        assert_true(outcome.reproduction->minimal); /* a full pool keeps nobody waiting */
    }
    reproduction_free(outcome.reproduction);
    uv_sem_destroy(&blocked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest_input),
        cmocka_unit_test(test_what_does_not_count),
        cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_same_ending),
        cmocka_unit_test(test_no_longer_shown),
        cmocka_unit_test(test_few_steps),
        cmocka_unit_test(test_end_of_time),
        cmocka_unit_test(test_input_of_a_file),
        cmocka_unit_test(test_longer_than_is_kept),
        cmocka_unit_test(test_slow_program),
        cmocka_unit_test(test_failures_at_each_run),
        cmocka_unit_test(test_cancelled_at_each_thought),
        cmocka_unit_test(test_end_of_time_in_a_thought),
    };
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    int failed = cmocka_run_group_tests_name("short answers", tests, NULL, NULL);
    scene_stderr_bytes = OFFLOAD_LIGHT + 1;
    return failed + cmocka_run_group_tests_name("long answers", tests, NULL, NULL);
}
