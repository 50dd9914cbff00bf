/* The driver with held-out samples: when they are asked, and what a gain that stops at them leads to. */
#include "base/memory.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/measure/measure.h"
#include "workloads/measure/method.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VISIBLE  12
#define HELD_OUT 8
#define BLOCK    20

struct outcome {
    struct measurement measurement;
    int code;
    bool sizing;      /* size pairs have begun */
    bool asked_early; /* a held-out sample before that */
    bool gains[2];    /* does the candidate gain on visible, on held-out samples? */
};

static void outcome_take(struct measurement *measurement, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->code = err ? err->code : 0;
    outcome->measurement = *measurement;
    *measurement = (struct measurement){0};
}

static void outcome_hear(const struct measurement *sofar, const char *what, void *data)
{
    struct outcome *outcome = data;
    (void)sofar;
    outcome->sizing |= strcmp(what, "measuring the size of the gain") == 0;
}

static void answer_by_set(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    struct outcome *outcome = self->data;
    bool held_out = index >= VISIBLE;
    double gain = arm->side == ARM_CANDIDATE && outcome->gains[held_out] ? 0.3 : 0;
    double ripple = exp(0.02 * sin((double)self->answers * 1.7));
    (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    outcome->asked_early |= held_out && !outcome->sizing;
    figures->value[METRIC_CPU] = 0.02 * (1 + 0.1 * (double)(index % 5)) * (1 - gain) * ripple;
    figures->value[METRIC_WALL] = figures->value[METRIC_CPU];
    figures->value[METRIC_PEAK_MEMORY] = 4e6;
}

static void samples_fill(struct sample samples[VISIBLE + HELD_OUT], char ids[][8], const struct sample *like)
{
    for (size_t i = 0; i < VISIBLE + HELD_OUT; i++) {
        snprintf(ids[i], sizeof ids[i], "s%zu", i);
        samples[i] = *like;
        samples[i].id = ids[i];
        samples[i].weight = 1;
        samples[i].held_out = i >= VISIBLE;
    }
}

static struct outcome measure_run(bool visible_gains, bool held_out_gains, enum workload_cache cache)
{
    struct fake_scene scene;
    static struct sample samples[VISIBLE + HELD_OUT];
    static char ids[VISIBLE + HELD_OUT][8];
    static struct outcome outcome;
    fake_scene_init(&scene);
    samples_fill(samples, ids, &scene.samples[0]);
    outcome = (struct outcome){.gains = {visible_gains, held_out_gains}, .sizing = true};
    fake.answer = answer_by_set;
    fake.data = &outcome;
    scene.set =
        (struct sample_set){.items = samples, .count = VISIBLE + HELD_OUT, .held_out_count = HELD_OUT};
    struct reference reference = fake_reference(&scene.base, scene.set.count);
    outcome.sizing = false;
    scene.workload.block_s = 0.02 * BLOCK;
    scene.workload.cache = cache;
    struct measure *measure = NULL;
    const struct measure_input input = {
        .context = &scene.context,
        .workload = &scene.workload,
        .samples = &scene.set,
        .base = &scene.base,
        .candidate = &scene.candidate,
        .reference = &reference,
        .contract = scene.contract,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .guardrail_delta = {-1, 0.05, 0.05},
        .weight_share = 1,
        .time_budget_s = 60,
        .sample_seconds = 0.02,
        .family_size = 1,
        .false_discovery_rate = 0.1,
        .progress = outcome_hear,
        .done = outcome_take,
        .data = &outcome,
    };
    struct err err = {0};
    assert_int_equal(measure_start(&measure, &input, &err), 0);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    reference_fini(&reference);
    fake_scene_fini(&scene);
    return outcome;
}

static size_t asked_of(enum arm_side side, bool held_out)
{
    size_t asked = 0;
    for (size_t i = held_out ? VISIBLE : 0; i < (held_out ? VISIBLE + HELD_OUT : VISIBLE); i++)
        asked += fake.asked[side][i];
    return asked;
}

static void test_held_out_samples_are_asked_in_size_pairs_only(void **state)
{
    static const enum workload_cache caches[] = {WORKLOAD_CACHE_COLD, WORKLOAD_CACHE_REPLAY};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = measure_run(true, true, caches[i]);
        struct measurement *measurement = &outcome.measurement;
        size_t a_run = caches[i] == WORKLOAD_CACHE_REPLAY ? HELD_OUT : BLOCK; /* no window is longer */
        assert_int_equal(outcome.code, 0);
        assert_false(outcome.asked_early);
        assert_int_equal(asked_of(ARM_CANDIDATE, true), measure_method.size_pairs * a_run);
        assert_int_equal(asked_of(ARM_BASE, true), measure_method.size_pairs * a_run);
        assert_int_equal(measurement->held_out.pair_count, measure_method.size_pairs);
        assert_int_equal(measurement->held_out.outcome, HELD_OUT_CONFIRMED);
        assert_true(fabs(measurement->held_out.held_out_gain.point - 0.3) < 0.02);
        assert_true(fabs(measurement->metrics[0].gain.point - 0.3) < 0.02);
        measurement_fini(measurement);
    }
}

/* The totals of the pairs are the visible samples' alone, or a held-out gain would count as the gain. */
static void test_a_gain_on_visible_samples_only_is_flagged(void **state)
{
    (void)state;
    struct outcome outcome = measure_run(true, false, WORKLOAD_CACHE_COLD);
    struct measurement *measurement = &outcome.measurement;
    assert_int_equal(outcome.code, 0);
    assert_int_equal(measurement->metrics[0].outcome, OUTCOME_IMPROVED);
    assert_true(fabs(measurement->metrics[0].gain.point - 0.3) < 0.02);
    assert_int_equal(measurement->held_out.outcome, HELD_OUT_OVERFITS);
    assert_int_equal(measurement->held_out.stratum_count, 1);
    assert_int_equal(measurement->held_out.strata[0].visible_count, VISIBLE);
    assert_int_equal(measurement->held_out.strata[0].held_out_count, HELD_OUT);
    assert_true(fabs(measurement->held_out.held_out_gain.point) < 0.02);
    assert_false(measurement->signals[SIGNAL_REPEATS].only_later);
    assert_int_equal(measurement->signals[SIGNAL_REPEATS].pair_count, measure_method.size_pairs);
    measurement_fini(measurement);
}

static void test_without_a_gain_they_are_never_asked(void **state)
{
    (void)state;
    struct outcome outcome = measure_run(false, false, WORKLOAD_CACHE_COLD);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.measurement.held_out.outcome, HELD_OUT_NOT_ASKED);
    assert_int_equal(asked_of(ARM_BASE, true) + asked_of(ARM_CANDIDATE, true), 0);
    measurement_fini(&outcome.measurement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_out_samples_are_asked_in_size_pairs_only),
        cmocka_unit_test(test_a_gain_on_visible_samples_only_is_flagged),
        cmocka_unit_test(test_without_a_gain_they_are_never_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
