/*
 * Asked again: a question goes on with its pairs. That this holds what asking anew breaks is shown by ten
 * tries of candidates whose gain is exactly the threshold. Fixed seeds; the figures are printed.
 */
#include "tests/measure/same.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS_MOST 160
#define TRIES      10
#define CANDIDATES 800

static uint64_t again_state;

static double again_uniform(void)
{
    uint64_t z = (again_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1.0p-53;
}

static double again_normal(void)
{
    return sqrt(-2 * log(again_uniform())) * cos(2 * 3.14159265358979323846 * again_uniform());
}

static struct plan again_plan(void)
{
    struct plan plan = {
        .primary = METRIC_CPU,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .limit = plan_limit(1, 0.10),
        .time_budget_s = 1e9,
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        plan.guardrail_delta[metric] = -1;
    plan.guardrail_delta[METRIC_WALL] = 0.05;
    return plan;
}

struct again_process {
    struct pair pairs[PAIRS_MOST];
    size_t count;
};

/* What a pair shows doesn't depend on who asks for it: its place in the process and the phase decide. */
static void again_add(struct again_process *process, struct plan_action action, double gain, double sigma)
{
    struct pair *pair = &process->pairs[process->count++];
    *pair = (struct pair){.phase = action.phase, .quad = action.quad};
    pair->candidate_first = action.phase != PHASE_NOISE && again_uniform() < 0.5;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        double saved = action.phase == PHASE_NOISE ? 0 : gain;
        pair->base.value[metric] = exp(sigma * again_normal());
        pair->candidate.value[metric] = exp(sigma * again_normal()) * (1 - saved);
    }
}

/* One evaluation: until the plan says stop, or `most` new pairs are there and it is interrupted. */
static enum plan_reason again_evaluate(const struct plan *plan, struct again_process *process, double gain,
                                       double sigma, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        struct plan_action action = plan_next(plan, process->pairs, process->count, 0);
        if (action.reason != PLAN_GOES_ON)
            return action.reason;
        assert_true(process->count < PAIRS_MOST);
        again_add(process, action, gain, sigma);
    }
    return PLAN_GOES_ON;
}

static enum metric_outcome again_outcome(const struct plan *plan, const struct again_process *process,
                                         struct plan_metric *primary)
{
    struct plan_metric rows[METRIC_COUNT];
    plan_assess(plan, process->pairs, process->count, rows);
    if (primary)
        *primary = rows[0];
    return rows[0].outcome;
}

/* Cut anywhere and gone on with: pair for pair, and row for row, what it is without the cut. */
static void test_every_cut_gives_the_uninterrupted_verdict(void **state)
{
    (void)state;
    static const struct {
        double gain, sigma;
    } scenes[] = {{0.2, 0.015}, {0, 0.015}, {-0.2, 0.02}, {0.12, 0.03}, {0.10, 0.08}, {0.2, 0.08}};
    for (size_t s = 0; s < sizeof scenes / sizeof *scenes; s++) {
        struct plan plan = again_plan();
        struct again_process whole = {0};
        again_state = 700 + s;
        enum plan_reason reason = again_evaluate(&plan, &whole, scenes[s].gain, scenes[s].sigma, PAIRS_MOST);
        assert_int_not_equal(reason, PLAN_GOES_ON);
        for (size_t cut = 0; cut <= whole.count; cut++) {
            struct again_process parts = {0};
            again_state = 700 + s;
            again_evaluate(&plan, &parts, scenes[s].gain, scenes[s].sigma, cut);
            struct again_process next = parts; /* as it is read back */
            assert_int_equal(again_evaluate(&plan, &next, scenes[s].gain, scenes[s].sigma, PAIRS_MOST),
                             reason);
            assert_int_equal(next.count, whole.count);
            assert_memory_equal(next.pairs, whole.pairs, whole.count * sizeof *whole.pairs);
            struct measurement one = {.pairs = whole.pairs, .pair_count = whole.count, .seconds = 7};
            struct measurement other = {.pairs = next.pairs, .pair_count = next.count, .seconds = 7};
            tally_fill(&plan, &one);
            tally_fill(&plan, &other);
            same_rows(&one, &other);
        }
    }
}

/* What was decided stays so, whoever asks how often. */
static void test_a_decision_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < 200; i++) {
        struct plan plan = again_plan();
        struct again_process process = {0};
        again_state = 9000 + i;
        enum plan_reason first = again_evaluate(&plan, &process, 0.02 * (double)(i % 11), 0.03, PAIRS_MOST);
        struct plan_metric before, after;
        again_outcome(&plan, &process, &before);
        size_t count = process.count;
        for (size_t again = 0; again < 3; again++)
            assert_int_equal(again_evaluate(&plan, &process, 0.5, 0.03, PAIRS_MOST), first);
        assert_int_equal(process.count, count);
        again_outcome(&plan, &process, &after);
        assert_memory_equal(&before.log_e, &after.log_e, sizeof before.log_e);
    }
}

/* A family asks for more: the process goes on. Later it is asked alone:
 * what it has by then counts, and no greater value on the way. */
static void test_a_family_changes_the_limit_alone(void **state)
{
    (void)state;
    struct plan alone = again_plan(), many = again_plan();
    many.limit = plan_limit(40, 0.10);
    struct again_process process = {0};
    struct plan_metric row;
    again_state = 77;
    again_evaluate(&alone, &process, 0.2, 0.015, PAIRS_MOST);
    assert_int_equal(again_outcome(&alone, &process, &row), OUTCOME_IMPROVED);
    size_t stop = row.stop, sized = process.count;
    assert_int_equal(again_outcome(&many, &process, NULL), OUTCOME_UNDECIDED);
    again_evaluate(&many, &process, 0.2, 0.015, PAIRS_MOST);
    assert_true(process.count > sized);
    assert_int_equal(again_outcome(&many, &process, &row), OUTCOME_IMPROVED);
    assert_true(row.stop > stop && row.log_e >= log(many.limit));
    size_t size_pairs = 0;
    for (size_t i = 0; i < process.count; i++)
        size_pairs += process.pairs[i].phase == PHASE_SIZE;
    assert_int_equal(size_pairs, measure_method.size_pairs);
    assert_int_equal(again_outcome(&alone, &process, &row), OUTCOME_IMPROVED);
    assert_true(row.log_e >= log(many.limit));

    /* Good at first, then bad: open in the family, and alone no longer good. */
    struct again_process fading = {0};
    struct plan_action noise = {.phase = PHASE_NOISE}, decide = {.phase = PHASE_DECIDE};
    for (size_t i = 0; i < measure_method.noise_pairs; i++)
        again_add(&fading, noise, 0, 0.015);
    for (size_t i = 0; i < 7; i++)
        again_add(&fading, decide, 0.2, 0.015);
    assert_int_equal(again_outcome(&alone, &fading, NULL), OUTCOME_IMPROVED);
    assert_int_equal(again_outcome(&many, &fading, NULL), OUTCOME_UNDECIDED);
    for (size_t i = 0; i < 3; i++)
        again_add(&fading, decide, 0, 0.015);
    assert_int_not_equal(again_outcome(&alone, &fading, NULL), OUTCOME_IMPROVED);
}

/* The pairs are raw: a threshold that is lowered after a refusal is put to the same ones. */
static void test_a_threshold_is_put_to_the_same_pairs(void **state)
{
    (void)state;
    struct plan strict = again_plan(), mild = again_plan();
    mild.minimum_improvement = 0.05;
    struct again_process process = {0};
    again_state = 78;
    assert_int_equal(again_evaluate(&strict, &process, 0.08, 0.01, PAIRS_MOST), PLAN_FUTILE);
    size_t refused = process.count;
    again_evaluate(&mild, &process, 0.08, 0.01, PAIRS_MOST);
    assert_int_equal(again_outcome(&mild, &process, NULL), OUTCOME_IMPROVED);
    for (size_t i = 0; i < measure_method.noise_pairs; i++)
        assert_int_equal(process.pairs[i].phase, PHASE_NOISE);
    assert_int_not_equal(process.pairs[refused].phase, PHASE_NOISE);
    assert_int_not_equal(again_outcome(&strict, &process, NULL), OUTCOME_IMPROVED);
}

/* Pairs from before the machine could tell a guardrail's figure don't make it unknown for good;
 * a figure that goes missing later does. */
static void test_a_guardrail_begins_with_its_first_figure(void **state)
{
    (void)state;
    struct plan plan = again_plan();
    struct plan_metric rows[METRIC_COUNT];
    struct again_process process = {0};
    again_state = 79;
    again_evaluate(&plan, &process, 0.2, 0.015, PAIRS_MOST);
    size_t blind = measure_method.noise_pairs + 1;
    for (size_t i = 0; i < blind; i++)
        process.pairs[i].base.value[METRIC_WALL] = process.pairs[i].candidate.value[METRIC_WALL] = -1;
    assert_int_equal(plan_assess(&plan, process.pairs, process.count, rows), 2);
    assert_int_equal(rows[1].outcome, OUTCOME_UNPROVEN);
    assert_int_equal(plan_next(&plan, process.pairs, process.count, 0).phase, PHASE_GUARD);
    again_evaluate(&plan, &process, 0.2, 0.015, PAIRS_MOST);
    plan_assess(&plan, process.pairs, process.count, rows);
    assert_int_equal(rows[1].outcome, OUTCOME_HELD);
    process.pairs[blind].candidate.value[METRIC_WALL] = -1;
    plan_assess(&plan, process.pairs, process.count, rows);
    assert_int_equal(rows[1].outcome, OUTCOME_UNAVAILABLE);
}

/* Somebody tries until it wins: ten times, each time stopping after a while when it looks bad. */
static bool again_wins(const struct plan *plan, bool anew)
{
    struct again_process process = {0};
    for (size_t i = 0; i < TRIES; i++) {
        if (anew)
            process = (struct again_process){0};
        again_evaluate(plan, &process, 0.10, 0.015, 8 + (size_t)(again_uniform() * 40));
        if (again_outcome(plan, &process, NULL) == OUTCOME_IMPROVED)
            return true;
    }
    return false;
}

static void test_ten_tries_at_exactly_the_threshold(void **state)
{
    (void)state;
    struct plan plan = again_plan();
    plan.guardrail_delta[METRIC_WALL] = -1;
    size_t wins[2] = {0, 0};
    again_state = 80;
    for (size_t i = 0; i < CANDIDATES; i++)
        for (int anew = 0; anew < 2; anew++)
            wins[anew] += again_wins(&plan, anew);
    double continued = 100.0 * (double)wins[0] / CANDIDATES, fresh = 100.0 * (double)wins[1] / CANDIDATES;
    printf(
        "%d tries at a gain of exactly 10 %%: %.1f %% win where they go on, %.1f %% where they begin anew\n",
        TRIES, continued, fresh);
    assert_true(continued <= 5);
    assert_true(fresh > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut_gives_the_uninterrupted_verdict),
        cmocka_unit_test(test_a_decision_stays),
        cmocka_unit_test(test_a_family_changes_the_limit_alone),
        cmocka_unit_test(test_a_threshold_is_put_to_the_same_pairs),
        cmocka_unit_test(test_a_guardrail_begins_with_its_first_figure),
        cmocka_unit_test(test_ten_tries_at_exactly_the_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
