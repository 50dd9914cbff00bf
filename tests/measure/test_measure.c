#include "base/memory.h"
#include "tests/measure/measuring.h"
#include "workloads/measure/method.h"
#include "workloads/offload.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_a_gain_wins(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_gain;
    struct outcome outcome = measure_run(&scene, (struct knobs){0});
    struct measurement *measurement = &outcome.measurement;
    assert_int_equal(outcome.code, 0);
    assert_string_equal(measurement->stopped, "the gain is proven, and its size measured on fresh pairs");
    assert_int_equal(measurement->metrics[0].outcome, OUTCOME_IMPROVED);
    assert_true(measurement->metrics[0].e_value >= 20);
    assert_int_equal(measurement->metrics[0].size_pairs, 12);
    assert_int_equal(measurement->block, 1);
    assert_false(measurement->contract_broken);
    assert_false(fake.timed_overlap);
    assert_non_null(strstr(outcome.said, "at this noise a gain of 15 % needs about"));
    for (size_t i = 0; i < measurement->pair_count; i++) {
        const struct pair *pair = &measurement->pairs[i];
        assert_true(pair->seed < UINT64_C(1) << 53);
        assert_true(pair->phase != PHASE_NOISE || !pair->candidate_first);
    }
    measurement_fini(measurement);
    fake_scene_fini(&scene);
}

/* The same gain whatever was drawn, so that only the limit decides how many pairs it takes. */
static void answer_steady_gain(struct fake *self, const struct arm *arm, size_t index, size_t count,
                               struct answer *answer, struct figures *figures)
{
    (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    figures_set(figures, self, 0.02, arm->side == ARM_BASE ? 0 : 0.25);
}

/* Among several workloads one's e-value counts by its weight: it has to go on until its share suffices. */
static void test_a_share_of_the_weight_needs_more(void **state)
{
    (void)state;
    static const double shares[] = {1, 0.5, 0.1};
    size_t pairs = 0;
    for (size_t i = 0; i < 3; i++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_steady_gain;
        struct outcome outcome = measure_run(&scene, (struct knobs){.weight_share = shares[i]});
        const struct metric_result *primary = &outcome.measurement.metrics[0];
        assert_int_equal(primary->outcome, OUTCOME_IMPROVED);
        assert_true(primary->e_value * shares[i] >= 20);
        assert_true(primary->pairs_to_verdict > pairs);
        pairs = primary->pairs_to_verdict;
        measurement_fini(&outcome.measurement);
        fake_scene_fini(&scene);
    }
}

/* The candidate leaves a process behind each of its answers, the base one behind its first. */
static void answer_leaves(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    answer_gain(self, arm, index, count, answer, figures);
    answer->leftovers = arm->side == ARM_CANDIDATE ? 2 : self->answers == 1;
}

static void test_what_is_left_behind_is_counted(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_leaves;
    struct outcome outcome = measure_run(&scene, (struct knobs){0});
    const struct measurement *measurement = &outcome.measurement;
    assert_int_equal(measurement->left_behind[ARM_BASE], 1);
    assert_true(measurement->answers[ARM_CANDIDATE] >= 18); /* six pairs and the size pairs */
    assert_int_equal(measurement->left_behind[ARM_CANDIDATE], measurement->answers[ARM_CANDIDATE]);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

/* The rare stratum gets its own row from every size pair, and doesn't enter their totals. */
static void test_strata_tell_whom_it_hurts(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_gain;
    struct outcome outcome = measure_run(&scene, (struct knobs){0});
    struct measurement *measurement = &outcome.measurement;
    assert_int_equal(measurement->stratum_count, 2);
    assert_string_equal(measurement->strata[0].name, "common");
    assert_true(fabs(measurement->strata[0].weight - 3 / 3.003) < 1e-12);
    assert_true(measurement->strata[0].gain.known);
    assert_true(fabs(measurement->strata[0].gain.point - 0.25) < 0.02);
    assert_false(measurement->strata[0].harmful);
    assert_string_equal(measurement->strata[1].name, "rare");
    assert_true(measurement->strata[1].gain.known);
    assert_true(fabs(measurement->strata[1].gain.point + 0.5) < 0.03);
    assert_true(measurement->strata[1].harmful);
    assert_true(fabs(measurement->metrics[0].gain.point - 0.25) < 0.02);
    measurement_fini(measurement);
    fake_scene_fini(&scene);
}

static char *watch_nothing(enum arm_side side, const struct answer *answer, void *data)
{
    (void)side, (void)answer, (void)data;
    return NULL;
}

static char *watch_wrong(enum arm_side side, const struct answer *answer, void *data)
{
    (void)data;
    bool wrong = side == ARM_CANDIDATE && strcmp(answer->out.bytes, "{\"v\":77}") == 0;
    return wrong ? memory_copy_string("that is another answer") : NULL;
}

/* Whoever watches the answers decides what they mean: the same ones go on, or end it. */
static void test_watched_answers_are_held_against_nothing(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_turns_wrong;
    struct outcome outcome = measure_run(&scene, (struct knobs){.watch = watch_nothing});
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.measurement.contract_broken);
    assert_string_equal(outcome.measurement.stopped,
                        "the gain is proven, and its size measured on fresh pairs");
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);

    fake_scene_init(&scene);
    fake.answer = answer_turns_wrong;
    outcome = measure_run(&scene, (struct knobs){.watch = watch_wrong});
    assert_int_equal(outcome.code, 0);
    assert_true(outcome.measurement.contract_broken);
    assert_string_equal(outcome.measurement.stopped, "that is another answer");
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void test_nothing_is_not_worth_it(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_nothing;
    struct outcome outcome = measure_run(&scene, (struct knobs){.block_s = 0.1});
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_NOT_WORTH_IT);
    assert_string_equal(outcome.measurement.stopped, "the gain is below the threshold");
    assert_int_equal(outcome.measurement.metrics[0].pairs_to_verdict, 6);
    assert_int_equal(outcome.measurement.block, 5);
    /* Totals are of the whole block. */
    assert_true(fabs(outcome.measurement.metrics[0].before - 0.1) < 0.01);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void test_noise_alone(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_nothing;
    struct outcome outcome = measure_run(&scene, (struct knobs){.noise_only = true});
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.measurement.pair_count, measure_method.noise_pairs);
    assert_int_equal(outcome.measurement.metric_count, 0);
    assert_true(outcome.measurement.noise_floor[METRIC_CPU] > 0);
    assert_int_equal(fake.starts, 1 + 2 * measure_method.noise_pairs);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void test_warm_cache_runs_each_block_first(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_nothing;
    struct outcome outcome =
        measure_run(&scene, (struct knobs){.noise_only = true, .cache = WORKLOAD_CACHE_WARM});
    assert_int_equal(fake.starts, 2 * (1 + 2 * measure_method.noise_pairs));
    assert_int_equal(outcome.measurement.pair_count, measure_method.noise_pairs);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void test_time_budget_is_kept(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_gain;
    struct outcome outcome = measure_run(&scene, (struct knobs){.time_budget_s = 1e-6});
    assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_UNDECIDED);
    assert_int_equal(outcome.measurement.pair_count, measure_method.noise_pairs);
    assert_non_null(
        strstr(outcome.measurement.stopped, "the time budget was spent without a decision; at this"));
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void answer_no_cpu(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    answer_nothing(self, arm, index, count, answer, figures);
    figures->value[METRIC_CPU] = -1;
}

static void test_missing_figure_is_said(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_no_cpu;
    struct outcome outcome = measure_run(&scene, (struct knobs){0});
    assert_string_equal(outcome.measurement.stopped, "this machine gives no figure for the primary metric");
    assert_int_equal(outcome.measurement.metrics[0].outcome, OUTCOME_UNAVAILABLE);
    assert_int_equal(outcome.measurement.pair_count, 1);
    measurement_fini(&outcome.measurement);
    fake_scene_fini(&scene);
}

static void test_failures_of_ours_are_errors(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 60; nth++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_turns_wrong;
        fake.fail_start = nth <= 30 ? nth : 0;
        fake.fail_answer = nth <= 30 ? 0 : nth - 30;
        struct outcome outcome = measure_run(&scene, (struct knobs){0});
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, nth <= 30 ? "no more processes" : "the zygote is gone");
        assert_int_equal(fake_scene_breaks(&scene), 0);
        measurement_fini(&outcome.measurement);
        fake_scene_fini(&scene);
    }
}

static void act_cancel(struct fake *self)
{
    struct outcome *outcome = self->data;
    measure_cancel(outcome->measure);
    measure_cancel(outcome->measure);
}

/* Warm-up, noise, pairs, retries, size pairs: at every answer of a whole measurement. */
static void test_cancelled_at_every_answer(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_gain, answer_turns_wrong};
    static const size_t last[] = {48, 30};
    for (size_t i = 0; i < 4; i++) {
        fake_stderr_bytes = i < 2 ? 0 : OFFLOAD_LIGHT + 1; /* then each answer is looked at on the pool */
        for (size_t answer = 1; answer <= last[i % 2]; answer += i < 2 ? 1 : 3) {
            struct fake_scene scene;
            fake_scene_init(&scene);
            fake.answer = answers[i % 2];
            fake.act = act_cancel;
            fake.act_at = answer;
            struct outcome outcome = measure_run(&scene, (struct knobs){0});
            assert_int_equal(outcome.code, ERR_CANCELLED);
            assert_int_equal(fake_scene_breaks(&scene), 0);
            measurement_fini(&outcome.measurement);
            fake_scene_fini(&scene);
        }
    }
    fake_stderr_bytes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gain_wins),
        cmocka_unit_test(test_a_share_of_the_weight_needs_more),
        cmocka_unit_test(test_what_is_left_behind_is_counted),
        cmocka_unit_test(test_strata_tell_whom_it_hurts),
        cmocka_unit_test(test_watched_answers_are_held_against_nothing),
        cmocka_unit_test(test_nothing_is_not_worth_it),
        cmocka_unit_test(test_noise_alone),
        cmocka_unit_test(test_warm_cache_runs_each_block_first),
        cmocka_unit_test(test_time_budget_is_kept),
        cmocka_unit_test(test_missing_figure_is_said),
        cmocka_unit_test(test_failures_of_ours_are_errors),
        cmocka_unit_test(test_cancelled_at_every_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
