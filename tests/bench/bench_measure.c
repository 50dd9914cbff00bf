/*
 * How often the measurement decides rightly, and after how many pairs: many evaluations of a tunable
 * CPU-bound program in real sandboxes, at no gain and at a true gain.
 *
 *     bench_measure [--evaluations N] [--gain FRACTION]… [--rounds N] [--metric cpu|wall] [--block SECONDS]
 *
 * Prints a line a gain: wins, futile, undecided, pairs until the primary's stop, and what the statistics
 * alone cost.
 */
#include "tests/workloads/real_sandbox.h"
#include "workloads/measure/measure.h"
#include "workloads/measure/plan.h"
#include "workloads/measure/tally.h"

#include "base/memory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_GAINS_MOST 8

struct bench {
    struct real_sandbox real;
    struct sample_set set;
    struct workload workload;
    struct arm slow, fast; /* base and candidate with their own layers */
    const char *fast_layers[2];
    struct reference reference;
    struct contract *contract;
    size_t evaluations;
    double gains[BENCH_GAINS_MOST];
    size_t gain_count;
    long rounds;                         /* of the program's loop in the base */
    size_t wins, futile, undecided, odd; /* of the gain under way */
    size_t pairs, most_pairs, guard_pairs;
    size_t unproven, broken;              /* evaluations with such a guardrail */
    double point;                         /* sum of the sizes found */
    double noise, seconds, statistics_ms; /* sums over evaluations */
    double gain;                          /* under way */
    struct err err;
};

static void bench_account(struct bench *bench, struct measurement *measurement)
{
    const struct metric_result *primary = &measurement->metrics[0];
    bench->wins += primary->outcome == OUTCOME_IMPROVED;
    bench->futile += primary->outcome == OUTCOME_NOT_WORTH_IT || primary->outcome == OUTCOME_REGRESSED;
    bench->undecided += primary->outcome == OUTCOME_UNDECIDED;
    bench->odd += measurement->contract_broken || measurement->base_unstable;
    bench->pairs += primary->pairs_to_verdict;
    if (primary->pairs_to_verdict > bench->most_pairs)
        bench->most_pairs = primary->pairs_to_verdict;
    if (primary->size_pairs > 0)
        bench->point += primary->gain.point;
    for (size_t i = 0; i < measurement->pair_count; i++)
        bench->guard_pairs += measurement->pairs[i].phase == PHASE_GUARD;
    bool open = false;
    bool broken = false;
    for (size_t i = 1; i < measurement->metric_count; i++) {
        open = open || measurement->metrics[i].outcome == OUTCOME_UNPROVEN;
        broken = broken || measurement->metrics[i].outcome == OUTCOME_BROKEN;
    }
    bench->unproven += open && primary->outcome == OUTCOME_IMPROVED;
    bench->broken += broken;
    bench->noise += measurement->noise_floor[primary->metric];
    bench->seconds += measurement->seconds;
}

/* All that the plan computed for these pairs, once more: one call a pair and the rows at the end. */
static double bench_time_statistics(const struct measurement *measurement, enum metric primary)
{
    struct plan plan = {.primary = primary,
                        .minimum_improvement = 0.10,
                        .regression_threshold = 0.05,
                        .guardrail_delta = {-1, 0.05, 0.05, -1, -1, -1},
                        .limit = plan_limit(1, 0.1),
                        .time_budget_s = 1e9};
    struct measurement copy = {
        .pairs = measurement->pairs, .pair_count = measurement->pair_count, .seconds = 1};
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (size_t count = 0; count <= copy.pair_count; count++)
        (void)plan_next(&plan, copy.pairs, count, 1);
    tally_fill(&plan, &copy);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

static void bench_on_done(struct measurement *measurement, const struct err *err, void *data)
{
    struct bench *bench = data;
    if (err) {
        bench->err = *err;
        return;
    }
    bench_account(bench, measurement);
    bench->statistics_ms += bench_time_statistics(measurement, bench->workload.primary);
}

static int bench_evaluate(struct bench *bench)
{
    struct measure *measure = NULL;
    struct measure_input input = {
        .context = &bench->real.context,
        .workload = &bench->workload,
        .samples = &bench->set,
        .base = &bench->slow,
        .candidate = &bench->fast,
        .reference = &bench->reference,
        .contract = bench->contract,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .guardrail_delta = {-1, 0.05, 0.05, -1, -1, -1},
        .weight_share = 1,
        .time_budget_s = 600,
        .sample_seconds = 0.03,
        .family_size = 1,
        .false_discovery_rate = 0.1,
        .done = bench_on_done,
        .data = bench,
    };
    input.guardrail_delta[bench->workload.primary] = -1;
    if (measure_start(&measure, &input, &bench->err) < 0)
        return -1;
    uv_run(&bench->real.loop, UV_RUN_DEFAULT);
    return bench->err.code ? -1 : 0;
}

/* Both arms run the same binary; a file that differs says how much to do. Its answer doesn't depend on that.
 */
static void bench_write_rounds(const struct bench *bench, const char *layer, double share)
{
    char path[64];
    char text[32];
    snprintf(path, sizeof path, "%s/rounds", layer);
    snprintf(text, sizeof text, "%ld\n", (long)((double)bench->rounds * share));
    real_sandbox_write(&bench->real, path, text, 0644);
}

static int bench_gain(struct bench *bench, double gain)
{
    bench->gain = gain;
    bench->wins = bench->futile = bench->undecided = bench->odd = 0;
    bench->pairs = bench->most_pairs = bench->guard_pairs = bench->unproven = bench->broken = 0;
    bench->point = 0;
    bench->noise = bench->seconds = bench->statistics_ms = 0;
    bench_write_rounds(bench, "layer", 1);
    bench_write_rounds(bench, "fast", 1 - gain);
    for (size_t i = 0; i < bench->evaluations; i++) {
        if (bench_evaluate(bench) < 0)
            return -1;
    }
    double n = (double)bench->evaluations;
    printf(
        "%4.0f%% %5zu %5zu %6zu %9zu %4zu  %5.2f %4zu %6.2f %8zu %6zu  %5.2f%%  %6.2f%%  %5.2f s  %.3f ms\n",
        100 * gain, bench->evaluations, bench->wins, bench->futile, bench->undecided, bench->odd,
        (double)bench->pairs / n, bench->most_pairs, (double)bench->guard_pairs / n, bench->unproven,
        bench->broken, 100 * bench->noise / n, bench->wins ? 100 * bench->point / (double)bench->wins : 0,
        bench->seconds / n, bench->statistics_ms / n);
    fflush(stdout);
    return 0;
}

static int bench_options(struct bench *bench, int argc, char **argv)
{
    static const struct option names[] = {{"evaluations", 1, NULL, 'n'}, {"gain", 1, NULL, 'g'},
                                          {"rounds", 1, NULL, 'r'},      {"metric", 1, NULL, 'm'},
                                          {"block", 1, NULL, 'b'},       {NULL, 0, NULL, 0}};
    int metric = METRIC_CPU;
    bench->evaluations = 100;
    bench->rounds = 15000000;
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (c == 'n')
            bench->evaluations = strtoul(optarg, NULL, 10);
        else if (c == 'g' && bench->gain_count < BENCH_GAINS_MOST)
            bench->gains[bench->gain_count++] = strtod(optarg, NULL);
        else if (c == 'r')
            bench->rounds = strtol(optarg, NULL, 10);
        else if (c == 'b')
            bench->workload.block_s = strtod(optarg, NULL);
        else if (c == 'm')
            metric = metric_by_name(optarg);
        else
            return -1;
    }
    if (bench->gain_count == 0) {
        bench->gains[bench->gain_count++] = 0;
        bench->gains[bench->gain_count++] = 0.20;
    }
    bench->workload.primary = (enum metric)metric;
    return metric < 0 || bench->evaluations == 0 ? -1 : 0;
}

static void bench_prepare(struct bench *bench)
{
    static char program[] = "/samples/spin";
    static char *run[] = {program, NULL};
    static char *none[] = {NULL};
    static char name[] = "spin";
    static char all[] = "all";
    static struct sample sample = {
        .id = name, .args = none, .environment = none, .stratum = all, .weight = 1};
    static char expected[] = "{\"done\":true}\n";
    struct answer *answer = MEMORY_NEW(struct answer);
    bench->set = (struct sample_set){.items = &sample, .count = 1, .folder = bench->real.samples};
    bench->workload.name = name;
    bench->workload.kind = &workload_command;
    bench->workload.run = run;
    bench->workload.outputs = none;
    bench->workload.timeout_s = 30;
    bench->workload.memory_bytes = UINT64_C(1) << 30;
    *answer = (struct answer){.ended = true, .ending = "exit status 0", .error.present = true};
    answer->out = (struct answer_part){memory_copy_string(expected), strlen(expected), true, false};
    bench->reference = (struct reference){.answers = answer, .count = 1};
    bench->contract = contract_new(&bench->workload, NULL);
}

static int bench_open(struct bench *bench)
{
    char command[512];
    char fast[96];
    int code = real_sandbox_open(&bench->real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (code != 0)
        return code;
    snprintf(command, sizeof command, "cp %s %s/spin && chmod 755 %s/spin && mkdir -m 755 %s/fast",
             BENCH_SPIN, bench->real.samples, bench->real.samples, bench->real.root);
    if (system(command) != 0)
        return 1;
    snprintf(fast, sizeof fast, "%s/fast", bench->real.root);
    bench->fast_layers[0] = memory_copy_string(fast);
    bench->slow = bench->real.base;
    bench->fast = bench->real.candidate;
    bench->fast.layers = bench->fast_layers;
    return 0;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (bench_options(&bench, argc, argv) < 0) {
        fprintf(stderr, "usage: bench_measure [--evaluations N] [--gain FRACTION]... [--rounds N] "
                        "[--metric cpu|wall] [--block SECONDS]\n");
        return 2;
    }
    int code = bench_open(&bench);
    if (code != 0)
        return code;
    bench_prepare(&bench);
    printf(" gain     n  wins futile undecided  odd  pairs most  guard unproven broken   noise   found     "
           "each  "
           "statistics\n");
    for (size_t i = 0; i < bench.gain_count && code == 0; i++)
        code = bench_gain(&bench, bench.gains[i]);
    if (code < 0)
        fprintf(stderr, "%s\n", bench.err.message);
    contract_free(bench.contract);
    reference_fini(&bench.reference);
    real_sandbox_close(&bench.real);
    return code < 0;
}
