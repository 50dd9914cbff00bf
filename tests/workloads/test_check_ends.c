/* How a check ends early: a base that is unusable, a failure, or because it was cancelled. */
#include "tests/workloads/checked.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void answer_base_crash(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    checked_answer_steady(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && index == 2 && count == 1) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGSEGV");
    }
}

/* Failing in the same way each time is an answer. */
static void answer_base_fails_steadily(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                       struct answer *answer, struct figures *figures)
{
    checked_answer_steady(self, arm, index, count, answer, figures);
    answer->status = 3;
    snprintf(answer->ending, sizeof answer->ending, "exit status 3");
}

static void test_base_that_crashes_is_unusable(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_base_crash;
    struct checked outcome = checked_run(&scene, true);
    assert_int_equal(outcome.code, 0);
    assert_true(outcome.base_unusable);
    assert_string_equal(outcome.problem, "sample \"c\": the base's program: killed by SIGSEGV");
    assert_int_equal(fake.asked[ARM_CANDIDATE][0], 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
    fake_scene_init(&scene);
    fake.answer = answer_base_fails_steadily;
    outcome = checked_run(&scene, true);
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
    struct checked outcome = checked_run(&scene, true);
    assert_true(outcome.base_unusable);
    assert_non_null(strstr(outcome.problem, "\"b\""));
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void answer_not_started(struct fake *self, const struct arm *arm, size_t index, size_t count,
                               struct answer *answer, struct figures *figures)
{
    checked_answer_steady(self, arm, index, count, answer, figures);
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
    struct checked outcome = checked_run(&scene, true);
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
        fake.answer = checked_answer_wrong_always;
        fake.fail_start = start;
        struct checked outcome = checked_run(&scene, true);
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, "no more processes");
        assert_int_equal(fake_scene_breaks(&scene), 0);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
    for (size_t answer = 1; answer <= 26; answer++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = checked_answer_wrong_always;
        fake.fail_answer = answer;
        struct checked outcome = checked_run(&scene, true);
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, "the zygote is gone");
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

static void act_cancel(struct fake *self)
{
    struct checked *outcome = self->data;
    check_cancel(outcome->check);
    check_cancel(outcome->check); /* impatient users press Ctrl-C twice */
}

static void test_cancelled_at_every_answer(void **state)
{
    (void)state;
    for (size_t answer = 1; answer <= 26; answer++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = checked_answer_wrong_always;
        fake.act = act_cancel;
        fake.act_at = answer;
        struct checked outcome = checked_run(&scene, true);
        assert_int_equal(outcome.code, ERR_CANCELLED);
        assert_int_equal(fake_scene_breaks(&scene), 0);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

static void pause_on_timer(uv_timer_t *timer)
{
    struct checked *outcome = fake.data;
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
    fake.answer = checked_answer_wrong_always;
    uv_timer_init(&scene.loop, &timer);
    uv_timer_start(&timer, pause_on_timer, 1, 1);
    struct checked outcome = checked_run(&scene, true);
    assert_int_equal(outcome.code, ERR_CANCELLED);
    assert_true(fake.answers < 26);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

static void judging_on_turn(uv_idle_t *idle)
{
    struct checked *outcome = fake.data;
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
    fake.answer = checked_answer_wrong_always;
    uv_idle_init(&scene.loop, &idle);
    uv_idle_start(&idle, judging_on_turn);
    struct checked outcome = checked_run(&scene, true);
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
    fake.answer = checked_answer_steady;
    struct checked heard = checked_run(&scene, false);
    fake_scene_fini(&scene);
    for (int known = 0; known < 2; known++) {
        uv_idle_t idle;
        fake_scene_init(&scene);
        fake.answer = checked_answer_steady;
        uv_idle_init(&scene.loop, &idle);
        uv_idle_start(&idle, start_on_turn);
        struct checked outcome = checked_run_with(&scene, true, known ? &heard.reference : NULL);
        assert_int_equal(outcome.code, ERR_CANCELLED);
        assert_int_equal(fake.starts, known && fake_stderr_bytes ? 0 : 2);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
    reference_fini(&heard.reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_that_crashes_is_unusable),
        cmocka_unit_test(test_base_that_changes_shape_is_unusable),
        cmocka_unit_test(test_candidate_that_cannot_be_started),
        cmocka_unit_test(test_failures_of_ours_are_errors),
        cmocka_unit_test(test_cancelled_at_every_answer),
        cmocka_unit_test(test_cancelled_in_the_pause),
        cmocka_unit_test(test_cancelled_while_answers_are_judged),
        cmocka_unit_test(test_cancelled_at_once),
    };
    int failed = cmocka_run_group_tests_name("on the loop", tests, NULL, NULL);
    fake_stderr_bytes = OFFLOAD_LIGHT + 1;
    return failed + cmocka_run_group_tests_name("on the pool", tests, NULL, NULL);
}
