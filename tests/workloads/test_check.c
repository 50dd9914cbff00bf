/* What a check finds: differences that break, and noise that doesn't. */
#include "tests/workloads/checked.h"
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

static void test_equal_arms_pass(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = checked_answer_steady;
    struct checked outcome = checked_run(&scene, true);
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
    fake.answer = checked_answer_steady;
    struct checked outcome = checked_run(&scene, false);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(fake.asked[ARM_CANDIDATE][0], 0);
    reference_fini(&outcome.reference);
    fake_scene_fini(&scene);
}

/* The same candidate against answers that an earlier check heard, and the base changed or not since then. */
static struct checked known_run(struct fake_scene *scene,
                                void (*now)(struct fake *, const struct arm *, size_t, size_t,
                                            struct answer *, struct figures *))
{
    struct fake_scene earlier;
    fake_scene_init(&earlier);
    fake.answer = checked_answer_steady;
    struct checked heard = checked_run(&earlier, false);
    fake_scene_fini(&earlier);
    fake_scene_init(scene);
    fake.answer = now;
    struct checked outcome = checked_run_with(scene, true, &heard.reference);
    assert_int_equal(outcome.reference.count, 0);
    reference_fini(&heard.reference);
    return outcome;
}

static void test_known_answers_are_not_asked_again(void **state)
{
    (void)state;
    struct fake_scene scene;
    struct checked outcome = known_run(&scene, checked_answer_steady);
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
        checked_answer_steady(self, arm, index, count, answer, figures);
}

static void test_known_answers_break_only_with_the_base_asked(void **state)
{
    (void)state;
    struct fake_scene scene;
    struct checked outcome = known_run(&scene, answer_wrong_length);
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
    struct checked outcome = known_run(&scene, answer_moved_on);
    assert_int_equal(outcome.code, 0);
    assert_true(outcome.base_unusable);
    fake_scene_fini(&scene);
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
                            struct figures *) = {checked_answer_wrong_always, answer_wrong_once};
    for (size_t i = 0; i < 2; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answers[i];
        struct checked outcome = checked_run(&scene, true);
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
    struct checked outcome = checked_run(&scene, true);
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
    struct checked outcome = checked_run(&scene, true);
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

/* The base flickers at sample 0 alone;
 * the candidate differs at sample 2, always or, as noise does, at times. */
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
        struct checked outcome = checked_run(&scene, true);
        assert_int_equal(outcome.code, 0);
        assert_false(outcome.base_unusable);
        assert_int_equal(fake_scene_breaks(&scene), i ? 0 : 1);
        assert_int_equal(fake.asked[ARM_CANDIDATE][2], 6);
        reference_fini(&outcome.reference);
        fake_scene_fini(&scene);
    }
}

/* What there is much to look at holds each run until it was; the rest none. */
static void test_long_answers_hold_their_runs(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = checked_answer_wrong_always;
    struct checked outcome = checked_run(&scene, true);
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
        cmocka_unit_test(test_long_answers_hold_their_runs),
    };
    int failed = cmocka_run_group_tests_name("on the loop", tests, NULL, NULL);
    fake_stderr_bytes = OFFLOAD_LIGHT + 1;
    return failed + cmocka_run_group_tests_name("on the pool", tests, NULL, NULL);
}
