/* Ranking: e-BH, its guarantee by simulation, and an order that nothing below the threshold climbs in. */
#include "base/memory.h"
#include "policies/proof.h"
#include "policies/rank.h"
#include "tests/report/case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* xorshift64* (Vigna 2016): the same numbers everywhere. */
static uint64_t random_state = UINT64_C(88172645463325252);

static double random_uniform(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (double)((random_state * UINT64_C(2685821657736338717)) >> 11) / 9007199254740992.0;
}

static double random_normal(void)
{
    return sqrt(-2 * log(1 - random_uniform())) * cos(2 * 3.14159265358979323846 * random_uniform());
}

static void family_accepts_what_e_bh_accepts(void **state)
{
    (void)state;
    static const struct {
        double e_values[6];
        size_t count;
        size_t size;
        double rate;
        size_t accepted;
        double limit;
    } rows[] = {
        {{0}, 0, 1, 0.1, 0, 20},
        {{19.9}, 1, 1, 0.1, 0, 20},
        {{20}, 1, 1, 0.1, 1, 20}, /* alone: as a single run */
        {{199}, 1, 20, 0.1, 0, 200},
        {{200}, 1, 20, 0.1, 1, 200},
        {{100, 100}, 2, 20, 0.1, 2, 100}, /* two together, that one alone would not be */
        {{100, 99}, 2, 20, 0.1, 0, 200},
        {{5, 1000, 0, 67, 100}, 5, 20, 0.1, 3, 200.0 / 3}, /* neither its own order nor zeros matter */
        {{200, 90, 66.6}, 3, 20, 0.1, 1, 200},
        {{1000, 1000, 50, 50}, 4, 20, 0.1, 4, 50}, /* the greatest k, though k = 3 fails */
        {{40, 40}, 2, 2, 0.05, 2, 20},
        {{INFINITY, 3}, 2, 100, 0.1, 1, 1000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rank_family family;
        rank_close_family(&family, rows[i].e_values, rows[i].count, rows[i].size, rows[i].rate);
        if (family.accepted != rows[i].accepted || fabs(family.limit - rows[i].limit) > 1e-9)
            fail_msg("row %zu: %zu accepted, limit %g", i, family.accepted, family.limit);
        for (size_t k = 0; k < family.e_value_count; k++) {
            assert_true(family.e_values[k] > 0);
            assert_true(k == 0 || family.e_values[k - 1] >= family.e_values[k]);
            assert_int_equal(k < family.accepted, family.e_values[k] >= family.limit);
        }
        rank_family_fini(&family);
    }
}

/* Under no-regression two e-values speak of the same pairs; the greater of them would be none. */
static void no_regression_brings_no_maximum(void **state)
{
    (void)state;
    struct policy gate = case_policy;
    struct evidence evidence;
    gate.intent = INTENT_NO_REGRESSION;
    case_recommended(&evidence);
    struct metric_result *primary = &evidence.workloads->measurement.metrics[0];
    double held =
        proof_not_worse(&evidence.workloads->measurement, primary->metric, gate.regression_threshold);
    assert_int_equal(primary->outcome, OUTCOME_IMPROVED);
    primary->e_value = 1000 * held;
    assert_true(held > 1 && rank_e_value(&evidence, &gate) == held);
    evidence_fini(&evidence);
}

/* Raising one e-value never costs it, or anybody, the place: the limit only falls. */
static void family_is_monotone(void **state)
{
    (void)state;
    for (int round = 0; round < 5000; round++) {
        double e_values[12];
        size_t count = 1 + (size_t)(random_uniform() * 12);
        for (size_t i = 0; i < count; i++)
            e_values[i] = exp(3 * random_normal() + 3);
        struct rank_family before;
        struct rank_family after;
        size_t size = count + (size_t)(random_uniform() * 5);
        rank_close_family(&before, e_values, count, size, 0.1);
        size_t raised = (size_t)(random_uniform() * (double)count);
        bool accepted = e_values[raised] >= before.limit;
        e_values[raised] *= 1 + 5 * random_uniform();
        rank_close_family(&after, e_values, count, size, 0.1);
        assert_true(after.limit <= before.limit);
        assert_true(after.accepted >= before.accepted);
        assert_true(!accepted || e_values[raised] >= after.limit);
        rank_family_fini(&before);
        rank_family_fini(&after);
    }
}

/*
 * An e-value at its stop: a martingale exp(λS − nλ²/2) of normal steps, stopped when it reaches N / q or
 * after 60 steps. `drift` is 0 for a null.
 */
static double stopped_e_value(double drift, double limit)
{
    const double lambda = 0.5;
    double log_e = 0;
    for (int step = 0; step < 60 && log_e < log(limit); step++)
        log_e += lambda * (random_normal() + drift) - lambda * lambda / 2;
    return exp(log_e);
}

static void family_holds_its_false_discovery_rate(void **state)
{
    (void)state;
    static const struct {
        size_t nulls;
        size_t real;
        double drift;
    } rows[] = {{20, 0, 0}, {15, 5, 1.0}, {100, 0, 0}, {90, 10, 1.0}, {10, 30, 0.6}};
    const int batches = 1500;
    const double rate = 0.10;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size = rows[i].nulls + rows[i].real;
        double *e_values = memory_zeroed(size * sizeof *e_values);
        double proportions = 0;
        double found = 0;
        for (int batch = 0; batch < batches; batch++) {
            struct rank_family family;
            size_t wrong = 0;
            size_t right = 0;
            for (size_t c = 0; c < size; c++)
                e_values[c] = stopped_e_value(c < rows[i].nulls ? 0 : rows[i].drift, (double)size / rate);
            rank_close_family(&family, e_values, size, size, rate);
            for (size_t c = 0; c < size; c++)
                *(c < rows[i].nulls ? &wrong : &right) += e_values[c] >= family.limit;
            assert_int_equal(family.accepted, wrong + right);
            proportions += wrong + right > 0 ? (double)wrong / (double)(wrong + right) : 0;
            found += rows[i].real > 0 ? (double)right / (double)rows[i].real : 0;
            rank_family_fini(&family);
        }
        printf("%3zu nulls, %2zu real: false discovery rate %.4f, found %.3f\n", rows[i].nulls, rows[i].real,
               proportions / batches, found / batches);
        assert_true(proportions / batches <= rate);
        assert_true(rows[i].real == 0 || found / batches >= 0.95);
        free(e_values);
    }
}

/* Evidence to e-value: only what nothing but the evidence stands against counts. */
static double e_value_of(struct evidence *evidence, size_t family)
{
    evidence->family_size = family;
    double value = rank_e_value(evidence, &case_policy);
    evidence_fini(evidence);
    return value;
}

static void only_what_would_be_recommended_counts(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    assert_true(fabs(e_value_of(&evidence, 20) - 231) < 1e-9);
    case_recommended(&evidence);
    evidence.workloads->measurement.metrics[0].outcome = OUTCOME_UNDECIDED; /* at the cap, with what it had */
    evidence.workloads->measurement.metrics[0].e_value = 120;
    assert_true(fabs(e_value_of(&evidence, 20) - 120) < 1e-9);
    case_recommended(&evidence);
    evidence.workloads->measurement.metrics[0].outcome = OUTCOME_UNDECIDED;
    evidence.workloads->measurement.metrics[0].e_value = 9; /* below 1 / q nothing can accept it */
    assert_true(e_value_of(&evidence, 20) == 0);
    case_recommended(&evidence);
    evidence.workloads->measurement.metrics[1].outcome = OUTCOME_UNPROVEN;
    assert_true(e_value_of(&evidence, 20) == 0);
    case_recommended(&evidence);
    case_add_finding(evidence.workloads, CLASS_EMPTIED, "/items", "[1]", "[]");
    assert_true(e_value_of(&evidence, 20) == 0);
    case_recommended(&evidence);
    evidence.full_isolation = false;
    assert_true(e_value_of(&evidence, 20) == 0);
    case_recommended(&evidence);
    case_add_workload(&evidence, "rank", 0.3, OUTCOME_NOT_WORTH_IT); /* 0.7 · 231 + 0.3 · 0.02 */
    double weighted = e_value_of(&evidence, 5);
    assert_true(fabs(weighted - 161.706) < 1e-9);
}

static void assert_joined(double e_value, enum metric_outcome outcome, double limit, size_t accepted,
                          enum verdict verdict, const char *words)
{
    struct evidence evidence;
    struct decision decision;
    const struct rank_family family = {
        .size = 20, .false_discovery_rate = 0.1, .accepted = accepted, .limit = limit};
    case_recommended(&evidence);
    evidence.workloads->measurement.metrics[0].outcome = outcome;
    evidence.workloads->measurement.metrics[0].e_value = e_value;
    rank_join(&evidence, &family);
    verdict_decide(&evidence, &case_policy, &decision);
    if (decision.verdict != verdict || !strstr(decision.reason, words))
        fail_msg("%s: %s", verdict_name(decision.verdict), decision.reason);
    decision_fini(&decision);
    evidence_fini(&evidence);
}

static void family_decides_the_verdict(void **state)
{
    (void)state;
    assert_joined(231, OUTCOME_IMPROVED, 200, 1, VERDICT_RECOMMENDED, "wall time and peak memory held.");
    assert_joined(41, OUTCOME_IMPROVED, 200, 0, VERDICT_INCONCLUSIVE,
                  "on summary, but it is one of 20 tried together, and among so many some look good by "
                  "chance: alone its evidence of 41.0 would do, the batch asks for 200.0.");
    assert_joined(120, OUTCOME_UNDECIDED, 100, 2, VERDICT_RECOMMENDED,
                  "held; its evidence of 120.0 is enough beside the 2 that this batch accepts (100.0 asked), "
                  "but its size rests on the deciding pairs, which flatter it.");
    assert_joined(99, OUTCOME_UNDECIDED, 100, 2, VERDICT_INCONCLUSIVE, "neither is proven");
}

static void order_is_what_a_team_gains(void **state)
{
    (void)state;
    struct rank_candidate candidates[] = {
        {.id = "k", .verdict = VERDICT_ERROR, .team_low = NAN},
        {.id = "j", .verdict = VERDICT_REFUSED, .team_low = NAN},
        {.id = "i", .verdict = VERDICT_CONTRACT_BROKEN, .team_low = NAN},
        {.id = "h", .verdict = VERDICT_NO_EFFECT, .team_low = NAN},
        {.id = "g", .verdict = VERDICT_NOT_WORTH_IT, .team_low = 0.04},
        {.id = "f", .verdict = VERDICT_INCONCLUSIVE, .team_low = 0.40},
        {.id = "e", .verdict = VERDICT_GUARDRAIL_BROKEN, .reached = true, .team_low = 0.3},
        {.id = "z", .verdict = VERDICT_GUARDRAIL_UNPROVEN, .reached = true, .team_low = 0.2},
        {.id = "d",
         .verdict = VERDICT_RECOMMENDED,
         .reached = true,
         .team_low = 0.12,
         .lines = 9,
         .files = 2},
        {.id = "c",
         .verdict = VERDICT_RECOMMENDED,
         .reached = true,
         .team_low = 0.12,
         .lines = 9,
         .files = 1},
        {.id = "b",
         .verdict = VERDICT_RECOMMENDED,
         .reached = true,
         .team_low = 0.12,
         .lines = 4,
         .files = 3},
        {.id = "a", .verdict = VERDICT_RECOMMENDED, .reached = true, .team_low = 0.21, .lines = 400},
        {.id = "y", .verdict = VERDICT_RECOMMENDED, .reached = true, .team_low = NAN, .lines = 1},
    };
    enum { COUNT = sizeof candidates / sizeof *candidates };
    size_t order[COUNT];
    char ids[COUNT + 1] = "";
    rank_order(candidates, COUNT, order);
    for (size_t i = 0; i < COUNT; i++) {
        strcat(ids, candidates[order[i]].id);
        assert_int_equal(candidates[order[i]].rank, i < 5 ? i + 1 : 0);
    }
    assert_string_equal(ids, "abcdyzefghijk");
}

static void random_candidate(struct rank_candidate *candidate, char id[static 8], int number)
{
    snprintf(id, 8, "%06d", number);
    *candidate = (struct rank_candidate){
        .id = id,
        .verdict = (enum verdict)(random_uniform() * VERDICT_COUNT),
        .reached = random_uniform() < 0.3,
        .team_low = random_uniform() < 0.2 ? NAN : floor(random_uniform() * 4) / 10,
        .lines = (size_t)(random_uniform() * 3),
        .files = (size_t)(random_uniform() * 3),
    };
    candidate->reached = candidate->reached || candidate->verdict == VERDICT_RECOMMENDED;
}

/* Any order of the same candidates gives the same result, and nothing below the threshold climbs. */
static void order_is_total_and_fair(void **state)
{
    (void)state;
    enum { COUNT = 24 };
    for (int round = 0; round < 2000; round++) {
        struct rank_candidate candidates[COUNT];
        struct rank_candidate shuffled[COUNT];
        char ids[COUNT][8];
        size_t order[COUNT];
        size_t again[COUNT];
        for (int i = 0; i < COUNT; i++)
            random_candidate(&candidates[i], ids[i], i);
        memcpy(shuffled, candidates, sizeof shuffled);
        for (size_t i = COUNT - 1; i > 0; i--) {
            size_t other = (size_t)(random_uniform() * (double)(i + 1));
            struct rank_candidate kept = shuffled[i];
            shuffled[i] = shuffled[other];
            shuffled[other] = kept;
        }
        rank_order(candidates, COUNT, order);
        rank_order(shuffled, COUNT, again);
        for (size_t i = 0; i < COUNT; i++) {
            assert_string_equal(candidates[order[i]].id, shuffled[again[i]].id);
            assert_true(i == 0 || candidates[order[i - 1]].reached || !candidates[order[i]].reached);
        }
    }
}

static void estimates_weigh_by_production(void **state)
{
    (void)state;
    const struct rank_workload workloads[] = {
        {.weight = 3,
         .gain = {true, 0.20, 0.18, 0.22},
         .cpu = {true, 0.20, 0.18, 0.22},
         .cpu_seconds = 0.040},
        {.weight = 1,
         .gain = {true, 0.00, -0.02, 0.02},
         .cpu = {true, 0.0, -0.02, 0.02},
         .cpu_seconds = 0.100},
    };
    const struct policy_price price = {.cpu_hour = 0.04, .requests_a_day = 1e6};
    const struct policy_price none = {.cpu_hour = -1, .requests_a_day = 1e6};
    struct rank_estimate estimate;
    rank_estimate(&estimate, workloads, 2, 10, &price);
    assert_true(estimate.team.known && fabs(estimate.team.point - 0.15) < 1e-12);
    assert_true(fabs(estimate.team.low - 0.13) < 1e-12 && fabs(estimate.team.high - 0.17) < 1e-12);
    assert_true(fabs(estimate.gain_per_line - 0.013) < 1e-12);
    /* (3 · 0.2 · 40 ms) / 4 = 6 ms a request, a million a day: 50.73 CPU hours a month */
    assert_true(fabs(estimate.money - 0.006e6 * (365.25 / 12) / 3600 * 0.04) < 1e-9);
    assert_true(fabs(estimate.money_low - (0.0216 - 0.002) / 4 * 1e6 * (365.25 / 12) / 3600 * 0.04) < 1e-9);
    rank_estimate(&estimate, workloads, 2, 0, &none);
    assert_true(isnan(estimate.money) && isnan(estimate.money_low) && isnan(estimate.gain_per_line));
    const struct rank_workload unknown[] = {workloads[0], {.weight = 1, .cpu_seconds = -1}};
    rank_estimate(&estimate, unknown, 2, 10, &price);
    assert_true(!estimate.team.known && isnan(estimate.team.low) && isnan(estimate.money));
    rank_estimate(&estimate, NULL, 0, 10, &price);
    assert_true(!estimate.team.known && isnan(estimate.money));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(family_accepts_what_e_bh_accepts),
        cmocka_unit_test(no_regression_brings_no_maximum),
        cmocka_unit_test(family_is_monotone),
        cmocka_unit_test(family_holds_its_false_discovery_rate),
        cmocka_unit_test(only_what_would_be_recommended_counts),
        cmocka_unit_test(family_decides_the_verdict),
        cmocka_unit_test(order_is_what_a_team_gains),
        cmocka_unit_test(order_is_total_and_fair),
        cmocka_unit_test(estimates_weigh_by_production),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
