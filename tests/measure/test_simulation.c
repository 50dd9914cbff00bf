/*
 * The operating characteristics by simulation: how often a candidate without a sufficient gain wins, and how
 * often a true gain is found, under noise of several shapes. Fixed seed; the figures are printed.
 */
#include "workloads/measure/plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define REPETITIONS 2000

struct noise_family {
    const char *name;
    double sigma;      /* of the log of one run */
    double burst;      /* chance that a run falls into a burst of a noisy neighbour */
    double burst_size; /* mean of its exponential slow-down, log */
    double drift;      /* step of a random walk that both runs share */
    double order;      /* what the second run of a pair costs more, log */
};

static const struct noise_family families[] = {
    {"quiet, 1.5 %", 0.015, 0, 0, 0, 0},   {"bursts", 0.015, 0.15, 0.4, 0, 0},
    {"drift", 0.015, 0, 0, 0.05, 0},       {"order effect", 0.015, 0, 0, 0, 0.05},
    {"heavy, 8 %", 0.08, 0.05, 0.3, 0, 0},
};

static uint64_t simulation_state;

static double simulation_uniform(void)
{
    uint64_t z = (simulation_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1.0p-53;
}

static double simulation_normal(void)
{
    return sqrt(-2 * log(simulation_uniform())) * cos(2 * 3.14159265358979323846 * simulation_uniform());
}

static double simulation_run(const struct noise_family *family, double *level, bool second)
{
    *level += family->drift * simulation_normal();
    double value = *level + family->sigma * simulation_normal() + (second ? family->order : 0);
    if (simulation_uniform() < family->burst)
        value -= family->burst_size * log(simulation_uniform());
    return value;
}

struct simulation_rates {
    double wins;
    double futile;
    double pairs; /* mean until the primary's stop */
};

/* The plan's decide phase alone, on one incremental e-process: what plan_next() does, without rebuilding it.
 */
static enum metric_outcome simulation_evaluate(const struct noise_family *family, double gain, size_t *pairs)
{
    struct eprocess process = {0};
    double theta = eprocess_theta(0.10);
    double level = 0;
    while (process.count < measure_method.cap) {
        bool candidate_first = simulation_uniform() < 0.5;
        double first = simulation_run(family, &level, false);
        double second = simulation_run(family, &level, true);
        double effect = candidate_first ? second - first : first - second;
        eprocess_add(&process, effect + eprocess_theta(gain));
        *pairs = process.count;
        if (process.count < measure_method.least)
            continue;
        if (eprocess_log_e(&process, process.count, theta, +1) >= log(measure_method.win))
            return OUTCOME_IMPROVED;
        if (eprocess_log_e(&process, process.count, theta, -1) >= log(1 / measure_method.futility))
            return OUTCOME_NOT_WORTH_IT;
    }
    return OUTCOME_UNDECIDED;
}

static struct simulation_rates simulation_repeat(const struct noise_family *family, double gain)
{
    struct simulation_rates rates = {0};
    for (size_t i = 0; i < REPETITIONS; i++) {
        size_t pairs = 0;
        enum metric_outcome outcome = simulation_evaluate(family, gain, &pairs);
        rates.wins += outcome == OUTCOME_IMPROVED;
        rates.futile += outcome == OUTCOME_NOT_WORTH_IT;
        rates.pairs += (double)pairs;
    }
    rates.wins /= REPETITIONS;
    rates.futile /= REPETITIONS;
    rates.pairs /= REPETITIONS;
    return rates;
}

static void test_false_wins_and_power(void **state)
{
    (void)state;
    static const double gains[] = {0, 0.05, 0.10, 0.15, 0.20};
    simulation_state = 20;
    printf("%-14s %6s %8s %8s %6s\n", "noise", "gain", "wins", "futile", "pairs");
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        for (size_t g = 0; g < sizeof gains / sizeof *gains; g++) {
            struct simulation_rates rates = simulation_repeat(&families[f], gains[g]);
            printf("%-14s %5.0f%% %7.2f%% %7.2f%% %6.1f\n", families[f].name, 100 * gains[g],
                   100 * rates.wins, 100 * rates.futile, rates.pairs);
            if (gains[g] == 0)
                assert_true(rates.wins <= 0.005);
            if (gains[g] <= 0.10)
                assert_true(rates.wins <= 0.05);
            if (gains[g] >= 0.10)
                assert_true(rates.futile <= 0.06);
        }
    }
}

static void test_power_and_cost_on_a_quiet_machine(void **state)
{
    (void)state;
    simulation_state = 21;
    struct simulation_rates none = simulation_repeat(&families[0], 0);
    struct simulation_rates fifteen = simulation_repeat(&families[0], 0.15);
    struct simulation_rates twenty = simulation_repeat(&families[0], 0.20);
    assert_true(none.pairs <= 8);
    assert_true(fifteen.wins >= 0.95);
    assert_true(twenty.wins >= 0.99 && twenty.pairs <= 8);
}

/* An order effect near the gain: quads cancel it, plain pairs only survive it. */
static void test_plan_copes_with_an_order_effect(void **state)
{
    (void)state;
    struct noise_family family = {"order 15 %", 0.02, 0, 0, 0, 0.15};
    struct plan plan = {.primary = METRIC_CPU,
                        .minimum_improvement = 0.10,
                        .regression_threshold = 0.05,
                        .guardrail_delta = {-1, -1, -1, -1, -1, -1},
                        .limit = plan_limit(1, 0.1),
                        .time_budget_s = 1e9};
    size_t wins = 0;
    size_t quads = 0;
    simulation_state = 22;
    for (size_t i = 0; i < 100; i++) {
        struct pair pairs[METHOD_PAIRS_MAX + 32];
        size_t count = 0;
        double level = 0;
        for (struct plan_action action; action = plan_next(&plan, pairs, count, 1),
                                        action.reason == PLAN_GOES_ON && action.phase != PHASE_SIZE;) {
            struct pair *pair = &pairs[count++];
            *pair = (struct pair){.phase = action.phase, .quad = action.quad};
            bool noise = action.phase == PHASE_NOISE;
            pair->candidate_first = !noise && simulation_uniform() < 0.5;
            double runs[2] = {0, 0};
            for (size_t k = 0; k < (action.quad ? 4U : 2U); k++) {
                bool candidate = (k == 1 || k == 2) != pair->candidate_first;
                runs[candidate] += simulation_run(&family, &level, k % 2 == 1) / (action.quad ? 2 : 1);
            }
            pair->base.value[METRIC_CPU] = exp(runs[0]);
            pair->candidate.value[METRIC_CPU] = exp(runs[1]) * (noise ? 1 : 0.83);
            quads += action.quad;
        }
        struct plan_metric rows[METRIC_COUNT];
        plan_assess(&plan, pairs, count, rows);
        wins += rows[0].outcome == OUTCOME_IMPROVED;
    }
    struct simulation_rates plain = simulation_repeat(&family, 0.17);
    printf("plain pairs: %.1f %% win, %.1f pairs\n", 100 * plain.wins, plain.pairs);
    printf("order effect of 15 %%, gain of 17 %%: %zu of 100 win, %zu quads\n", wins, quads);
    assert_true(wins >= 80 && wins > 3 * (size_t)(100 * plain.wins));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_wins_and_power),
        cmocka_unit_test(test_power_and_cost_on_a_quiet_machine),
        cmocka_unit_test(test_plan_copes_with_an_order_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
