/*
 * Gains that depend on a request's place in its run, by simulation: how often an honest one is flagged, and
 * how often one that is there only the second time or only when warm. Fixed seed; the figures are printed.
 */
#include "tests/measure/normal.h"
#include "workloads/measure/block.h"
#include "workloads/measure/draw.h"
#include "workloads/measure/method.h"
#include "workloads/measure/signals.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define REPETITIONS 200
#define SAMPLES     20

static uint64_t simulation_state;

struct scene {
    const char *name;
    size_t block;        /* requests in a run; more than SAMPLES: with repeats */
    double first, again; /* log gain of a sample's first request in a run, and of later ones */
    double warm;         /* more of it behind the first tenth */
    double setup;        /* the base's cost of the first request, in requests; the candidate has it too */
    double noise;        /* of a request */
    double burst;        /* chance that a run is slowed down by half */
    double spread;       /* of the gain from sample to sample */
};

struct rates {
    double repeats, warm_up; /* share flagged */
};

static void simulate_run(const struct scene *scene, const struct block *block, bool candidate,
                         const double *effects, struct trace *trace)
{
    size_t seen[SAMPLES] = {0};
    double slowed = draw_uniform(&simulation_state) < scene->burst ? 0.4 : 0;
    for (size_t k = 0; k < block->count; k++) {
        size_t i = block->indices[k];
        bool early = (double)k < measure_method.early * (double)block->count;
        double gain = (seen[i]++ ? scene->again : scene->first) + (early ? 0 : scene->warm) + effects[i];
        double value = exp(slowed + scene->noise * normal_draw(&simulation_state) - (candidate ? gain : 0));
        trace_add(trace, block + candidate, candidate, i, 0.001 * (value + (k == 0 ? scene->setup : 0)));
    }
}

static void simulate_once(const struct scene *scene, const struct block_plan *plan,
                          struct signal signals[SIGNAL_COUNT])
{
    struct trace trace;
    double effects[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++)
        effects[i] = scene->spread * normal_draw(&simulation_state);
    trace_init(&trace, SAMPLES);
    for (size_t pair = 0; pair < measure_method.size_pairs; pair++) {
        struct block block;
        block_draw(plan, scene->block, WORKLOAD_CACHE_COLD, true, draw_bits(&simulation_state), &block);
        trace_begin(&trace, block.count);
        simulate_run(scene, &block, false, effects, &trace);
        simulate_run(scene, &block, true, effects, &trace);
        signals_add_pair(signals, &trace);
        block_fini(&block);
    }
    trace_fini(&trace);
    for (int kind = 0; kind < SIGNAL_COUNT; kind++)
        signals_judge(&signals[kind], 0.10);
}

static struct rates simulate(const struct scene *scene)
{
    static struct sample items[SAMPLES];
    char name[] = "all";
    for (size_t i = 0; i < SAMPLES; i++)
        items[i] = (struct sample){.stratum = name, .weight = 1};
    const struct sample_set set = {.items = items, .count = SAMPLES};
    struct block_plan plan;
    struct rates rates = {0};
    block_plan_init(&plan, &set);
    for (size_t n = 0; n < REPETITIONS; n++) {
        struct signal signals[SIGNAL_COUNT] = {0};
        simulate_once(scene, &plan, signals);
        rates.repeats += signals[SIGNAL_REPEATS].only_later / (double)REPETITIONS;
        rates.warm_up += signals[SIGNAL_WARM_UP].only_later / (double)REPETITIONS;
        for (int kind = 0; kind < SIGNAL_COUNT; kind++)
            free(signals[kind].pairs);
    }
    block_plan_fini(&plan);
    printf("%-44s %8.1f%% %8.1f%%\n", scene->name, 100 * rates.repeats, 100 * rates.warm_up);
    return rates;
}

static void test_honest_gains_are_not_flagged(void **state)
{
    (void)state;
    static const struct scene scenes[] = {
        {"equal programs", 100, 0, 0, 0, 0, 0.05, 0, 0},
        {"12 %, a process a request", 100, 0.128, 0.128, 0, 0, 0.05, 0, 0},
        {"12 %, noise 20 %, bursts", 100, 0.128, 0.128, 0, 0, 0.2, 0.15, 0},
        {"12 %, from sample to sample ±30 %", 100, 0.128, 0.128, 0, 0, 0.05, 0, 0.3},
        {"25 %, a tenth is one request", 10, 0.288, 0.288, 0, 0, 0.05, 0, 0.2},
        {"25 %, the first request costs as much as 3", 100, 0.288, 0.288, 0, 3, 0.05, 0, 0},
    };
    simulation_state = 40;
    printf("%-44s %9s %9s\n", "", "repeats", "warm-up");
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct rates rates = simulate(&scenes[i]);
        assert_true(rates.repeats <= 0.01 && rates.warm_up <= 0.01);
    }
}

static void test_gains_of_later_requests_are_flagged(void **state)
{
    (void)state;
    static const struct scene memory = {"30 % on repeats only", 100, 0, 0.357, 0, 0, 0.05, 0, 0};
    static const struct scene noisy = {"the same, noise 20 %, bursts", 100, 0, 0.357, 0, 0, 0.2, 0.15, 0};
    static const struct scene warm = {"30 % behind the warm-up only", 100, 0, 0, 0.357, 0, 0.05, 0, 0};
    static const struct scene unrepeated = {"the same, nothing repeats", 20, 0, 0, 0.357, 0, 0.05, 0, 0};
    simulation_state = 41;
    printf("%-44s %9s %9s\n", "", "repeats", "warm-up");
    assert_true(simulate(&memory).repeats >= 0.99);
    assert_true(simulate(&noisy).repeats >= 0.90);
    assert_true(simulate(&warm).warm_up >= 0.99);
    struct rates rates = simulate(&unrepeated);
    assert_true(rates.warm_up >= 0.99 && rates.repeats == 0);
}

/* A repeated sample's first figure stands against the mean of its later ones; others are in neither. */
static void test_repeats_compare_the_same_samples(void **state)
{
    (void)state;
    static const size_t asked[] = {0, 1, 0, 2, 0, 1};
    static const double values[2][6] = {{10, 5, 2, 100, 4, 7}, {1, 1, 1, 1, 3, 1}};
    struct signal signals[SIGNAL_COUNT] = {0};
    struct trace trace;
    trace_init(&trace, 3);
    trace_begin(&trace, 6);
    for (int arm = 0; arm < 2; arm++)
        for (size_t k = 0; k < 6; k++)
            trace_add(&trace, values[arm], arm == 1, asked[k], values[arm][k]);
    trace_add(&trace, values[1], true, 2, -1); /* no figure: a place in the run, and no row */
    assert_int_equal(trace.count, 12);
    signals_add_pair(signals, &trace);
    const struct signal_pair *repeats = &signals[SIGNAL_REPEATS].pairs[0];
    assert_true(repeats->first.base == 15 && repeats->first.candidate == 2);
    assert_true(repeats->later.base == 3 + 7 && repeats->later.candidate == 2 + 1);
    const struct signal_pair *warm_up = &signals[SIGNAL_WARM_UP].pairs[0];
    assert_true(warm_up->first.base == 10 && warm_up->first.candidate == 1);
    assert_true(warm_up->later.base == 118 && warm_up->later.candidate == 7);
    trace_begin(&trace, 1); /* one request: no repeat, no rest */
    trace_add(&trace, values[0], false, 0, 1);
    trace_add(&trace, values[1], true, 0, 1);
    signals_add_pair(signals, &trace);
    assert_int_equal(signals[SIGNAL_REPEATS].pair_count, 2);
    assert_true(signals[SIGNAL_REPEATS].pairs[1].first.base == -1);
    assert_true(signals[SIGNAL_WARM_UP].pairs[1].later.candidate == -1);
    for (int kind = 0; kind < SIGNAL_COUNT; kind++) {
        signals_judge(&signals[kind], 0.10);
        assert_false(signals[kind].first.known || signals[kind].only_later);
        free(signals[kind].pairs);
    }
    trace_fini(&trace);
}

static void test_no_threshold_no_flag(void **state)
{
    (void)state;
    struct signal_pair pairs[12];
    for (size_t i = 0; i < 12; i++)
        pairs[i] = (struct signal_pair){{1, 1.0 + 0.001 * (double)i}, {1, 0.5 + 0.001 * (double)i}};
    struct signal signal = {.pairs = pairs, .pair_count = 12};
    signals_judge(&signal, 0.10);
    assert_true(signal.only_later && signal.later.point > 0.4 && signal.first.high <= 0);
    signals_judge(&signal, -0.05); /* intent no-regression asks for no gain */
    assert_false(signal.only_later);
    signals_judge(&signal, 0.60); /* the later part doesn't reach it either */
    assert_false(signal.only_later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest_gains_are_not_flagged),
        cmocka_unit_test(test_gains_of_later_requests_are_flagged),
        cmocka_unit_test(test_repeats_compare_the_same_samples),
        cmocka_unit_test(test_no_threshold_no_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
