/* Timed answers that differ: what they break, what they teach, and what they must not change. */
#include "tests/measure/measuring.h"
#include "workloads/check_retry.h"
#include "workloads/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Right in the check and wrong in one timed run. */
static void answer_wrong_once(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && index < 3 && count == 1)
        fake_say(answer, "{\"v\":77}");
}

static void answer_times_out(struct fake *self, const struct arm *arm, size_t index, size_t count,
                             struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && self->answers > 25) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "timed out after 1.0 s");
    }
}

static void test_wrong_timed_answers_break_the_contract(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_turns_wrong, answer_wrong_once, answer_times_out};
    for (size_t i = 0; i < 3; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answers[i];
        struct outcome outcome = measure_run(&scene, (struct knobs){0});
        assert_int_equal(outcome.code, 0);
        assert_true(outcome.measurement.contract_broken);
        assert_false(outcome.measurement.base_unstable);
        assert_string_equal(outcome.measurement.stopped, "an answer of a timed run differs from the base's");
        assert_true(fake_scene_breaks(&scene) >= 1);
        measurement_fini(&outcome.measurement);
        fake_scene_fini(&scene);
    }
}

/* More differences in one run than are asked again at once. */
static void test_many_wrong_answers_in_one_block(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_turns_wrong;
    struct outcome outcome = measure_run(&scene, (struct knobs){.block_s = 1});
    assert_int_equal(outcome.measurement.block, 50);
    assert_true(outcome.measurement.contract_broken);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void answer_clock(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    fake_say(answer, "{\"v\":%zu,\"t\":%zu}", index, self->answers / 30);
}

static void test_clock_in_timed_runs_is_learned(void **state)
{
    (void)state;
    struct knobs knobs[] = {{0}, {.block_s = 1}, {.block_s = 0.4}};
    for (size_t i = 0; i < 3; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake_stderr_bytes = i < 2 ? 0 : OFFLOAD_LIGHT + 1; /* then all is compared on the pool */
        fake.answer = answer_clock;
        struct outcome outcome = measure_run(&scene, knobs[i]);
        assert_int_equal(outcome.code, 0);
        assert_false(outcome.measurement.contract_broken);
        assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_IMPROVED);
        assert_int_equal(fake_scene_breaks(&scene), 0);
        assert_int_equal(fake.holds > 0, i == 2);
        measurement_fini(&outcome.measurement);
        fake_scene_fini(&scene);
    }
    fake_stderr_bytes = 0;
}

#define NOISY_FIELDS 10

/*
 * The candidate is slow in every third of its timed runs, and then all of its answers differ in a field that
 * turns out to change in the base's answers too.
 */
struct noisy {
    size_t run;  /* the candidate's last timed one, by number of starts */
    size_t runs; /* its timed runs */
    size_t slow; /* those that were slow: as many fields change by now */
};
static struct noisy noisy;

static void answer_slow_and_noisy(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                  struct answer *answer, struct figures *figures)
{
    (void)count;
    bool timed = arm->side == ARM_CANDIDATE && self->timed;
    if (timed && noisy.run != self->starts) {
        noisy.run = self->starts;
        noisy.slow += ++noisy.runs % 3 == 0 && noisy.slow < NOISY_FIELDS;
    }
    char fields[NOISY_FIELDS * 24];
    int length = 0;
    for (size_t k = 0; k < NOISY_FIELDS; k++)
        length += sprintf(fields + length, ",\"f%zu\":%zu", k, k < noisy.slow ? self->answers : 0);
    fake_say(answer, "{\"v\":%zu%s}", index, fields);
    figures_set(figures, self, 0.02, timed && noisy.runs % 3 == 0 ? -1 : 0.25);
}

/* Were a round that its answers disturb run again, the candidate could choose which of its pairs count. */
static void test_no_pair_is_run_again(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    noisy = (struct noisy){0};
    fake.answer = answer_slow_and_noisy;
    struct outcome outcome = measure_run(&scene, (struct knobs){.block_s = 0.4});
    const struct measurement *measurement = &outcome.measurement;
    size_t slow = 0;
    size_t runs = 1; /* the warm-up */
    assert_int_equal(outcome.code, 0);
    assert_int_equal(measurement->block, 20);
    assert_false(measurement->contract_broken);
    for (size_t i = 0; i < measurement->pair_count; i++) {
        const struct pair *pair = &measurement->pairs[i];
        runs += pair->phase == PHASE_NOISE ? 0 : pair->quad ? 2 : 1;
        slow += pair->candidate.value[METRIC_CPU] > 1.2 * pair->base.value[METRIC_CPU];
    }
    assert_int_equal(runs, noisy.runs);
    assert_true(noisy.slow >= 2);
    assert_int_equal(slow, noisy.runs / 3);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

/* More than can wait: the round is cut short, and where nothing breaks, nothing is decided either. */
static void answer_all_noisy(struct fake *self, const struct arm *arm, size_t index, size_t count,
                             struct answer *answer, struct figures *figures)
{
    (void)count;
    bool differs = arm->side == ARM_CANDIDATE ? self->timed : !self->timed;
    fake_say(answer, "{\"v\":%zu,\"t\":%zu}", index, differs ? self->answers : 0);
    figures_set(figures, self, 0.02, arm->side == ARM_CANDIDATE ? 0.25 : 0);
}

static void test_a_round_cut_short_decides_nothing(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_all_noisy;
    struct outcome outcome = measure_run(&scene, (struct knobs){.block_s = 4});
    assert_int_equal(outcome.measurement.block, 200);
    assert_true(outcome.measurement.base_unstable);
    assert_false(outcome.measurement.contract_broken);
    assert_int_equal(outcome.measurement.pair_count, 0);
    assert_string_equal(outcome.measurement.stopped, "the answers change from run to run in too many places");
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

/* In the candidate's first timed run of a pair:
 * sixteen differences elsewhere before the first at sample 3. */
static size_t differences;

static void answer_last_sample_late(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                    struct answer *answer, struct figures *figures)
{
    bool pair = arm->side == ARM_CANDIDATE && self->timed && count > 60;
    bool differs = self->timed ? pair && (index != 3 || differences >= CHECK_RETRY_MOST) : true;
    differences += pair && index != 3;
    fake_say(answer, "{\"v\":%zu,\"t\":%zu}", index, differs ? self->answers : 0);
    figures_set(figures, self, 0.02, arm->side == ARM_CANDIDATE ? 0.25 : 0);
}

static void test_what_is_left_is_asked_again_too(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    differences = 0;
    fake.answer = answer_last_sample_late;
    struct outcome outcome = measure_run(&scene, (struct knobs){.block_s = 2});
    assert_int_equal(outcome.code, 0);
    assert_true(differences > CHECK_RETRY_MOST);
    assert_false(outcome.measurement.contract_broken);
    assert_false(outcome.measurement.base_unstable);
    assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_IMPROVED);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void answer_base_crashes(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && self->answers > 20) {
        answer->ended = false;
        snprintf(answer->ending, sizeof answer->ending, "killed by SIGSEGV");
    }
}

static void answer_base_changes_shape(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                      struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && self->answers > 20)
        fake_say(answer, "[]");
}

/* After the win, in the size pairs. */
static void answer_base_changes_late(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                     struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && self->answers > 44)
        fake_say(answer, "[]");
}

static void test_unstable_base_is_no_break(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_base_crashes, answer_base_changes_shape,
                                                 answer_base_changes_late};
    for (size_t i = 0; i < 3; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answers[i];
        struct outcome outcome = measure_run(&scene, (struct knobs){0});
        assert_int_equal(outcome.code, 0);
        assert_true(outcome.measurement.base_unstable);
        assert_false(outcome.measurement.contract_broken);
        assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_UNDECIDED);
        assert_true(i < 2 || outcome.measurement.metrics[0].e_value >= 20);
        assert_int_equal(fake_scene_breaks(&scene), 0);
        if (i == 0)
            assert_non_null(
                strstr(outcome.measurement.stopped, "in a timed run the base ended otherwise: killed"));
        measurement_fini(&outcome.measurement);
        fake_scene_fini(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_timed_answers_break_the_contract),
        cmocka_unit_test(test_many_wrong_answers_in_one_block),
        cmocka_unit_test(test_clock_in_timed_runs_is_learned),
        cmocka_unit_test(test_no_pair_is_run_again),
        cmocka_unit_test(test_a_round_cut_short_decides_nothing),
        cmocka_unit_test(test_what_is_left_is_asked_again_too),
        cmocka_unit_test(test_unstable_base_is_no_break),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
