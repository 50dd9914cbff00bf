/*
 * The operating characteristics by simulation: how often a candidate without a sufficient gain wins, and how
 * often a true gain is found, under noise of several shapes. `bench_simulation` counts the same at length.
 */
#include "tests/measure/bounds.h"
#include "tests/measure/simulation_batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define REPETITIONS 2000
#define CONFIDENCE  0.99 /* of bounds on what was counted */

static void test_bounds_of_rates(void **state)
{
    (void)state;
    assert_true(fabs(bounds_upper(0, 600, 0.95) - 0.00498) < 1e-5); /* 1 − 0.05^(1/600) */
    assert_true(fabs(bounds_lower(300, 300, 0.95) - 0.99006) < 1e-5);
    assert_true(fabs(bounds_upper(3, 20, 0.95) - 0.34366) < 1e-4);
    assert_true(bounds_upper(20, 20, 0.95) == 1);
}

static void test_false_wins(void **state)
{
    (void)state;
    static const double gains[] = {0, 0.05, 0.10};
    for (size_t f = 0; f < simulation_family_count; f++) {
        for (size_t g = 0; g < 3; g++) {
            struct simulation_rates rates =
                simulation_repeat(&simulation_families[f], gains[g], REPETITIONS, 20 + g);
            printf("%-18s %3.0f%% %4zu wins %5zu futile %5.1f pairs\n", simulation_families[f].name,
                   100 * gains[g], rates.wins, rates.futile, rates.pairs);
            assert_true(bounds_upper(rates.wins, REPETITIONS, CONFIDENCE) <= (gains[g] < 0.10 ? 0.01 : 0.05));
            if (gains[g] == 0.10)
                assert_true(bounds_upper(rates.futile, REPETITIONS, CONFIDENCE) <= 0.06);
        }
    }
}

static void test_power_and_cost(void **state)
{
    (void)state;
    struct simulation_rates none = simulation_repeat(&simulation_families[0], 0, REPETITIONS, 21);
    assert_true(none.pairs <= 8);
    /* Quiet, bursts, drift and order effect; heavy tails and a p99 cost power, and never validity. */
    for (size_t f = 0; f < 4; f++) {
        struct simulation_rates fifteen =
            simulation_repeat(&simulation_families[f], 0.15, REPETITIONS, 22 + f);
        struct simulation_rates twenty =
            simulation_repeat(&simulation_families[f], 0.20, REPETITIONS, 32 + f);
        assert_true(bounds_lower(fifteen.wins, REPETITIONS, CONFIDENCE) >= 0.95);
        assert_true(bounds_lower(twenty.wins, REPETITIONS, CONFIDENCE) >= 0.99);
        assert_true(f > 0 || twenty.pairs <= 8);
    }
}

/* What the other tests count step by step is what the plan decides, pair for pair. */
static void test_the_simulation_is_the_plan(void **state)
{
    (void)state;
    static const double gains[] = {0, 0.10, 0.15};
    const struct plan plan = simulation_make_plan(1);
    for (size_t i = 0; i < 60 * simulation_family_count; i++) {
        struct simulation simulation = {
            .noise = &simulation_families[i % simulation_family_count], .random = i, .coins = ~i};
        struct simulation_end end = simulation_plan(&simulation, &plan, gains[i % 3]);
        struct simulation_steps steps = {0};
        enum metric_outcome outcome = OUTCOME_UNDECIDED;
        for (size_t k = 0; k < end.count; k++) {
            assert_int_equal(outcome, OUTCOME_UNDECIDED);
            if (end.all[k].phase == PHASE_DECIDE)
                outcome = simulation_step(&steps, plan_effect(&end.all[k], METRIC_CPU));
        }
        bool regressed = end.outcome == OUTCOME_REGRESSED;
        assert_int_equal(outcome, regressed ? OUTCOME_NOT_WORTH_IT : end.outcome);
        assert_true(outcome != OUTCOME_UNDECIDED || end.pairs == measure_method.cap);
    }
}

/* Wins of plan_next() itself, which may go over to quads. */
static size_t simulation_count_wins(const struct simulation_noise *noise, double gain, size_t repetitions,
                                    size_t *switched)
{
    const struct plan plan = simulation_make_plan(1);
    size_t wins = 0;
    *switched = 0;
    for (size_t i = 0; i < repetitions; i++) {
        struct simulation simulation = {.noise = noise, .random = 1000003 * i, .coins = ~(1000003 * i)};
        struct simulation_end end = simulation_plan(&simulation, &plan, gain);
        wins += end.outcome == OUTCOME_IMPROVED;
        *switched += end.quads > 0;
    }
    return wins;
}

/* An order effect near the gain: quads cancel it, plain pairs only survive it. Neither makes false wins. */
static void test_order_effects_and_the_switch_to_quads(void **state)
{
    (void)state;
    static const struct simulation_noise noises[] = {
        {.name = "order effect, 15 %", .sigma = 0.02, .order = 0.15},
        {.name = "at the edge of being seen", .sigma = 0.02, .order = 0.02},
        {.name = "and bursts", .sigma = 0.02, .order = 0.05, .burst = 0.15, .burst_size = 0.4},
    };
    size_t switched;
    for (size_t i = 0; i < 3; i++) {
        size_t wins = simulation_count_wins(&noises[i], 0.10, 300, &switched);
        printf("%s, gain at the threshold: %zu of 300 win, %zu with quads\n", noises[i].name, wins, switched);
        assert_true(wins <= 15);
        assert_true(switched >= 50);
    }
    size_t wins = simulation_count_wins(&noises[0], 0.17, 200, &switched);
    struct simulation_rates plain = simulation_repeat(&noises[0], 0.17, 200, 5);
    printf("gain of 17 %%: %zu of 200 win with quads, %zu without\n", wins, plain.wins);
    assert_true(wins >= 170 && wins > 3 * plain.wins);
}

/* What comes next is said before the coin is tossed, and from earlier pairs alone. */
static void test_the_next_pair_has_no_say_in_what_it_is(void **state)
{
    (void)state;
    const struct simulation_noise noise = {.sigma = 0.02, .order = 0.06};
    const struct plan plan = simulation_make_plan(1);
    size_t quads = 0;
    for (size_t i = 0; i < 50; i++) {
        struct simulation simulation = {.noise = &noise, .random = i, .coins = ~i};
        struct pair pairs[METHOD_PAIRS_MAX];
        for (size_t count = 0; count < 40; count++) {
            struct plan_action action = plan_next(&plan, pairs, count, 1);
            if (action.phase == PHASE_GUARD || action.phase == PHASE_SIZE || action.reason != PLAN_GOES_ON)
                break;
            /* Whatever lies behind the past is not read: under the sanitizers it would be seen as unset. */
            for (int later = 0; later < 2; later++) {
                pairs[count] = (struct pair){.phase = PHASE_DECIDE, .quad = later, .candidate_first = later};
                struct plan_action again = plan_next(&plan, pairs, count, 1);
                assert_memory_equal(&again, &action, sizeof again);
            }
            pairs[count] = (struct pair){.phase = action.phase, .quad = action.quad};
            simulation_fill_pair(&simulation, 0.10, &pairs[count]);
            quads += action.quad;
        }
    }
    assert_true(quads > 0);
}

/* e-BH over stopped e-processes, whatever the candidates have in common. */
static void test_batches(void **state)
{
    (void)state;
    static const struct simulation_noise busy = {
        .name = "busy", .sigma = 0.02, .burst = 0.1, .burst_size = 0.3};
    const struct simulation_batch batches[] = {
        {&busy, SIMULATION_OWN_NOISE, 5, 0.15, 0, 15, 1},
        {&busy, SIMULATION_SAME_NOISE, 5, 0.15, 0.10, 15, 2},
        {&busy, SIMULATION_SAME_COINS, 5, 0.20, 0.10, 15, 3},
        {&busy, SIMULATION_SAME_NOISE, 0, 0.15, 0.10, 15, 4},
    };
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        struct simulation_batch_rates rates = simulation_batch_repeat(&batches[i]);
        printf("batch %zu: %.2f %% wrong, %.1f %% kept, %.1f pairs\n", i, 100 * rates.discovery,
               100 * rates.kept, rates.pairs);
        assert_true(rates.discovery - 2 * rates.deviation <= 0.10);
        assert_true(batches[i].real == 0 || rates.kept >= 0.95);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_of_rates),
        cmocka_unit_test(test_false_wins),
        cmocka_unit_test(test_power_and_cost),
        cmocka_unit_test(test_the_simulation_is_the_plan),
        cmocka_unit_test(test_order_effects_and_the_switch_to_quads),
        cmocka_unit_test(test_the_next_pair_has_no_say_in_what_it_is),
        cmocka_unit_test(test_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
