#include "tests/workloads/fake_kind.h"
#include "workloads/check.h"
#include "workloads/check_retry.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
    int calls;
    int code;
    char message[256];
    bool base_unusable;
    char problem[256];
    char start_problem[256];

    struct reference reference;
    struct check *check; /* in flight */
};

static void outcome_copy(char out[static 256], const char *sentence)
{
    snprintf(out, 256, "%.255s", sentence ? sentence : "");
}

static void outcome_take(struct check_result *result, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->calls++;
    outcome->check = NULL;
    outcome->code = err ? err->code : 0;
    outcome_copy(outcome->message, err ? err->message : NULL);
    outcome->base_unusable = result->base_unusable;
    outcome_copy(outcome->problem, result->base_problem);
    outcome_copy(outcome->start_problem, result->start_problem);
    outcome->reference = result->reference;
    result->reference = (struct reference){0};
}

static struct outcome check_run_with(struct fake_scene *scene, bool with_candidate,
                                     const struct reference *known)
{
    struct outcome outcome = {0};
    struct check_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = with_candidate ? &scene->candidate : NULL,
        .known = known,
        .contract = scene->contract,
        .done = outcome_take,
        .data = &outcome,
    };
    struct err err = {0};
    fake.data = &outcome;
    if (check_start(&outcome.check, &input, &err) < 0) {
        outcome.code = err.code;
        outcome_copy(outcome.message, err.message);
        return outcome;
    }
    assert_int_equal(outcome.calls, 0);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(outcome.calls, 1);
    return outcome;
}

static struct outcome check_run(struct fake_scene *scene, bool with_candidate)
{
    return check_run_with(scene, with_candidate, NULL);
}

static void answer_steady(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%zu}", index);
}

static void test_equal_arms_pass(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_steady;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.base_unusable);
    assert_int_equal(outcome.reference.count, FAKE_SAMPLES);
    assert_string_equal(outcome.reference.answers[2].out.bytes, "{\"v\":2}");
    assert_true(outcome.reference.sample_seconds > 0);
    for (size_t i = 0; i < FAKE_SAMPLES; i++) {
        assert_int_equal(fake.asked[ARM_BASE][i], 3);
        assert_int_equal(fake.asked[ARM_CANDIDATE][i], 1);
    }
    assert_int_equal(fake.most_flying, 2);
    assert_false(fake.slot_shared);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void test_base_alone(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_steady;
    struct outcome outcome = check_run(&scene, false);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(fake.asked[ARM_CANDIDATE][0], 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

/* The same candidate against answers that an earlier check heard, and the base changed or not since then. */
static struct outcome known_run(struct fake_scene *scene,
                                void (*now)(struct fake *, const struct arm *, size_t, size_t,
                                            struct answer *, struct figures *))
{
    struct fake_scene earlier;
    fake_scene_init(&earlier);
    fake.answer = answer_steady;
    struct outcome heard = check_run(&earlier, false);
    fake_scene_fini(&earlier);
    fake_scene_init(scene);
    fake.answer = now;
    struct outcome outcome = check_run_with(scene, true, &heard.reference);
    assert_int_equal(outcome.reference.count, 0);
    reference_fini(&heard.reference);
    return outcome;
}

static void test_known_answers_are_not_asked_again(void **state)
{
    (void)state;
    struct fake_scene scene;
    struct outcome outcome = known_run(&scene, answer_steady);
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.base_unusable);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    for (size_t i = 0; i < FAKE_SAMPLES; i++) {
        assert_int_equal(fake.asked[ARM_BASE][i], 0);
        assert_int_equal(fake.asked[ARM_CANDIDATE][i], 1);
    }
    fake_scene_fini(&scene);
}

static void answer_wrong_length(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    if (arm->side == ARM_CANDIDATE && index == 1)
        fake_say(answer, "{\"v\":[1]}");
    else
        answer_steady(self, arm, index, count, answer, figures);
}

static void test_known_answers_break_only_with_the_base_asked(void **state)
{
    (void)state;
    struct fake_scene scene;
    struct outcome outcome = known_run(&scene, answer_wrong_length);
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.base_unusable);
    assert_int_equal(fake_scene_breaks(&scene), 1);
    assert_int_equal(fake.asked[ARM_BASE][1], 5);
    assert_int_equal(fake.asked[ARM_BASE][0], 0);
    fake_scene_fini(&scene);
}

/* Another day, another shape: both arms changed alike, so nobody broke anything. */
static void answer_moved_on(struct fake *self, const struct arm *arm, size_t index, size_t count,
                            struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)index, (void)count, (void)figures;
    fake_say(answer, "{\"v\":[1]}");
}

static void test_known_answers_that_no_longer_hold(void **state)
{
    (void)state;
    struct fake_scene scene;
    struct outcome outcome = known_run(&scene, answer_moved_on);
    assert_int_equal(outcome.code, 0);
    assert_true(outcome.base_unusable);
    fake_scene_fini(&scene);
}

static void answer_wrong_always(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    (void)self, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%d}", arm->side == ARM_CANDIDATE && index == 1 ? 77 : 5);
}

/* Wrong at the first asking only: nothing in the base explains it, so it's a break all the same. */
static void answer_wrong_once(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    fake_say(answer, "{\"v\":%d}", arm->side == ARM_CANDIDATE && index == 1 && count == 0 ? 77 : 5);
}

static void test_differences_are_breaks(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_wrong_always, answer_wrong_once};
    for (size_t i = 0; i < 2; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answers[i];
        struct outcome outcome = check_run(&scene, true);
        assert_int_equal(outcome.code, 0);
        assert_false(outcome.base_unusable);
        assert_int_equal(fake_scene_breaks(&scene), 1);
        assert_int_equal(fake.asked[ARM_BASE][1], 8);
        assert_int_equal(fake.asked[ARM_CANDIDATE][1], 6);
        assert_int_equal(fake.asked[ARM_CANDIDATE][0], 1);
        assert_false(fake.arms_overlap); /* a candidate can't get in the way of the base's answers */
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

/* A clock that ticks between the arms: the base's later answers show it, and it is excused. */
static void answer_clock(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    (void)index, (void)count, (void)figures;
    bool candidate_came = arm->side == ARM_CANDIDATE || self->asked[ARM_CANDIDATE][0] > 0;
    fake_say(answer, "{\"v\":5,\"t\":%d}", candidate_came ? 13 : 12);
}

static void test_clock_is_excused(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_clock;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void answer_base_noise(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    (void)arm, (void)index, (void)count, (void)figures;
    fake_say(answer, "{\"v\":5,\"t\":%zu}", self->answers);
}

static void test_noise_is_learned_before_the_candidate(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_base_noise;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    assert_int_equal(fake.asked[ARM_CANDIDATE][0], 1); /* and so nothing was asked again */
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

/* A candidate's endless answers are asked again a few at a time. */
static void test_long_answers_fill_a_retry(void **state)
{
    (void)state;
    struct answer answers[CHECK_RETRY_MOST] = {{.out.length = CHECK_RETRY_BYTES - 2}, {.error.length = 1}};
    assert_false(check_retry_is_full(answers, 2));
    answers[2].out.length = 1;
    assert_true(check_retry_is_full(answers, 3));
    answers[0].out.length = 1;
    assert_false(check_retry_is_full(answers, CHECK_RETRY_MOST - 1));
    assert_true(check_retry_is_full(answers, CHECK_RETRY_MOST));
}

/* The base flickers at sample 0 alone; the candidate differs at sample 2, always or, as noise does, at times.
 */
static void answer_noise_elsewhere(const struct arm *arm, size_t index, size_t count, bool always,
                                   struct answer *answer)
{
    bool flicker = index == 0 && count % 2;
    bool wrong = arm->side == ARM_CANDIDATE && index == 2 && (always || count % 2 == 0);
    fake_say(answer, "{\"v\":%d}", flicker ? 6 : wrong ? 77 : 5);
}

static void answer_breaks_where_steady(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                       struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    answer_noise_elsewhere(arm, index, count, true, answer);
}

static void answer_flickers_where_steady(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                         struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    answer_noise_elsewhere(arm, index, count, false, answer);
}

static void test_noise_elsewhere_hides_no_steady_break(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = i ? answer_flickers_where_steady : answer_breaks_where_steady;
        struct outcome outcome = check_run(&scene, true);
        assert_int_equal(outcome.code, 0);
        assert_false(outcome.base_unusable);
        assert_int_equal(fake_scene_breaks(&scene), i ? 0 : 1);
        assert_int_equal(fake.asked[ARM_CANDIDATE][2], 6);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

static void answer_base_crash(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    answer_steady(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && index == 2 && count == 1) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGSEGV");
    }
}

/* Failing in the same way each time is an answer. */
static void answer_base_fails_steadily(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                       struct answer *answer, struct figures *figures)
{
    answer_steady(self, arm, index, count, answer, figures);
    answer->status = 3;
    snprintf(answer->ending, sizeof answer->ending, "exit status 3");
}

static void test_base_that_crashes_is_unusable(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_base_crash;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_true(outcome.base_unusable);
    assert_string_equal(outcome.problem, "sample \"c\": the base's program: killed by SIGSEGV");
    assert_int_equal(fake.asked[ARM_CANDIDATE][0], 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
    fake_scene_init(&scene);
    fake.answer = answer_base_fails_steadily;
    outcome = check_run(&scene, true);
    assert_false(outcome.base_unusable);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void answer_base_changes_shape(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                      struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    bool odd = arm->side == ARM_BASE && index == 1 && count == 2;
    fake_say(answer, odd ? "{\"v\":\"five\"}" : "{\"v\":5}");
}

static void test_base_that_changes_shape_is_unusable(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_base_changes_shape;
    struct outcome outcome = check_run(&scene, true);
    assert_true(outcome.base_unusable);
    assert_non_null(strstr(outcome.problem, "\"b\""));
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void answer_not_started(struct fake *self, const struct arm *arm, size_t index, size_t count,
                               struct answer *answer, struct figures *figures)
{
    answer_steady(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, WORKLOAD_NOT_STARTED "No such file or directory");
    }
}

static void test_candidate_that_cannot_be_started(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_not_started;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.base_unusable);
    assert_string_equal(outcome.start_problem,
                        "sample \"a\": the candidate's program cannot be started: No such file or directory");
    assert_int_equal(fake_scene_breaks(&scene), 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void test_failures_of_ours_are_errors(void **state)
{
    (void)state;
    /* 3 passes × 2 lanes of the base, 2 of the candidate, then 5 rounds × 2 runs of one sample. */
    for (size_t start = 1; start <= 18; start++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_wrong_always;
        fake.fail_start = start;
        struct outcome outcome = check_run(&scene, true);
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, "no more processes");
        assert_int_equal(fake_scene_breaks(&scene), 0);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
    for (size_t answer = 1; answer <= 26; answer++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_wrong_always;
        fake.fail_answer = answer;
        struct outcome outcome = check_run(&scene, true);
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, "the zygote is gone");
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

static void act_cancel(struct fake *self)
{
    struct outcome *outcome = self->data;
    check_cancel(outcome->check);
    check_cancel(outcome->check); /* impatient users press Ctrl-C twice */
}

static void test_cancelled_at_every_answer(void **state)
{
    (void)state;
    for (size_t answer = 1; answer <= 26; answer++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_wrong_always;
        fake.act = act_cancel;
        fake.act_at = answer;
        struct outcome outcome = check_run(&scene, true);
        assert_int_equal(outcome.code, ERR_CANCELLED);
        assert_int_equal(fake_scene_breaks(&scene), 0);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

static void pause_on_timer(uv_timer_t *timer)
{
    struct outcome *outcome = fake.data;
    if (fake.answers < FAKE_SAMPLES * 4 || fake.flying > 0)
        return;
    check_cancel(outcome->check);
    check_cancel(outcome->check);
    uv_close((uv_handle_t *)timer, NULL);
}

/* Between two rounds no run is in flight, only the pause. */
static void test_cancelled_in_the_pause(void **state)
{
    (void)state;
    struct fake_scene scene;
    uv_timer_t timer;
    fake_scene_init(&scene);
    fake.answer = answer_wrong_always;
    uv_timer_init(&scene.loop, &timer);
    uv_timer_start(&timer, pause_on_timer, 1, 1);
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, ERR_CANCELLED);
    assert_true(fake.answers < 26);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void judging_on_turn(uv_idle_t *idle)
{
    struct outcome *outcome = fake.data;
    bool asked = fake.answers == 26 && fake.flying == 0;
    if (asked && outcome->check)
        check_cancel(outcome->check);
    if (asked)
        uv_close((uv_handle_t *)idle, NULL);
}

/* All is asked. */
static void test_cancelled_while_answers_are_judged(void **state)
{
    (void)state;
    struct fake_scene scene;
    uv_idle_t idle;
    fake_scene_init(&scene);
    fake.answer = answer_wrong_always;
    uv_idle_init(&scene.loop, &idle);
    uv_idle_start(&idle, judging_on_turn);
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, ERR_CANCELLED);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void start_on_turn(uv_idle_t *idle)
{
    act_cancel(&fake);
    uv_close((uv_handle_t *)idle, NULL);
}

/* Before the first answer, or while known ones are learned from. */
static void test_cancelled_at_once(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_steady;
    struct outcome heard = check_run(&scene, false);
    fake_scene_fini(&scene);
    for (int known = 0; known < 2; known++) {
        uv_idle_t idle;
        fake_scene_init(&scene);
        fake.answer = answer_steady;
        uv_idle_init(&scene.loop, &idle);
        uv_idle_start(&idle, start_on_turn);
        struct outcome outcome = check_run_with(&scene, true, known ? &heard.reference : NULL);
        assert_int_equal(outcome.code, ERR_CANCELLED);
        assert_int_equal(fake.starts, known && fake_stderr_bytes ? 0 : 2);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
    reference_fini(&heard.reference);
}

/* What there is much to look at holds each run until it was; the rest none. */
static void test_long_answers_hold_their_runs(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_wrong_always;
    struct outcome outcome = check_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(fake.holds, fake_stderr_bytes ? fake.answers : 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_arms_pass),
        cmocka_unit_test(test_base_alone),
        cmocka_unit_test(test_known_answers_are_not_asked_again),
        cmocka_unit_test(test_known_answers_break_only_with_the_base_asked),
        cmocka_unit_test(test_known_answers_that_no_longer_hold),
        cmocka_unit_test(test_differences_are_breaks),
        cmocka_unit_test(test_clock_is_excused),
        cmocka_unit_test(test_noise_is_learned_before_the_candidate),
        cmocka_unit_test(test_noise_elsewhere_hides_no_steady_break),
        cmocka_unit_test(test_long_answers_fill_a_retry),
        cmocka_unit_test(test_base_that_crashes_is_unusable),
        cmocka_unit_test(test_base_that_changes_shape_is_unusable),
        cmocka_unit_test(test_candidate_that_cannot_be_started),
        cmocka_unit_test(test_failures_of_ours_are_errors),
        cmocka_unit_test(test_cancelled_at_every_answer),
        cmocka_unit_test(test_cancelled_in_the_pause),
        cmocka_unit_test(test_cancelled_while_answers_are_judged),
        cmocka_unit_test(test_cancelled_at_once),
        cmocka_unit_test(test_long_answers_hold_their_runs),
    };
    int failed = cmocka_run_group_tests_name("on the loop", tests, NULL, NULL);
    fake_stderr_bytes = OFFLOAD_LIGHT + 1;
    return failed + cmocka_run_group_tests_name("on the pool", tests, NULL, NULL);
}
