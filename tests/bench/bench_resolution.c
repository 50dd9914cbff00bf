/*
 * Does a calibration keep its word? Runs of a CPU-bound program against itself, spread over a minute as
 * `cupel calibrate` spreads them, say which gain is shown within a time; then evaluations of a candidate with
 * just that gain over a threshold of 10 % say how often it is found, within the pairs that the time allows.
 *
 *     bench_resolution [--evaluations N] [--seconds S] [--metric cpu|wall] [--pairs N]
 */
#include "tests/bench/measure_scene.h"
#include "workloads/measure/method.h"
#include "workloads/measure/resolution.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_ROUNDS       15000000 /* of the program's loop: about 0.03 s */
#define BENCH_VISIT        3        /* pairs one behind the other */
#define BENCH_BETWEEN_MS   2500     /* while `cupel calibrate` is with other programs and CPUs */
#define BENCH_STARTUP_RUNS 40
#define BENCH_THRESHOLD    0.10 /* the scene's */
#define BENCH_SAMPLE_S     0.01 /* what the scene says of a sample, for the block's size */

struct bench {
    struct measure_scene scene;
    size_t evaluations;
    size_t pairs;   /* against itself */
    double seconds; /* of the promise */
    double values[RESOLUTION_RUNS_MOST];
    struct resolution_runs runs;
    size_t found, late, futile, undecided;
    size_t stops; /* pairs until those that were found */
};

static int bench_calibrate(struct bench *bench)
{
    const struct timespec between = {.tv_sec = BENCH_BETWEEN_MS / 1000,
                                     .tv_nsec = BENCH_BETWEEN_MS % 1000 * 1000000L};
    enum metric metric = bench->scene.workload.primary;
    struct figures figures;
    double spent = 0;
    for (size_t i = 0; i < 2 * bench->pairs; i++) {
        struct timespec from, to;
        if (i % (2 * (size_t)BENCH_VISIT) == 0)
            nanosleep(&between, NULL);
        clock_gettime(CLOCK_MONOTONIC, &from);
        if (measure_scene_run(&bench->scene, -1, &figures) < 0)
            return -1;
        clock_gettime(CLOCK_MONOTONIC, &to);
        spent += (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        bench->values[i] = figures.value[metric];
    }
    bench->runs =
        (struct resolution_runs){metric, bench->values, 2 * bench->pairs, spent / (double)bench->pairs};
    return 0;
}

static void bench_account(struct bench *bench, const struct resolution *promise,
                          const struct measurement *measurement)
{
    const struct metric_result *primary = &measurement->metrics[0];
    bool improved = primary->outcome == OUTCOME_IMPROVED;
    bool in_time = primary->pairs_to_verdict <= promise->pairs;
    bench->found += improved && in_time;
    bench->late += improved && !in_time;
    bench->futile += primary->outcome == OUTCOME_NOT_WORTH_IT;
    bench->undecided += primary->outcome == OUTCOME_UNDECIDED;
    bench->stops += improved && in_time ? primary->pairs_to_verdict : 0;
}

static int bench_evaluate(struct bench *bench, const struct resolution *promise, double gain, double startup)
{
    size_t candidate = measure_scene_add(&bench->scene, gain, startup);
    /* A run of as many processes as were joined. */
    bench->scene.workload.block_s = BENCH_SAMPLE_S * (double)promise->joined;
    for (size_t i = 0; i < bench->evaluations; i++) {
        struct measurement measurement = {0};
        if (measure_scene_evaluate(&bench->scene, candidate, 1, &measurement) < 0)
            return -1;
        bench_account(bench, promise, &measurement);
        measurement_fini(&measurement);
        fprintf(stderr, "%zu of %zu: %zu found\n", i + 1, bench->evaluations, bench->found);
    }
    return 0;
}

static int bench_run(struct bench *bench)
{
    double startup = 0;
    if (measure_scene_startup(&bench->scene, BENCH_STARTUP_RUNS, &startup) < 0 || bench_calibrate(bench) < 0)
        return -1;
    struct resolution promise = resolution_find(&bench->runs, bench->seconds, measure_method.win);
    if (promise.excess < 0) {
        printf("no gain of %s could be promised within %.0f s\n", metric_name(bench->scene.workload.primary),
               bench->seconds);
        return 0;
    }
    double gain = resolution_gain(promise.excess, BENCH_THRESHOLD);
    printf("%s, %zu pairs of %.3f s against itself: within %.0f s a gain of %.2f %% is shown, of %.2f %% "
           "recommended (%zu runs as one, %zu pairs, wins after %.1f)\n",
           metric_name(bench->scene.workload.primary), bench->pairs, bench->runs.pair_seconds, bench->seconds,
           100 * resolution_gain(promise.excess, 0), 100 * gain, promise.joined, promise.pairs,
           promise.win_pairs);
    fflush(stdout);
    if (bench_evaluate(bench, &promise, gain, fmax(startup, 0)) < 0)
        return -1;
    printf("%zu of %zu found after %.1f pairs, %zu later than promised, %zu futile, %zu undecided\n",
           bench->found, bench->evaluations, bench->found ? (double)bench->stops / (double)bench->found : 0,
           bench->late, bench->futile, bench->undecided);
    return 0;
}

static int bench_options(struct bench *bench, int argc, char **argv)
{
    static const struct option names[] = {{"evaluations", 1, NULL, 'n'},
                                          {"seconds", 1, NULL, 's'},
                                          {"metric", 1, NULL, 'm'},
                                          {"pairs", 1, NULL, 'p'},
                                          {NULL, 0, NULL, 0}};
    int metric = METRIC_CPU;
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (c == 'n')
            bench->evaluations = strtoul(optarg, NULL, 10);
        else if (c == 's')
            bench->seconds = strtod(optarg, NULL);
        else if (c == 'p')
            bench->pairs = strtoul(optarg, NULL, 10);
        else if (c == 'm')
            metric = metric_by_name(optarg);
        else
            return -1;
    }
    bench->scene.workload.primary = metric < 0 ? METRIC_CPU : (enum metric)metric;
    return metric < 0 || bench->evaluations == 0 || bench->pairs == 0 ||
                   bench->pairs > RESOLUTION_RUNS_MOST / 2
               ? -1
               : 0;
}

int main(int argc, char **argv)
{
    static struct bench bench = {
        .evaluations = 20, .pairs = 45, .seconds = 60, .scene = {.rounds = BENCH_ROUNDS}};
    if (bench_options(&bench, argc, argv) < 0) {
        fprintf(stderr, "usage: bench_resolution [--evaluations N] [--seconds S] [--metric cpu|wall] "
                        "[--pairs N]\n");
        return 2;
    }
    int code = measure_scene_open(&bench.scene);
    if (code != 0)
        return code;
    code = bench_run(&bench);
    if (code < 0)
        fprintf(stderr, "%s\n", bench.scene.err.message);
    measure_scene_close(&bench.scene);
    return code < 0;
}
