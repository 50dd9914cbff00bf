/* Base against its layout variants on the loop, with answers that no program gives. */
#include "base/memory.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/variants/versus.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 3 /* variants */
#define BLOCK 2 /* samples of a run */

struct outcome {
    int calls;
    int code;
    char message[256];
    struct variants *variants;
    struct versus *versus; /* in flight */
    struct arm arms[COUNT];
};

static void outcome_take(const struct err *err, void *data)
{
    struct outcome *outcome = data;
    outcome->calls++;
    outcome->versus = NULL;
    outcome->code = err ? err->code : 0;
    snprintf(outcome->message, sizeof outcome->message, "%.255s", err ? err->message : "");
}

/* The second variant has a problem from the start. */
static struct outcome *versus_run(struct fake_scene *scene, double time_budget_s)
{
    static const char *const names[COUNT] = {"aligned", "absent", "sorted"};
    struct outcome *outcome = MEMORY_NEW(struct outcome);
    struct reference reference = fake_reference(&scene->base, FAKE_SAMPLES);
    struct err err = {0};
    outcome->variants = variants_new();
    for (size_t i = 0; i < COUNT; i++) {
        outcome->variants->items[outcome->variants->count++].name = memory_copy_string(names[i]);
        outcome->arms[i] = scene->candidate;
        outcome->arms[i].lanes = (unsigned)i + 1; /* by which the answers tell them apart */
    }
    variant_drop(&outcome->variants->items[1], memory_copy_string("it does not build: x"));
    const struct versus_input input = {
        .context = &scene->context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .arms = outcome->arms,
        .reference = &reference,
        .contract = scene->contract,
        .block = BLOCK,
        .variants = outcome->variants,
        .time_budget_s = time_budget_s,
        .done = outcome_take,
        .data = outcome,
    };
    fake.data = outcome;
    if (versus_start(&outcome->versus, &input, &err) == 0) {
        assert_int_equal(outcome->calls, 0);
        uv_run(&scene->loop, UV_RUN_DEFAULT);
        assert_int_equal(outcome->calls, 1);
    } else {
        outcome->code = err.code;
        snprintf(outcome->message, sizeof outcome->message, "%.255s", err.message);
    }
    reference_fini(&reference);
    return outcome;
}

static void outcome_free(struct outcome *outcome, struct fake_scene *scene)
{
    variants_free(outcome->variants);
    free(outcome);
    fake_scene_fini(scene);
}

static bool is_variant(const struct arm *arm, unsigned index)
{
    return arm->side == ARM_CANDIDATE && arm->lanes == index + 1;
}

/* The third costs 5 % more, and the first nothing. */
static void answer_layout(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures)
{
    (void)count;
    fake_say(answer, "{\"v\":%zu}", index);
    figures->value[METRIC_CPU] =
        0.01 * (is_variant(arm, 2) ? 1.05 : 1) * exp(0.002 * sin((double)self->answers * 1.7));
    figures->value[METRIC_WALL] = figures->value[METRIC_PEAK_MEMORY] = 1;
}

static void test_each_variant_gets_its_pairs(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_layout;
    struct outcome *outcome = versus_run(&scene, 60);
    const struct variant *items = outcome->variants->items;
    assert_int_equal(outcome->code, 0);
    assert_int_equal(fake.starts, 2 * 2 + 2 * 2 * VARIANTS_PAIRS); /* warm-ups first */
    assert_false(fake.timed_overlap);
    assert_int_equal(items[0].pair_count, VARIANTS_PAIRS);
    assert_null(items[0].problem);
    assert_string_equal(items[1].problem, "it does not build: x");
    assert_int_equal(items[1].pair_count, 0);
    assert_int_equal(items[2].pair_count, VARIANTS_PAIRS);
    assert_true(fabs(items[2].gains[METRIC_CPU].point + 0.05) < 0.005);
    assert_true(items[2].gains[METRIC_CPU].high < 0);
    assert_true(fabs(items[0].gains[METRIC_CPU].point) < 0.005);
    assert_true(fabs(items[0].pairs[0].base.value[METRIC_CPU] / (BLOCK * 0.01) - 1) < 0.01);
    assert_int_not_equal(items[0].pairs[0].seed, items[0].pairs[1].seed);
    outcome_free(outcome, &scene);
}

static void test_no_time_is_said(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_layout;
    struct outcome *outcome = versus_run(&scene, 1e-9);
    assert_int_equal(outcome->code, 0);
    assert_int_equal(fake.starts, 2); /* the first, to know that */
    for (size_t i = 0; i < COUNT; i += 2) {
        assert_string_equal(outcome->variants->items[i].problem, "the time budget has no room for its pairs");
        assert_int_equal(outcome->variants->items[i].pair_count, 0);
    }
    outcome_free(outcome, &scene);
}

/* Of the first variant alone, from some run on. */
static void answer_otherwise(struct fake *self, const struct arm *arm, size_t index, size_t count,
                             struct answer *answer, struct figures *figures)
{
    answer_layout(self, arm, index, count, answer, figures);
    if (is_variant(arm, 0) && self->answers > 20)
        fake_say(answer, "{\"v\":%zu}", index + 1);
}

/* It is another program: dropped, and neither the other variant nor the contract hears of it. */
static void test_a_variant_that_answers_otherwise(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_otherwise;
    struct outcome *outcome = versus_run(&scene, 60);
    const struct variant *items = outcome->variants->items;
    assert_int_equal(outcome->code, 0);
    assert_non_null(strstr(items[0].problem, "it answers sample \""));
    assert_non_null(strstr(items[0].problem, "\" otherwise than the base"));
    assert_int_equal(items[0].pair_count, 0);
    assert_false(items[0].gains[METRIC_CPU].known);
    assert_int_equal(items[2].pair_count, VARIANTS_PAIRS);
    assert_int_equal(fake_scene_breaks(&scene), 0);
    struct answer before = {.ended = true, .ending = "exit status 0"};
    struct answer after = before;
    fake_say(&before, "{\"v\":0}");
    fake_say(&after, "{\"v\":1}");
    assert_int_equal(contract_compare(scene.contract, &before, &after), CONTRACT_DIFFERENT);
    free(before.out.bytes);
    free(after.out.bytes);
    outcome_free(outcome, &scene);
}

static void answer_base_changes(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    answer_layout(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE && self->answers > 20)
        fake_say(answer, "[]");
}

/* A clock that both show is noise of the base's, which it may teach. */
static void answer_clock(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    answer_layout(self, arm, index, count, answer, figures);
    if (arm->side == ARM_BASE)
        fake_say(answer, "{\"v\":%zu,\"t\":%zu}", index, self->answers / 30);
    else
        fake_say(answer, "{\"v\":%zu,\"t\":0}", index);
}

static void test_the_bases_own_answers(void **state)
{
    (void)state;
    struct fake_scene scene;
    fake_scene_init(&scene);
    fake.answer = answer_base_changes;
    struct outcome *outcome = versus_run(&scene, 60);
    assert_int_equal(outcome->code, 0);
    assert_non_null(strstr(outcome->variants->items[0].problem, "the base's own answers to sample"));
    assert_non_null(strstr(outcome->variants->items[2].problem, "the base's own answers to sample"));
    outcome_free(outcome, &scene);

    fake_scene_init(&scene);
    fake.answer = answer_clock;
    outcome = versus_run(&scene, 60);
    assert_int_equal(outcome->code, 0);
    assert_null(outcome->variants->items[0].problem);
    assert_int_equal(outcome->variants->items[0].pair_count, VARIANTS_PAIRS);
    outcome_free(outcome, &scene);
}

static void test_failures_of_ours_are_errors(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 60; nth++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_layout;
        fake.fail_start = nth <= 30 ? nth : 0;
        fake.fail_answer = nth <= 30 ? 0 : nth - 30;
        struct outcome *outcome = versus_run(&scene, 60);
        assert_int_equal(outcome->code, ERR_SYSTEM);
        assert_string_equal(outcome->message, nth <= 30 ? "no more processes" : "the zygote is gone");
        outcome_free(outcome, &scene);
    }
}

static void act_cancel(struct fake *self)
{
    struct outcome *outcome = self->data;
    versus_cancel(outcome->versus);
    versus_cancel(outcome->versus);
}

static void test_cancelled_at_every_answer(void **state)
{
    (void)state;
    size_t last = (2 * 2 + 2 * 2 * VARIANTS_PAIRS) * BLOCK;
    for (size_t answer = 1; answer <= last; answer++) {
        struct fake_scene scene;
        fake_scene_init(&scene);
        fake.answer = answer_layout;
        fake.act = act_cancel;
        fake.act_at = answer;
        struct outcome *outcome = versus_run(&scene, 60);
        assert_int_equal(outcome->code, ERR_CANCELLED);
        outcome_free(outcome, &scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_variant_gets_its_pairs),
        cmocka_unit_test(test_no_time_is_said),
        cmocka_unit_test(test_a_variant_that_answers_otherwise),
        cmocka_unit_test(test_the_bases_own_answers),
        cmocka_unit_test(test_failures_of_ours_are_errors),
        cmocka_unit_test(test_cancelled_at_every_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
