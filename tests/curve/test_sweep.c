/* The sweep over sizes on the loop, with answers that no program gives:
 * what it keeps, skips, and how it ends. */
#include "base/memory.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/curve/sweep.h"
#include "workloads/offload.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZES FAKE_SAMPLES /* a sample each */

static const double sizes[SIZES] = {10, 100, 1000, 10000};

struct outcome {
    int calls;
    int code;
    char message[256];
    bool broken;
    struct curve *curve;
    struct sweep *sweep; /* in flight */
};

static void outcome_take(bool broken, const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->calls++;
    outcome->sweep = NULL;
    outcome->broken = broken;
    outcome->code = err ? err->code : 0;
    snprintf(outcome->message, sizeof outcome->message, "%.255s", err ? err->message : "");
}

static struct outcome sweep_run(struct fake_scene *scene, size_t focus, double time_budget_s)
{
    struct outcome outcome = {.curve = curve_new()};
    struct reference reference = fake_reference(&scene->base, SIZES);
    struct points points = {.count = SIZES};
    struct err err = {0};
    for (size_t i = 0; i < SIZES; i++)
        points.groups[i] = (struct points_group){.n = sizes[i], .indices = {i}, .count = 1};
    const struct sweep_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = &scene->candidate,
        .reference = &reference,
        .contract = scene->contract,
        .points = &points,
        .focus = focus,
        .curve = outcome.curve,
        .time_budget_s = time_budget_s,
        .done = outcome_take,
        .data = &outcome,
    };
    fake.data = &outcome;
    if (sweep_start(&outcome.sweep, &input, &err) == 0) {
        assert_int_equal(outcome.calls, 0);
        uv_run(&scene->loop, UV_RUN_DEFAULT);
        assert_int_equal(outcome.calls, 1);
    } else {
        outcome.code = err.code;
        snprintf(outcome.message, sizeof outcome.message, "%.255s", err.message);
    }
    reference_fini(&reference);
    return outcome;
}

static void outcome_fini(struct outcome *outcome, struct fake_scene *scene)
{
    curve_free(outcome->curve);
    fake_scene_fini(scene);
}

/* n² before and n after, and a ripple in place of noise. */
static void answer_curve(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    (void)count;
    double n = sizes[index] / 1000;
    fake_say(answer, "{\"v\":%zu}", index);
    figures->value[METRIC_CPU] =
        (0.01 + (arm->side == ARM_BASE ? n * n : n)) * exp(0.01 * sin((double)self->answers * 1.7));
    figures->value[METRIC_WALL] = figures->value[METRIC_PEAK_MEMORY] = 1;
}

static void test_every_size_gets_its_pairs(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_curve;
    struct outcome outcome = sweep_run(&scene, FIT_POINTS_MOST, 60);
    const struct curve *curve = outcome.curve;
    assert_int_equal(outcome.code, 0);
    assert_false(outcome.broken);
    assert_int_equal(curve->value_count, SIZES);
    assert_int_equal(fake.starts, 2 * SIZES + 2 * 5 * SIZES); /* warm-ups first */
    assert_false(fake.timed_overlap);
    size_t first = 0;
    for (size_t i = 0; i < SIZES; i++) {
        assert_int_equal(curve->values[i].pair_count, 5);
        assert_true(curve->values[i].n == sizes[i] && !curve->values[i].skipped);
        for (size_t p = 0; p < 5; p++)
            first += curve->values[i].pairs[p].candidate_first;
    }
    assert_true(first > 0 && first < 20); /* one in half a million fair coins */
    assert_true(fabs(curve_cost(&curve->values[3], false) / 100.01 - 1) < 0.02);
    assert_true(fabs(curve_cost(&curve->values[3], true) / 10.01 - 1) < 0.02);
    outcome_fini(&outcome, &scene);
}

/* Runs of several samples are told by the sample. */
static void test_small_inputs_are_repeated(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_curve;
    scene.workload.block_s = 0.01;
    struct outcome outcome = sweep_run(&scene, FIT_POINTS_MOST, 60);
    assert_true(outcome.curve->values[0].repeats > 1);
    assert_true(fabs(curve_cost(&outcome.curve->values[3], false) / 100.01 - 1) < 0.02);
    outcome_fini(&outcome, &scene);
}

static void test_production_gets_more_pairs(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_curve;
    struct outcome outcome = sweep_run(&scene, 1, 60);
    assert_int_equal(outcome.curve->values[0].pair_count, 5);
    assert_int_equal(outcome.curve->values[1].pair_count, 12);
    outcome_fini(&outcome, &scene);
}

static void test_no_time_is_said(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_curve;
    struct outcome outcome = sweep_run(&scene, 0, 1e-6);
    assert_int_equal(outcome.code, 0);
    for (size_t i = 0; i < SIZES; i++) {
        assert_int_equal(outcome.curve->values[i].pair_count, 0);
        assert_string_equal(outcome.curve->values[i].skipped, "the time budget has no room for its pairs");
    }
    assert_int_equal(fake.starts, 2); /* the smallest, to know that */
    outcome_fini(&outcome, &scene);
}

static void answer_turns_wrong(struct fake *self, const struct arm *arm, size_t index, size_t count,
                               struct answer *answer, struct figures *figures)
{
    answer_curve(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && self->answers > 20)
        fake_say(answer, "{\"v\":77}");
}

static void answer_base_changes(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    answer_curve(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && self->answers > 30)
        fake_say(answer, "[]");
}

static void answer_clock(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    answer_curve(self, arm, index, count, answer, figures);
    fake_say(answer, "{\"v\":%zu,\"t\":%zu}", index, self->answers / 30);
}

static void test_answers_are_held_to_the_reference(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_turns_wrong;
    struct outcome outcome = sweep_run(&scene, 0, 60);
    assert_true(outcome.broken && outcome.code == 0);
    assert_true(fake_scene_breaks(&scene) >= 1);
    outcome_fini(&outcome, &scene);

    fake_scene_init(&scene);
    fake.answer = answer_base_changes;
    outcome = sweep_run(&scene, 0, 60);
    assert_true(!outcome.broken && outcome.code == 0);
    assert_non_null(outcome.curve->stopped);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    outcome_fini(&outcome, &scene);

    fake_scene_init(&scene);
    fake.answer = answer_clock;
    outcome = sweep_run(&scene, FIT_POINTS_MOST, 60);
    assert_true(!outcome.broken && outcome.code == 0 && !outcome.curve->stopped);
    assert_int_equal(outcome.curve->values[3].pair_count, 5);
    outcome_fini(&outcome, &scene);
}

#define MOODY_FIELDS 8

/* Every third timed run of the candidate has another field that changes all the time,
 * as it then does in the base's answers too. */
struct moody {
    size_t run;    /* the candidate's last timed one, by number of starts */
    size_t runs;   /* its timed runs */
    size_t fields; /* that change by now */
};
static struct moody moody;

static void answer_moody(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    char fields[MOODY_FIELDS * 24];
    int length = 0;
    answer_curve(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && self->timed && moody.run != self->starts) {
        moody.run = self->starts;
        moody.fields += ++moody.runs % 3 == 0 && moody.fields < MOODY_FIELDS;
    }
    for (size_t k = 0; k < MOODY_FIELDS; k++)
        length += sprintf(fields + length, ",\"f%zu\":%zu", k, k < moody.fields ? self->answers : 0);
    fake_say(answer, "{\"v\":%zu%s}", index, fields);
}

/* Were a round that its answers disturb run again, the candidate could choose which of its pairs count. */
static void test_no_pair_is_run_again(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    moody = (struct moody){0};
    fake.answer = answer_moody;
    scene.workload.block_s = 0.1;
    struct outcome outcome = sweep_run(&scene, FIT_POINTS_MOST, 60);
    assert_true(outcome.code == 0 && !outcome.broken);
    assert_null(outcome.curve->stopped);
    assert_int_equal(moody.fields, MOODY_FIELDS);
    assert_int_equal(moody.runs, SIZES + 5 * SIZES);
    outcome_fini(&outcome, &scene);
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
        struct outcome outcome = sweep_run(&scene, 0, 60);
        assert_int_equal(outcome.code, ERR_SYSTEM);
        assert_string_equal(outcome.message, nth <= 30 ? "no more processes" : "the zygote is gone");
        assert_false(outcome.broken);
        outcome_fini(&outcome, &scene);
    }
}

static void act_cancel(struct fake *self)
{
    struct outcome *outcome = self->data;
    sweep_cancel(outcome->sweep);
    sweep_cancel(outcome->sweep);
}

/* Warm-ups, pairs, retries, production's further pairs: at every answer of a whole sweep. */
static void test_cancelled_at_every_answer(void **state)
{
    (void)state;
    void (*const answers[])(struct fake *, const struct arm *, size_t, size_t, struct answer *,
                            struct figures *) = {answer_curve, answer_turns_wrong};
    static const size_t last[] = {62, 30};
    for (size_t i = 0; i < 4; i++) {
        fake_stderr_bytes = i < 2 ? 0 : OFFLOAD_LIGHT + 1; /* then each answer is looked at on the pool */
        for (size_t answer = 1; answer <= last[i % 2]; answer += i < 2 ? 1 : 3) {
            struct fake_scene scene;
            fake_scene_init(&scene);
            fake.answer = answers[i % 2];
            fake.act = act_cancel;
            fake.act_at = answer;
            struct outcome outcome = sweep_run(&scene, 1, 60);
            assert_int_equal(outcome.code, ERR_CANCELLED);
            assert_int_equal(fake_scene_breaks(&scene), 0);
            outcome_fini(&outcome, &scene);
        }
    }
    fake_stderr_bytes = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size_gets_its_pairs),
        cmocka_unit_test(test_small_inputs_are_repeated),
        cmocka_unit_test(test_production_gets_more_pairs),
        cmocka_unit_test(test_no_time_is_said),
        cmocka_unit_test(test_answers_are_held_to_the_reference),
        cmocka_unit_test(test_no_pair_is_run_again),
        cmocka_unit_test(test_failures_of_ours_are_errors),
        cmocka_unit_test(test_cancelled_at_every_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
