/*
 * The rates that the tests of the simulation bound, counted at length and printed as Markdown:
 *
 *     bench_simulation [REPETITIONS [BATCHES]]
 *
 * 100,000 evaluations a noise and gain and 2,000 batches of 20 take some minutes. Order effects and batches
 * go through plan_next(); the first table grows its e-processes pair by pair, which a test holds equal to the
 * plan.
 */
#include "tests/measure/bounds.h"
#include "tests/measure/simulation_batch.h"

#include <stdio.h>
#include <stdlib.h>

static void bench_print_rate(size_t hits, size_t count, bool wanted)
{
    double bound = wanted ? bounds_lower(hits, count, 0.95) : bounds_upper(hits, count, 0.95);
    printf("| %.3g %% (%s %.3g %%) ", 100 * (double)hits / (double)count, wanted ? "≥" : "≤", 100 * bound);
}

static void bench_families(size_t repetitions)
{
    static const double gains[] = {0, 0.05, 0.10, 0.15, 0.20};
    printf("| noise | wins at 0 %% | 5 %% | 10 %% | 15 %% | 20 %% | mean pairs at 0 / 10 / 15 / 20 %% |\n"
           "| --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t f = 0; f < simulation_family_count; f++) {
        double pairs[5];
        printf("| %s ", simulation_families[f].name);
        for (size_t g = 0; g < 5; g++) {
            struct simulation_rates rates =
                simulation_repeat(&simulation_families[f], gains[g], repetitions, 100 * f + g);
            bench_print_rate(rates.wins, repetitions, gains[g] > 0.10);
            pairs[g] = rates.pairs;
        }
        printf("| %.1f / %.1f / %.1f / %.1f |\n", pairs[0], pairs[2], pairs[3], pairs[4]);
        fflush(stdout);
    }
}

static void bench_orders(size_t repetitions)
{
    static const struct simulation_noise noises[] = {
        {.name = "second run 15 % slower, 2 %", .sigma = 0.02, .order = 0.15},
        {.name = "second run 2 % slower, 2 %", .sigma = 0.02, .order = 0.02},
        {.name = "second run 5 % slower, bursts",
         .sigma = 0.02,
         .order = 0.05,
         .burst = 0.15,
         .burst_size = 0.4},
        {.name = "none, 2 %", .sigma = 0.02},
        {.name = "5 % slower after the candidate", .sigma = 0.02, .after = 0.05},
    };
    const struct plan plan = simulation_make_plan(1);
    printf("\n| order effect, noise | wins at 10 %% | at 17 %% | went over to quads |\n| --- | --- | --- | "
           "--- |\n");
    for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
        size_t wins[2] = {0, 0};
        size_t quads = 0;
        for (size_t k = 0; k < 2 * repetitions; k++) {
            struct simulation simulation = {
                .noise = &noises[i], .random = 1000003 * k, .coins = ~(1000003 * k)};
            struct simulation_end end = simulation_plan(&simulation, &plan, k % 2 ? 0.17 : 0.10);
            wins[k % 2] += end.outcome == OUTCOME_IMPROVED;
            quads += k % 2 == 0 && end.quads > 0;
        }
        printf("| %s ", noises[i].name);
        bench_print_rate(wins[0], repetitions, false);
        bench_print_rate(wins[1], repetitions, true);
        printf("| %.1f %% |\n", 100 * (double)quads / (double)repetitions);
        fflush(stdout);
    }
}

static void bench_batches(size_t batches)
{
    static const struct simulation_noise busy = {.sigma = 0.02, .burst = 0.1, .burst_size = 0.3};
    static const struct simulation_noise loud = {.sigma = 0.05, .burst = 0.1, .burst_size = 0.3};
    static const char *const shared[] = {"nothing", "the noise", "noise and coins"};
    static const struct simulation_batch scenes[] = {
        {&busy, SIMULATION_OWN_NOISE, 0, 0, 0.10, 0, 1},
        {&busy, SIMULATION_SAME_NOISE, 0, 0, 0.10, 0, 2},
        {&busy, SIMULATION_SAME_COINS, 0, 0, 0.10, 0, 3},
        {&busy, SIMULATION_OWN_NOISE, 5, 0.15, 0.10, 0, 4},
        {&busy, SIMULATION_SAME_NOISE, 5, 0.15, 0.10, 0, 5},
        {&busy, SIMULATION_SAME_COINS, 5, 0.15, 0.10, 0, 6},
        {&busy, SIMULATION_SAME_NOISE, 5, 0.15, 0, 0, 7},
        {&busy, SIMULATION_SAME_NOISE, 5, 0.20, 0.10, 0, 8},
        {&loud, SIMULATION_SAME_NOISE, 5, 0.15, 0.10, 0, 9},
        {&loud, SIMULATION_SAME_NOISE, 5, 0.20, 0.10, 0, 10},
    };
    printf("\n| noise | shared | real ones, gain | the others | false discovery rate | batches with a wrong "
           "one | real ones kept | mean pairs |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct simulation_batch scene = scenes[i];
        scene.batches = batches;
        struct simulation_batch_rates rates = simulation_batch_repeat(&scene);
        printf("| %g %% and bursts | %s | %zu at %g %% | %g %% | %.2f ± %.2f %% | %zu of %zu | ",
               100 * scene.noise->sigma, shared[scene.shared], scene.real, 100 * scene.gain,
               100 * scene.nothing, 100 * rates.discovery, 196 * rates.deviation, rates.wrong, batches);
        if (scene.real > 0)
            printf("%.2f %% ", 100 * rates.kept);
        printf("| %.1f |\n", rates.pairs);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    size_t repetitions = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    size_t batches = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
    bench_families(repetitions);
    bench_orders(repetitions / 5);
    bench_batches(batches);
    return 0;
}
