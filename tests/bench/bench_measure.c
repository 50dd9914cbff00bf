/*
 * How often the measurement decides rightly, after how many pairs and seconds, beside what usual tools would
 * say: many evaluations of a tunable program in real sandboxes, at no gain and at true gains of the whole
 * process, on the machine as it is and beside neighbours that come and go. Conditions and gains take turns at
 * random, so that drift favours none.
 *
 *     bench_measure [--results FILE] [--evaluations N] [--equal N] [--gain FRACTION]…
 *                   [--condition quiet|neighbours|both] [--metric cpu|wall] [--family N] [--rounds N]
 *                   [--block SECONDS] [--guardrails] [--cold-starts] [--seed N]
 *     bench_measure --summary FILE
 *
 * --evaluations (300) each gain, --equal (600) without a gain; --family measures beside the limit of a batch
 * of N. Each evaluation is followed by ten runs of the base and ten of the candidate. --results appends a
 * line a finished evaluation and goes on from those that are there; an interrupt ends it after the one under
 * way.
 */
#include "tests/bench/measure_neighbours.h"
#include "tests/bench/measure_results.h"
#include "tests/bench/measure_rivals.h"
#include "tests/bench/measure_scene.h"
#include "tests/bench/measure_summary.h"
#include "workloads/measure/plan.h"
#include "workloads/measure/statistics.h"
#include "workloads/measure/tally.h"

#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_GAINS_MOST   (MEASURE_SCENE_GAINS - 1) /* one more is for the share of start-up */
#define BENCH_STARTUP_RUNS 300

struct bench {
    struct measure_scene scene;
    struct neighbours neighbours;
    const char *results_path; /* or NULL */
    const char *summary_path; /* or NULL */
    size_t evaluations, equal;
    double gains[BENCH_GAINS_MOST];
    size_t candidates[BENCH_GAINS_MOST]; /* the scene's number of each gain's */
    size_t gain_count;
    bool conditions[CONDITION_COUNT];
    size_t family;
    uint64_t seed;
    size_t left[CONDITION_COUNT][BENCH_GAINS_MOST]; /* evaluations to go */
    struct results before;                          /* what the file held */
};

static volatile sig_atomic_t bench_interrupted;

static void bench_on_signal(int number)
{
    (void)number;
    bench_interrupted = 1;
}

static double bench_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All that the plan computed for these pairs, once more: one call a pair and the rows at the end. */
static double bench_time_statistics(const struct bench *bench, const struct measurement *measurement)
{
    struct plan plan = {.primary = bench->scene.workload.primary,
                        .minimum_improvement = 0.10,
                        .regression_threshold = 0.05,
                        .limit = plan_limit(bench->family, 0.1),
                        .time_budget_s = 1e9};
    measure_scene_guardrails(&bench->scene, plan.guardrail_delta);
    struct measurement copy = {
        .pairs = measurement->pairs, .pair_count = measurement->pair_count, .seconds = 1};
    double from = bench_clock(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t count = 0; count <= copy.pair_count; count++)
        (void)plan_next(&plan, copy.pairs, count, 1);
    tally_fill(&plan, &copy);
    return 1e3 * (bench_clock(CLOCK_PROCESS_CPUTIME_ID) - from);
}

static void bench_read_measurement(const struct bench *bench, const struct measurement *measurement,
                                   struct result *result)
{
    const struct metric_result *primary = &measurement->metrics[0];
    double early[METHOD_PAIRS_MAX];
    size_t filled = 0;
    result->outcome = primary->outcome;
    result->accepted = primary->outcome == OUTCOME_IMPROVED && !measurement->contract_broken;
    for (size_t i = 1; i < measurement->metric_count; i++)
        result->accepted = result->accepted && measurement->metrics[i].outcome == OUTCOME_HELD;
    for (size_t i = 0; i < measurement->pair_count; i++) {
        const struct pair *pair = &measurement->pairs[i];
        result->guard_pairs += pair->phase == PHASE_GUARD;
        result->quads += pair->quad;
        if (pair->phase == PHASE_DECIDE && filled < measure_method.least)
            early[filled++] = plan_effect(pair, result->metric);
    }
    result->early = statistics_median(early, filled);
    result->pairs = primary->pairs_to_verdict;
    result->e_value = primary->e_value;
    result->seconds = measurement->seconds;
    result->noise = measurement->noise_floor[result->metric];
    result->size = primary->size_pairs > 0 ? primary->gain.point : NAN;
    result->statistics_ms = bench_time_statistics(bench, measurement);
}

/* Ten runs of A, then ten of B, each after one that is thrown away. */
static int bench_run_rivals(struct bench *bench, size_t candidate, struct result *result)
{
    static const enum metric metrics[2] = {METRIC_CPU, METRIC_WALL};
    double values[2][2][RIVALS_RUNS];
    double from = bench_clock(CLOCK_MONOTONIC);
    for (int arm = 0; arm < 2; arm++) {
        for (int run = -1; run < RIVALS_RUNS; run++) {
            struct figures figures;
            if (measure_scene_run(&bench->scene, arm == 0 ? -1 : (int)candidate, &figures) < 0)
                return -1;
            for (int m = 0; m < 2 && run >= 0; m++)
                values[m][arm][run] = figures.value[metrics[m]];
        }
    }
    result->rival_seconds = bench_clock(CLOCK_MONOTONIC) - from;
    for (int m = 0; m < 2; m++) {
        result->saving[m] = rivals_saving(values[m][0], values[m][1], RIVALS_RUNS);
        result->p[m] = rivals_mann_whitney(values[m][0], values[m][1], RIVALS_RUNS);
    }
    return 0;
}

static int bench_evaluate(struct bench *bench, enum condition condition, size_t gain)
{
    size_t candidate = bench->candidates[gain];
    struct measurement measurement = {0};
    struct result result = {.condition = condition,
                            .metric = bench->scene.workload.primary,
                            .gain = bench->gains[gain],
                            .family = bench->family};
    int code = measure_scene_evaluate(&bench->scene, candidate, bench->family, &measurement);
    if (code == 0 && measurement.metric_count > 0) {
        bench_read_measurement(bench, &measurement, &result);
        code = bench_run_rivals(bench, candidate, &result);
        if (code == 0 && bench->results_path)
            code = results_append(bench->results_path, &result, &measurement);
        printf("%s\t%g\t%s\t%zu pairs\t%.2f s\n", condition_names[condition], result.gain,
               metric_outcome_name(result.outcome), result.pairs, result.seconds);
        fflush(stdout);
    }
    measurement_fini(&measurement);
    return code;
}

/* What the file doesn't hold yet. */
static size_t bench_plan(struct bench *bench)
{
    size_t all = 0;
    for (int condition = 0; condition < CONDITION_COUNT; condition++) {
        for (size_t g = 0; g < bench->gain_count && bench->conditions[condition]; g++) {
            size_t done = 0;
            for (size_t i = 0; i < bench->before.count; i++) {
                const struct result *row = &bench->before.rows[i];
                done += row->condition == (enum condition)condition && row->family == bench->family &&
                        row->metric == bench->scene.workload.primary && row->gain == bench->gains[g];
            }
            size_t wanted = bench->gains[g] == 0 ? bench->equal : bench->evaluations;
            bench->left[condition][g] = wanted > done ? wanted - done : 0;
            all += bench->left[condition][g];
        }
    }
    return all;
}

static uint64_t bench_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Each evaluation that is left is as likely as any other to be the next. */
static int bench_turn(struct bench *bench, uint64_t drawn)
{
    for (int condition = 0; condition < CONDITION_COUNT; condition++) {
        for (size_t g = 0; g < bench->gain_count; g++) {
            if (drawn >= bench->left[condition][g]) {
                drawn -= bench->left[condition][g];
                continue;
            }
            bench->left[condition][g]--;
            if (condition == CONDITION_NEIGHBOURS)
                neighbours_resume(&bench->neighbours);
            else
                neighbours_pause(&bench->neighbours);
            return bench_evaluate(bench, (enum condition)condition, g);
        }
    }
    return 0;
}

/* The share of start-up comes from the file where it has one, so that a run taken up has the same gains. */
static int bench_run(struct bench *bench)
{
    double startup = bench->before.startup;
    uint64_t state = bench->seed + bench->before.count;
    if (startup < 0 && measure_scene_startup(&bench->scene, BENCH_STARTUP_RUNS, &startup) < 0)
        return -1;
    if (bench->results_path && bench->before.startup < 0 &&
        results_append_head(bench->results_path, bench->scene.rounds, startup, bench->seed) < 0)
        return -1;
    for (size_t g = 0; g < bench->gain_count; g++)
        bench->candidates[g] = measure_scene_add(&bench->scene, bench->gains[g], startup);
    printf("start-up is %.2f %% of the base\n", 100 * startup);
    for (size_t left = bench_plan(bench); left > 0 && !bench_interrupted; left--) {
        if (bench_turn(bench, bench_random(&state) % left) < 0)
            return -1;
    }
    return 0;
}

static int bench_take_option(struct bench *bench, int option, const char *value)
{
    switch (option) {
    case 'o':
        bench->results_path = value;
        return 0;
    case 's':
        bench->summary_path = value;
        return 0;
    case 'n':
        bench->evaluations = strtoul(value, NULL, 10);
        return 0;
    case 'e':
        bench->equal = strtoul(value, NULL, 10);
        return 0;
    case 'g':
        if (bench->gain_count == BENCH_GAINS_MOST)
            return -1;
        bench->gains[bench->gain_count++] = strtod(value, NULL);
        return 0;
    case 'c':
        bench->conditions[CONDITION_QUIET] = strcmp(value, condition_names[CONDITION_NEIGHBOURS]) != 0;
        bench->conditions[CONDITION_NEIGHBOURS] = strcmp(value, condition_names[CONDITION_QUIET]) != 0;
        return 0;
    case 'm':
        bench->scene.workload.primary = strcmp(value, "wall") == 0 ? METRIC_WALL : METRIC_CPU;
        return strcmp(value, "wall") == 0 || strcmp(value, "cpu") == 0 ? 0 : -1;
    case 'f':
        bench->family = strtoul(value, NULL, 10);
        return bench->family > 0 ? 0 : -1;
    case 'r':
        bench->scene.rounds = strtol(value, NULL, 10);
        return 0;
    case 'b':
        bench->scene.workload.block_s = strtod(value, NULL);
        return 0;
    case 'G':
        bench->scene.guardrails = true;
        return 0;
    case 'C':
        bench->scene.cold_starts = true;
        return 0;
    case 'S':
        bench->seed = strtoull(value, NULL, 10);
        return 0;
    default:
        return -1;
    }
}

static int bench_options(struct bench *bench, int argc, char **argv)
{
    static const struct option names[] = {{"results", 1, NULL, 'o'},     {"summary", 1, NULL, 's'},
                                          {"evaluations", 1, NULL, 'n'}, {"equal", 1, NULL, 'e'},
                                          {"gain", 1, NULL, 'g'},        {"condition", 1, NULL, 'c'},
                                          {"metric", 1, NULL, 'm'},      {"family", 1, NULL, 'f'},
                                          {"rounds", 1, NULL, 'r'},      {"block", 1, NULL, 'b'},
                                          {"guardrails", 0, NULL, 'G'},  {"cold-starts", 0, NULL, 'C'},
                                          {"seed", 1, NULL, 'S'},        {NULL, 0, NULL, 0}};
    static const double gains[] = {0, 0.05, 0.10, 0.15, 0.20};
    *bench = (struct bench){.evaluations = 300,
                            .equal = 600,
                            .conditions = {true, true},
                            .family = 1,
                            .seed = 1,
                            .scene = {.rounds = 5000000, .workload = {.primary = METRIC_CPU}}};
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (bench_take_option(bench, c, optarg) < 0)
            return -1;
    }
    for (size_t i = 0; bench->gain_count == i && i < sizeof gains / sizeof *gains; i++)
        bench->gains[bench->gain_count++] = gains[i];
    return optind == argc ? 0 : -1;
}

static int bench_summarise(const char *path)
{
    struct results results;
    int code = results_load(&results, path);
    if (code == 0)
        summary_print(&results, stdout);
    results_fini(&results);
    return code < 0;
}

/* Goes on from the results that are there: with the same program and the same gains. */
static int bench_take_up(struct bench *bench)
{
    bench->before.startup = -1;
    if (bench->results_path && results_load(&bench->before, bench->results_path) < 0)
        return -1;
    if (bench->before.rounds > 0)
        bench->scene.rounds = bench->before.rounds;
    return 0;
}

static int bench_prepare(struct bench *bench)
{
    struct sigaction action = {.sa_handler = bench_on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Forked beside an open loop, of which they need nothing: they are only ever killed. */
    if (bench->conditions[CONDITION_NEIGHBOURS] &&
        neighbours_start(&bench->neighbours, bench->seed + bench->before.count) < 0) {
        perror("neighbours");
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (bench_options(&bench, argc, argv) < 0) {
        fprintf(stderr,
                "usage: bench_measure [--results FILE] [--evaluations N] [--equal N] [--gain FRACTION]...\n"
                "           [--condition quiet|neighbours|both] [--metric cpu|wall] [--family N]\n"
                "           [--rounds N] [--block SECONDS] [--guardrails]\n"
                "           [--cold-starts] [--seed N]\n"
                "       bench_measure --summary FILE\n");
        return 2;
    }
    if (bench.summary_path)
        return bench_summarise(bench.summary_path);
    if (bench_take_up(&bench) < 0)
        return 1;
    int code = measure_scene_open(&bench.scene);
    if (code != 0)
        return code;
    code = bench_prepare(&bench);
    if (code == 0)
        code = bench_run(&bench);
    if (bench.scene.err.code)
        fprintf(stderr, "%s\n", bench.scene.err.message);
    neighbours_end(&bench.neighbours);
    measure_scene_close(&bench.scene);
    results_fini(&bench.before);
    if (code == 0 && bench.results_path)
        return bench_summarise(bench.results_path);
    return code < 0 ? 1 : code;
}
