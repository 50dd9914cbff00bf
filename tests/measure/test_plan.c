#include "workloads/measure/plan.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS_MOST 200

/* A made-up machine: what a pair costs in each metric, with a ripple in place of noise. */
struct scene {
    double gain[METRIC_COUNT];  /* fraction of the base that the candidate saves */
    double noise;               /* size of the ripple */
    double order;               /* what the second run costs more, log ratio */
    double pair_seconds;        /* wall time of a pair */
    bool missing[METRIC_COUNT]; /* this machine gives no such figure */
    double peak_bytes;          /* of the base; 0: 100 MB */
};

struct walk {
    struct pair pairs[PAIRS_MOST];
    size_t count;
    double seconds;
    enum plan_reason reason;
    size_t phases[4]; /* pairs of each phase */
};

static struct plan plan_of(enum metric primary)
{
    return (struct plan){
        .primary = primary,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .guardrail_delta = {-1, 0.05, 0.05, -1, -1, -1, -1, -1},
        .limit = plan_limit(1, 0.10),
        .time_budget_s = 1000,
    };
}

static struct figures figures_of(const struct scene *scene, bool candidate, bool second, size_t ripple)
{
    struct figures figures;
    for (int m = 0; m < METRIC_COUNT; m++) {
        double wave = scene->noise * sin((double)(ripple * 7 + (size_t)m * 3 + (candidate ? 2 : 5)));
        double slot = second ? scene->order : 0;
        double value = exp(wave + slot) * (candidate ? 1 - scene->gain[m] : 1);
        if (m == METRIC_PEAK_MEMORY)
            value *= scene->peak_bytes > 0 ? scene->peak_bytes : 1e8;
        figures.value[m] = scene->missing[m] ? -1 : value;
    }
    return figures;
}

static void walk_run(const struct plan *plan, const struct scene *scene, struct walk *walk)
{
    for (;;) {
        struct plan_action action = plan_next(plan, walk->pairs, walk->count, walk->seconds);
        walk->reason = action.reason;
        if (action.reason != PLAN_GOES_ON)
            return;
        assert_true(walk->count < PAIRS_MOST);
        struct pair *pair = &walk->pairs[walk->count];
        *pair = (struct pair){.phase = action.phase, .quad = action.quad, .seed = walk->count};
        bool noise = action.phase == PHASE_NOISE;
        pair->candidate_first = !noise && walk->count % 3 == 0;
        bool spread = !action.quad;
        pair->base = figures_of(scene, false, spread && pair->candidate_first, walk->count);
        pair->candidate = figures_of(scene, !noise, spread && !pair->candidate_first, walk->count + 100);
        walk->count++;
        walk->phases[action.phase]++;
        walk->seconds += scene->pair_seconds;
    }
}

static void test_walks_end_as_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct scene scene;
        enum plan_reason reason;
        enum metric_outcome outcome; /* of the primary */
        size_t decide, guard, size;  /* most pairs of each; exact where the outcome is certain */
    } rows[] = {
        {"a gain", {{0.2, 0.2, 0}, 0.01, 0, 1, {0}, 0}, PLAN_PROVEN, OUTCOME_IMPROVED, 6, 1, 12},
        {"nothing", {{0, 0, 0}, 0.01, 0, 1, {0}, 0}, PLAN_FUTILE, OUTCOME_NOT_WORTH_IT, 6, 14, 0},
        {"much slower", {{-0.3, -0.3, 0}, 0.01, 0, 1, {0}, 0}, PLAN_WORSE, OUTCOME_REGRESSED, 6, 0, 0},
        {"memory doubled",
         {{0.2, 0.2, -1}, 0.01, 0, 1, {0}, 0},
         PLAN_GUARDRAIL_BROKEN,
         OUTCOME_IMPROVED,
         6,
         1,
         0},
        {"no CPU figure",
         {{0}, 0.01, 0, 1, {true, false, false}, 0},
         PLAN_NO_FIGURE,
         OUTCOME_UNAVAILABLE,
         0,
         0,
         0},
        {"no time", {{0.2, 0.2, 0}, 0.01, 0, 400, {0}, 0}, PLAN_BUDGET, OUTCOME_UNDECIDED, 0, 0, 0},
        {"too noisy", {{0.11, 0.11, 0}, 0.5, 0, 1, {0}, 0}, PLAN_CAP, OUTCOME_UNDECIDED, 60, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan plan = plan_of(METRIC_CPU);
        struct walk walk = {0};
        walk_run(&plan, &rows[i].scene, &walk);
        struct plan_metric metrics[METRIC_COUNT];
        plan_assess(&plan, walk.pairs, walk.count, metrics);
        if (walk.reason != rows[i].reason || metrics[0].outcome != rows[i].outcome)
            fail_msg("%s: ended as %s, %s", rows[i].name, plan_reason_sentence(walk.reason),
                     metric_outcome_name(metrics[0].outcome));
        if (walk.phases[PHASE_DECIDE] > rows[i].decide || walk.phases[PHASE_GUARD] > rows[i].guard ||
            walk.phases[PHASE_SIZE] != rows[i].size)
            fail_msg("%s: %zu decide, %zu guard, %zu size", rows[i].name, walk.phases[PHASE_DECIDE],
                     walk.phases[PHASE_GUARD], walk.phases[PHASE_SIZE]);
    }
}

static void test_primary_is_frozen_while_guardrails_go_on(void **state)
{
    (void)state;
    struct plan plan = plan_of(METRIC_CPU);
    struct scene scene = {.gain = {0.3, -0.048, 0}, .noise = 0.02, .pair_seconds = 1};
    struct walk walk = {0};
    walk_run(&plan, &scene, &walk);
    assert_true(walk.phases[PHASE_GUARD] > 0);
    struct plan_metric all[METRIC_COUNT];
    struct plan_metric early[METRIC_COUNT];
    plan_assess(&plan, walk.pairs, walk.count, all);
    size_t stop = measure_method.noise_pairs + walk.phases[PHASE_DECIDE];
    plan_assess(&plan, walk.pairs, stop, early);
    assert_memory_equal(&all[0].log_e, &early[0].log_e, sizeof all[0].log_e);
    assert_int_equal(all[0].stop, walk.phases[PHASE_DECIDE]);
    assert_int_equal(early[1].outcome, OUTCOME_UNPROVEN);
    assert_int_not_equal(all[1].stop, early[1].stop);
    /* Flattering guard pairs after the stop don't raise it either. */
    for (size_t i = stop; i < walk.count; i++)
        walk.pairs[i].candidate.value[METRIC_CPU] = 0.01;
    plan_assess(&plan, walk.pairs, walk.count, all);
    assert_memory_equal(&all[0].log_e, &early[0].log_e, sizeof all[0].log_e);
}

static void test_open_guardrail_stops_at_the_cap(void **state)
{
    (void)state;
    struct plan plan = plan_of(METRIC_CPU);
    struct scene scene = {.gain = {0.2, -0.05, 0}, .noise = 0.002, .pair_seconds = 1};
    struct walk walk = {0};
    /* A wall time that is worse by δ exactly, to and fro, can be neither proven nor broken. */
    scene.gain[METRIC_WALL] = -0.05;
    walk_run(&plan, &scene, &walk);
    assert_int_equal(walk.reason, PLAN_GUARDRAIL_OPEN);
    assert_int_equal(walk.phases[PHASE_DECIDE] + walk.phases[PHASE_GUARD], measure_method.cap);
    assert_int_equal(walk.phases[PHASE_SIZE], measure_method.size_pairs);
}

/* Counters of memory count in steps: half a megabyte more
 * of next to nothing is none, fifty of a hundred are. */
static void test_memory_has_a_resolution(void **state)
{
    (void)state;
    static const struct {
        double peak_bytes, gain;
        enum metric_outcome outcome;
    } rows[] = {
        {262144, -1, OUTCOME_HELD},  {524288, -1, OUTCOME_HELD}, {1e6, -3, OUTCOME_BROKEN},
        {1e8, -0.5, OUTCOME_BROKEN}, {1e8, 0, OUTCOME_HELD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan plan = plan_of(METRIC_CPU);
        struct scene scene = {.gain = {0.2, 0.2, rows[i].gain},
                              .noise = 0.01,
                              .pair_seconds = 1,
                              .peak_bytes = rows[i].peak_bytes};
        struct walk walk = {0};
        struct plan_metric metrics[METRIC_COUNT];
        walk_run(&plan, &scene, &walk);
        assert_int_equal(plan_assess(&plan, walk.pairs, walk.count, metrics), 3);
        assert_int_equal(metrics[2].outcome, rows[i].outcome);
    }
}

static void test_order_effect_switches_to_quads(void **state)
{
    (void)state;
    struct plan plan = plan_of(METRIC_CPU);
    struct scene steady = {.gain = {0.105, 0.105, 0}, .noise = 0.015, .pair_seconds = 1};
    struct scene slotted = steady;
    slotted.order = 0.15;
    struct walk quiet = {0};
    struct walk loud = {0};
    walk_run(&plan, &steady, &quiet);
    walk_run(&plan, &slotted, &loud);
    for (size_t i = 0; i < quiet.count; i++)
        assert_false(quiet.pairs[i].quad);
    struct plan_order order = plan_order_effect(&plan, loud.pairs, loud.count);
    assert_true(order.known);
    assert_true(fabs(order.effect + 0.15) < 0.05);
    assert_false(loud.pairs[measure_method.noise_pairs].quad); /* too early to know */
    assert_true(loud.pairs[loud.count - 1].quad);
}

static void test_a_batch_asks_for_more(void **state)
{
    (void)state;
    assert_true(plan_limit(1, 0.1) == 20);
    assert_true(plan_limit(20, 0.1) == 200);
    struct plan alone = plan_of(METRIC_CPU);
    struct plan many = alone;
    many.limit = plan_limit(20, 0.1);
    struct scene scene = {.gain = {0.2, 0.2, 0}, .noise = 0.01, .pair_seconds = 1};
    struct walk one = {0};
    struct walk batch = {0};
    walk_run(&alone, &scene, &one);
    walk_run(&many, &scene, &batch);
    assert_true(batch.phases[PHASE_DECIDE] > one.phases[PHASE_DECIDE]);
}

static void test_noise_only_stops_after_the_noise(void **state)
{
    (void)state;
    struct plan plan = plan_of(METRIC_CPU);
    plan.noise_only = true;
    struct scene scene = {.noise = 0.01, .pair_seconds = 2};
    struct walk walk = {0};
    walk_run(&plan, &scene, &walk);
    assert_int_equal(walk.reason, PLAN_NOISE_KNOWN);
    assert_int_equal(walk.count, measure_method.noise_pairs);
    struct measurement measurement = {.pairs = walk.pairs, .pair_count = walk.count, .seconds = walk.seconds};
    tally_fill(&plan, &measurement);
    assert_int_equal(measurement.metric_count, 0);
    assert_true(measurement.noise_floor[METRIC_CPU] > 0 && measurement.noise_floor[METRIC_CPU] < 0.03);
    assert_true(measurement.pair_seconds == 2);
    assert_true(measurement.pairs_needed >= 6);
    assert_true(measurement.seconds_needed == 2 * (17 + measurement.pairs_needed));
}

/* Two commands of which neither is the base: what holds of a gain holds of a loss. */
static void test_either_way_asks_both_questions(void **state)
{
    (void)state;
    static const struct {
        double gain;
        bool hasty;
        enum plan_reason reason;
        enum metric_outcome outcome;
        size_t noise, size; /* pairs of each, exactly */
    } rows[] = {
        {0.3, false, PLAN_PROVEN, OUTCOME_IMPROVED, 5, 12},
        {0.3, true, PLAN_PROVEN, OUTCOME_IMPROVED, 0, 6},
        {-0.5, false, PLAN_WORSE, OUTCOME_REGRESSED, 5, 12},
        {-0.5, true, PLAN_WORSE, OUTCOME_REGRESSED, 0, 6},
        {0, false, PLAN_FUTILE, OUTCOME_NOT_WORTH_IT, 5, 0},
        {0, true, PLAN_FUTILE, OUTCOME_NOT_WORTH_IT, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan plan = plan_of(METRIC_CPU);
        struct scene scene = {.gain = {rows[i].gain}, .noise = 0.01, .pair_seconds = 1};
        struct walk walk = {.count = 0};
        struct plan_metric assessed[METRIC_COUNT];
        plan.guardrail_delta[METRIC_WALL] = plan.guardrail_delta[METRIC_PEAK_MEMORY] = -1;
        plan.regression_threshold = 1 / 0.9 - 1;
        plan.either_way = true;
        plan.hasty = rows[i].hasty;
        walk_run(&plan, &scene, &walk);
        plan_assess(&plan, walk.pairs, walk.count, assessed);
        assert_int_equal(walk.reason, rows[i].reason);
        assert_int_equal(assessed[0].outcome, rows[i].outcome);
        assert_int_equal(assessed[0].not_worse, rows[i].gain == 0);
        assert_int_equal(walk.phases[PHASE_NOISE], rows[i].noise);
        assert_int_equal(walk.phases[PHASE_SIZE], rows[i].size);
    }
}

static void test_rows_say_size_and_what_they_rest_on(void **state)
{
    (void)state;
    struct plan plan = plan_of(METRIC_CPU);
    struct scene scene = {.gain = {0.2, 0.2, 0}, .noise = 0.01, .pair_seconds = 1};
    struct walk walk = {0};
    walk_run(&plan, &scene, &walk);
    struct measurement measurement = {.pairs = walk.pairs, .pair_count = walk.count, .seconds = walk.seconds};
    tally_fill(&plan, &measurement);
    assert_int_equal(measurement.metric_count, 3);
    assert_true(measurement.metrics[0].primary);
    assert_int_equal(measurement.metrics[0].size_pairs, 12);
    assert_true(measurement.metrics[0].gain.known);
    assert_true(measurement.metrics[0].gain.low <= 0.2 && measurement.metrics[0].gain.high >= 0.2);
    assert_true(measurement.metrics[0].gain.low > 0.18 && measurement.metrics[0].gain.high < 0.22);
    assert_int_equal(measurement.metrics[1].outcome, OUTCOME_HELD);
    /* Recomputed from the same pairs: the same bytes. */
    struct measurement again = {.pairs = walk.pairs, .pair_count = walk.count, .seconds = walk.seconds};
    tally_fill(&plan, &again);
    assert_memory_equal(again.metrics, measurement.metrics, sizeof again.metrics);
    /* Without size pairs all others stand in, and the row says so. */
    again.pair_count -= measure_method.size_pairs;
    tally_fill(&plan, &again);
    assert_int_equal(again.metrics[0].size_pairs, 0);
    assert_true(again.metrics[0].gain.known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks_end_as_they_should),
        cmocka_unit_test(test_primary_is_frozen_while_guardrails_go_on),
        cmocka_unit_test(test_open_guardrail_stops_at_the_cap),
        cmocka_unit_test(test_memory_has_a_resolution),
        cmocka_unit_test(test_order_effect_switches_to_quads),
        cmocka_unit_test(test_a_batch_asks_for_more),
        cmocka_unit_test(test_noise_only_stops_after_the_noise),
        cmocka_unit_test(test_either_way_asks_both_questions),
        cmocka_unit_test(test_rows_say_size_and_what_they_rest_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
