/* What a machine can show, from its runs: a table of noises, and the answer held against evaluations that
 * were drawn from the noise itself. */
#include "workloads/measure/resolution.h"

#include "workloads/measure/plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RUNS      128
#define TRIES     400
#define LIMIT     20.0
#define PAIR_S    0.22 /* as pairs of runs of 0.1 s take */
#define NO_CHANCE 0.90

struct noise {
    const char *name;
    double sigma;       /* of the log of a run */
    double burst;       /* chance of a run that a neighbour disturbs */
    double burst_size;  /* mean of its exponential slow-down, log */
    double order;       /* what the second run of a pair takes more, log */
    double least, most; /* bounds of the excess within 60 s */
};

static const struct noise noises[] = {
    {"none", 0, 0, 0, 0, 0.0009, 0.002},
    {"1 %", 0.01, 0, 0, 0, 0.003, 0.010},
    {"2 %", 0.02, 0, 0, 0, 0.006, 0.020},
    {"8 %", 0.08, 0, 0, 0, 0.025, 0.080},
    {"1 %, bursts", 0.01, 0.15, 0.4, 0, 0.004, 0.100},
    {"1 %, second run 5 % longer", 0.01, 0, 0, 0.05, 0.010, 0.060},
};

static uint64_t random_state;

static double random_uniform(void)
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1.0p-53;
}

static double random_normal(void)
{
    return sqrt(-2 * log(random_uniform())) * cos(2 * 3.14159265358979323846 * random_uniform());
}

static double noise_run(const struct noise *noise, bool second)
{
    double level = noise->sigma * random_normal() + (second ? noise->order : 0);
    if (random_uniform() < noise->burst)
        level -= noise->burst_size * log(random_uniform());
    return 0.1 * exp(level);
}

static struct resolution_runs noise_observe(const struct noise *noise, double values[static RUNS])
{
    for (size_t i = 0; i < RUNS; i++)
        values[i] = noise_run(noise, i % 2 != 0);
    return (struct resolution_runs){METRIC_CPU, values, RUNS, PAIR_S};
}

/* Of the 2 · joined runs of a long pair, those of one slot; every second one is longer, as when observed. */
static double noise_long_run(const struct noise *noise, size_t joined, size_t slot)
{
    double sum = 0;
    for (size_t i = slot * joined; i < (slot + 1) * joined; i++)
        sum += noise_run(noise, i % 2 != 0);
    return sum;
}

static bool noise_evaluate(const struct noise *noise, size_t joined, size_t pairs, double excess)
{
    struct pair drawn[METHOD_PAIRS_MAX];
    struct plan_metric rows[METRIC_COUNT];
    struct plan plan = {.primary = METRIC_CPU, .limit = LIMIT};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        plan.guardrail_delta[metric] = -1;
    for (size_t i = 0; i < pairs; i++) {
        drawn[i] = (struct pair){.phase = PHASE_DECIDE, .candidate_first = random_uniform() < 0.5};
        double slot[2] = {noise_long_run(noise, joined, 0), noise_long_run(noise, joined, 1)};
        drawn[i].base.value[METRIC_CPU] = slot[drawn[i].candidate_first];
        drawn[i].candidate.value[METRIC_CPU] = slot[!drawn[i].candidate_first] * exp(-excess);
    }
    plan_assess(&plan, drawn, pairs, rows);
    return rows[0].outcome == OUTCOME_IMPROVED;
}

static double noise_power(const struct noise *noise, const struct resolution *found, double excess)
{
    size_t wins = 0;
    for (size_t i = 0; i < TRIES; i++)
        wins += noise_evaluate(noise, found->joined, found->pairs, excess);
    return (double)wins / TRIES;
}

static void test_what_is_promised_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
        double values[RUNS];
        random_state = 7;
        struct resolution_runs runs = noise_observe(&noises[i], values);
        struct resolution found = resolution_find(&runs, 60, LIMIT);
        double at = noise_power(&noises[i], &found, found.excess);
        double half = noise_power(&noises[i], &found, found.excess / 2);
        printf("%-28s excess %.4f, %zu runs as one, %zu pairs (wins after %.1f): power %.3f, at half %.3f\n",
               noises[i].name, found.excess, found.joined, found.pairs, found.win_pairs, at, half);
        assert_true(found.excess >= noises[i].least && found.excess <= noises[i].most);
        assert_true(at >= 0.93);
        /* Not careful without measure either; without noise there is nothing below the least excess. */
        if (noises[i].sigma > 0)
            assert_true(half < NO_CHANCE);
    }
}

static void test_more_time_shows_more(void **state)
{
    (void)state;
    static const struct noise noise = {.name = "3 %", .sigma = 0.03};
    static const double seconds[] = {3, 5, 10, 60, 300};
    double values[RUNS];
    struct resolution found[5];
    random_state = 11;
    struct resolution_runs runs = noise_observe(&noise, values);
    for (size_t i = 0; i < 5; i++)
        found[i] = resolution_find(&runs, seconds[i], LIMIT);
    /* 3 s: not even six pairs behind the noise pairs, with time kept back for the size pairs. */
    assert_true(found[0].excess < 0);
    assert_int_equal(found[0].pairs, 0);
    /* 5 s are 22 pairs, 18 of which go around those that decide: still too few. */
    assert_true(found[1].excess < 0);
    assert_int_equal(found[2].joined, 1);
    assert_int_equal(found[2].pairs, 27);
    assert_int_equal(found[3].joined, 3);
    assert_int_equal(found[3].pairs, measure_method.cap);
    /* As many runs as leave six pairs that share none, and no more, however long there is. */
    assert_int_equal(found[4].joined, 10);
    assert_true(found[2].excess > found[3].excess && found[3].excess > found[4].excess);
}

/* The expected pairs that a forecast of a verdict is made of lie within what the resolution allows. */
static void test_agrees_with_the_feasibility(void **state)
{
    (void)state;
    static const struct noise noise = {.name = "4 %", .sigma = 0.04 / 1.41421356};
    double values[RUNS];
    random_state = 3;
    struct resolution_runs runs = noise_observe(&noise, values);
    struct resolution found = resolution_find(&runs, 18 * PAIR_S + 30.5 * PAIR_S, LIMIT);
    assert_int_equal(found.pairs, 30);
    double threshold = 0.005;
    while (eprocess_theta(1.5 * threshold) - eprocess_theta(threshold) < found.excess)
        threshold += 0.0005;
    struct feasibility feasibility = eprocess_feasibility(0.04, threshold, LIMIT);
    printf("4 %%: excess %.4f wins after %.1f pairs; feasibility of %.3f says %.0f\n", found.excess,
           found.win_pairs, threshold, feasibility.pairs);
    assert_true(feasibility.pairs < (double)found.pairs);
    assert_true(feasibility.pairs > found.win_pairs / 2 && feasibility.pairs < found.win_pairs * 2);
}

static void test_a_higher_limit_asks_for_more(void **state)
{
    (void)state;
    static const struct noise noise = {.name = "2 %", .sigma = 0.02};
    double values[RUNS];
    random_state = 5;
    struct resolution_runs runs = noise_observe(&noise, values);
    struct resolution alone = resolution_find(&runs, 10, 20);
    struct resolution batch = resolution_find(&runs, 10, 2000);
    assert_true(batch.excess > alone.excess);
    struct resolution again = resolution_find(&runs, 10, 20);
    assert_memory_equal(&again.excess, &alone.excess, sizeof again.excess);
}

static void test_too_few_runs_tell_nothing(void **state)
{
    (void)state;
    double values[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct resolution_runs runs = {METRIC_WALL, values, 10, 0.2};
    assert_true(resolution_find(&runs, 60, LIMIT).excess < 0);
    runs.count = 0;
    assert_true(resolution_find(&runs, 60, LIMIT).excess < 0);
    assert_true(resolution_power(&runs, 1, 20, 1, LIMIT) == 0);
}

/* Joined runs add up their time, and take the largest of their peaks. */
static void test_peaks_are_not_added(void **state)
{
    (void)state;
    double values[48];
    for (size_t i = 0; i < 48; i++)
        values[i] = i % 4 == 0 ? 2e6 : 1e6;
    struct resolution_runs runs = {METRIC_PEAK_MEMORY, values, 48, 0.2};
    struct resolution memory = resolution_find(&runs, 300, LIMIT);
    assert_int_equal(memory.joined, 4);
    assert_true(memory.excess < 0.002);
    runs.metric = METRIC_CPU;
    assert_true(resolution_find(&runs, 10, LIMIT).excess > 0.05);
}

static void test_a_gain_stands_on_its_threshold(void **state)
{
    (void)state;
    assert_true(fabs(resolution_gain(0.05, 0) - 0.048770575) < 1e-8);
    assert_true(fabs(resolution_gain(0.05, 0.10) - 0.143893518) < 1e-8);
    assert_true(resolution_gain(0, 0.10) == 0.10 || fabs(resolution_gain(0, 0.10) - 0.10) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_promised_is_found),
        cmocka_unit_test(test_more_time_shows_more),
        cmocka_unit_test(test_agrees_with_the_feasibility),
        cmocka_unit_test(test_a_higher_limit_asks_for_more),
        cmocka_unit_test(test_too_few_runs_tell_nothing),
        cmocka_unit_test(test_peaks_are_not_added),
        cmocka_unit_test(test_a_gain_stands_on_its_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
