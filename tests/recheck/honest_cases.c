#include "tests/recheck/honest.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bend_nothing(struct evidence *evidence, struct policy *policy)
{
    (void)evidence;
    (void)policy;
}

static void bend_error(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->error = memory_copy_string("sandbox: no space left on device");
}

static void bend_apply(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence_fini(evidence);
    case_empty(evidence);
    case_fail(evidence, STAGE_INTAKE, "src/a.c: hunk 2 does not match", NULL);
}

static void bend_refused(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    case_add_refusal(evidence, "cupel.json", 3, "touch.forbidden_paths: cupel.json",
                     "cupel.json may not change");
    case_fail(evidence, STAGE_SCREEN, "1 refusal", NULL);
}

/* Counted, and it tries what the base never does. */
static void bend_suspicious(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct workload_evidence *workload = &evidence->workloads[0];
    workload->counted = true;
    for (int arm = 0; arm < 2; arm++) {
        struct counts *counts = &workload->counts[arm];
        counts->samples = 3;
        counts->rows = memory_zeroed(2 * sizeof *counts->rows);
        counts->rows[counts->row_count++] =
            (struct counts_row){.call = memory_copy_string("socket(AF_INET)"), .count = 3, .steady = true};
        counts->totals[COUNTS_YIELDS] = (struct counts_total){.value = SANDBOX_UNKNOWN};
        counts->totals[COUNTS_WRITTEN_BYTES] = (struct counts_total){.value = 4711, .steady = true};
        counts->totals[COUNTS_INSTRUCTIONS] = (struct counts_total){.value = 123456789012, .steady = true};
        counts->calls = (struct calls){.total = 812, .known = true, .steady = true};
        counts->simulated = (struct counts_total){.value = arm ? SANDBOX_UNKNOWN : 22967779, .steady = true};
        counts->simulated_samples = 3;
        counts->calls.rows = memory_zeroed(sizeof *counts->calls.rows);
        counts->calls.rows[counts->calls.row_count++] =
            (struct calls_row){.call = memory_copy_string("read"), .count = 812, .steady = true};
    }
    struct counts *candidate = &workload->counts[ARM_CANDIDATE];
    candidate->rows[candidate->row_count++] =
        (struct counts_row){.call = memory_copy_string("ptrace"), .count = 2, .steady = true};
}

/* A build that asks for the network; its base only meets it in its tests, where it ends early. */
static void bend_build_attempts(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->commands = memory_zeroed(2 * sizeof *evidence->commands);
    evidence->command_count = 2;
    evidence->commands[0] = (struct command_evidence){
        .stage = STAGE_BUILD, .command = memory_copy_string("make -j2"), .ran = {true, true}};
    evidence->commands[1] = (struct command_evidence){
        .stage = STAGE_TESTS, .command = memory_copy_string("tests/run \xc3"), .ran = {true, false}};
    struct counts *const counted[] = {&evidence->commands[0].counts[ARM_CANDIDATE],
                                      &evidence->commands[1].counts[ARM_BASE]};
    for (size_t i = 0; i < 2; i++) {
        counted[i]->rows = memory_zeroed(sizeof *counted[i]->rows);
        counted[i]->row_count = 1;
        counted[i]->rows[0] =
            (struct counts_row){.call = memory_copy_string("ptrace"), .count = 7, .steady = true};
    }
}

static void bend_leftovers(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct measurement *measurement = &evidence->workloads[0].measurement;
    measurement->answers[ARM_BASE] = measurement->answers[ARM_CANDIDATE] = 300;
    measurement->left_behind[ARM_CANDIDATE] = 240;
}

static struct stratum_pair *honest_samples(size_t count, double ratio)
{
    struct stratum_pair *samples = memory_zeroed(count * sizeof *samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = (struct stratum_pair){0.001 * (double)(i + 1), 0.001 * (double)(i + 1) * ratio};
    return samples;
}

/* A gain on visible samples; on held-out ones `ratio`. */
static void honest_hold_out(struct evidence *evidence, double ratio)
{
    struct workload_evidence *workload = &evidence->workloads[0];
    struct held_out *held_out = &workload->measurement.held_out;
    workload->held_out_digest = memory_copy_string(workload->samples_digest);
    workload->held_out_count = 9;
    workload->held_out_visible = 1;
    held_out->outcome = HELD_OUT_UNCLEAR;
    held_out->pair_count = 12;
    held_out->pairs = memory_zeroed(held_out->pair_count * sizeof *held_out->pairs);
    for (size_t i = 0; i < held_out->pair_count; i++) {
        double noise = 1 + 0.001 * (double)(i % 5);
        held_out->pairs[i] = (struct held_out_pair){{0.01, 0.008 * noise}, {0.012, 0.012 * ratio * noise}};
    }
    held_out->strata = memory_zeroed(2 * sizeof *held_out->strata);
    held_out->stratum_count = 2;
    held_out->strata[0] = (struct held_out_stratum){.name = memory_copy_string("sorted"),
                                                    .weight = 0.75,
                                                    .visible = honest_samples(12, 0.8),
                                                    .visible_count = 12,
                                                    .held_out = honest_samples(8, ratio),
                                                    .held_out_count = 8};
    held_out->strata[1] = (struct held_out_stratum){.name = memory_copy_string("empty"),
                                                    .weight = 0.25,
                                                    .visible = honest_samples(2, 0.8),
                                                    .visible_count = 2};
}

static void bend_overfits(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_hold_out(evidence, 0.995);
}

static void bend_confirmed(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_hold_out(evidence, 0.81);
}

/* Only what a run asks again is faster. */
static void honest_repeat(struct evidence *evidence)
{
    struct signal *signal = &evidence->workloads[0].measurement.signals[SIGNAL_REPEATS];
    signal->pair_count = 12;
    signal->pairs = memory_zeroed(signal->pair_count * sizeof *signal->pairs);
    for (size_t i = 0; i < signal->pair_count; i++)
        signal->pairs[i] = (struct signal_pair){{0.01, 0.01 + 0.00001 * (double)(i % 5)}, {0.01, 0.006}};
    signal->pairs[5].later.base = -1;
}

static void bend_repeats(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_repeat(evidence);
}

static void bend_replays(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_repeat(evidence);
    evidence->workloads[0].cache = WORKLOAD_CACHE_REPLAY;
    evidence->workloads[0].cache_declared = true;
}

static void bend_build(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    case_fail(evidence, STAGE_BUILD, "make exited with 2", "src/a.c:3: error: expected ';'\n");
}

static void bend_start(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->start_failed = true;
    case_fail(evidence, STAGE_CONTRACT, "build/summary: no such file", NULL);
}

static void bend_tests(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    case_fail(evidence, STAGE_TESTS, "ctest exited with 8", "1 of 3 failed\n");
}

static void bend_identical(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->identical = true;
    evidence->identical_why = memory_copy_string("both trees are 89abcdef");
}

static void bend_contract(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct contract_summary *contract = &evidence->workloads[0].contract;
    case_add_finding(&evidence->workloads[0], CLASS_EMPTIED, "/items/*/tags", "[\"a\",\"b\"]", NULL);
    case_add_reproduction(&evidence->workloads[0], "{\"id\": \"s-17\", \"stdin\": \"{\\\"n\\\":0}\"}", NULL);
    case_add_finding(&evidence->workloads[0], CLASS_KEY_ORDER, "", "{}", "{}");
    case_add_reproduction(&evidence->workloads[0], NULL, "the sample is held out");
    contract->excuses = memory_zeroed(sizeof *contract->excuses);
    contract->excuses[contract->excuse_count++] = (struct excuse){.part = memory_copy_string("stdout"),
                                                                  .pattern = memory_copy_string("/at"),
                                                                  .by = memory_copy_string("learned noise"),
                                                                  .count = 17,
                                                                  .evidence = 3,
                                                                  .asked = 600,
                                                                  .class = CLASS_VALUE};
    contract->unused_rules = case_strings("noisy at /never");
    contract->findings[0].remark = memory_copy_string(
        "the base treats 0, \"\" and an absent `status` alike; the candidate no longer does");
    evidence->workloads[0].edges = (struct edge_counts){.planned = 212,
                                                        .tried = 200,
                                                        .compared = 190,
                                                        .refused = 21,
                                                        .unstable = 1,
                                                        .crashed = 6,
                                                        .not_compared = 3,
                                                        .different = 17,
                                                        .left_out = 99};
    case_fail(evidence, STAGE_CONTRACT, "1 difference in the answers", NULL);
}

static void bend_regression(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_set_pairs(&evidence->workloads[0], 12, 0, 1.2);
}

static void bend_guardrail(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct measurement *measurement = &evidence->workloads[0].measurement;
    for (size_t i = 5; i < measurement->pair_count; i++)
        measurement->pairs[i].candidate.value[METRIC_WALL] *= 1.6;
}

static void bend_stratum(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_add_stratum(&evidence->workloads[0], "sorted", 0.6);
    honest_add_stratum(&evidence->workloads[0], "reversed", 1.3);
    struct workload_evidence *workload = &evidence->workloads[0];
    case_add_coverage(workload, "ref\nunds", 0.12, 0, 0);
    case_add_coverage(workload, "unknown", -1, 4, 3);
    workload->coverage.fixed = case_strings("/page/size");
    workload->coverage.fixed_dropped = 3;
    workload->contract.missed[MISSED_CUT] = 2;
    workload->contract.missed[MISSED_EMPTY] = 1;
    workload->contract.not_compared = 3;
    workload->contract.unwritten = case_strings("out.json");
    workload->contract.more_kinds = true;
}

/* Without a guardrail of memory its figures still stand in the report, since the budget is judged by them. */
static void bend_budget(struct evidence *evidence, struct policy *policy)
{
    (void)evidence;
    policy->guardrail[METRIC_PEAK_MEMORY] = -1;
    policy->budget[METRIC_PEAK_MEMORY] = 1 << 20;
}

static void bend_unstable(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->workloads[0].measurement.base_unstable = true;
}

static void bend_undecided(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_set_pairs(&evidence->workloads[0], 7, 0, 0.9);
}

static void bend_no_figure(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct measurement *measurement = &evidence->workloads[0].measurement;
    measurement->pair_count = 1;
    measurement->pairs[0].base.value[METRIC_CPU] = -1;
    measurement->pairs[0].candidate.value[METRIC_CPU] = -1;
}

static void bend_unproven(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct measurement *measurement = &evidence->workloads[0].measurement;
    for (size_t i = 5; i < measurement->pair_count; i++)
        measurement->pairs[i].candidate.value[METRIC_WALL] =
            measurement->pairs[i].base.value[METRIC_WALL] * (i % 2 == 0 ? 1.2 : 0.9);
}

static void bend_useless(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    honest_set_pairs(&evidence->workloads[0], 8, 0, 0.99);
}

/* A worker whose start-up took over more than its runs save. */
static void bend_moved(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct workload_evidence *workload = &evidence->workloads[0];
    workload->kind = &workload_worker;
    for (size_t i = 0; i < workload->measurement.pair_count; i++) {
        struct pair *pair = &workload->measurement.pairs[i];
        bool noise = pair->phase == PHASE_NOISE;
        for (int metric = METRIC_LATENCY_P50; metric <= METRIC_LATENCY_P99; metric++)
            pair->base.value[metric] = pair->candidate.value[metric] = -1;
        pair->base.value[METRIC_STARTUP] = 0.02;
        pair->candidate.value[METRIC_STARTUP] = noise ? 0.021 : 0.05;
        pair->base.value[METRIC_CPU_AFTER] = pair->candidate.value[METRIC_CPU_AFTER] = 0.003;
    }
}

static void bend_isolation(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    evidence->full_isolation = false;
    evidence->isolation_why = memory_copy_string("no user namespaces");
}

static void bend_no_regression(struct evidence *evidence, struct policy *policy)
{
    policy->intent = INTENT_NO_REGRESSION;
    honest_set_pairs(&evidence->workloads[0], 20, 0, 0.99);
}

/* Asked before, on another machine, and settled then. */
static void bend_continued(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct measurement *measurement = &evidence->workloads[0].measurement;
    measurement->continues = (struct continued){.pairs = measurement->pair_count,
                                                .evaluation = memory_copy_string("0123456789ab"),
                                                .at = memory_copy_string("2026-02-28T23:59:59.999Z"),
                                                .environment = memory_copy_string("another CPU")};
}

/* One improves, the other holds and is quad. */
static void bend_two_workloads(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct workload_evidence *second =
        case_add_workload(evidence, "rank \xe2\x9c\x94", 0.3, OUTCOME_UNDECIDED);
    honest_set_pairs(second, 20, 0, 0.95);
    for (size_t i = 5; i < second->measurement.pair_count; i++)
        second->measurement.pairs[i].quad = true;
}

static void bend_unmeasured(struct evidence *evidence, struct policy *policy)
{
    (void)policy;
    struct workload_evidence *workload = &evidence->workloads[0];
    measurement_fini(&workload->measurement);
    workload->measured = false;
    workload->measurement.stopped = memory_copy_string("the budget was spent");
}

const struct honest_case honest_cases[] = {
    {"recommended", VERDICT_RECOMMENDED, bend_nothing},
    {"two workloads", VERDICT_RECOMMENDED, bend_two_workloads},
    {"growth", VERDICT_RECOMMENDED, honest_add_curve},
    {"layout", VERDICT_RECOMMENDED, honest_add_layout},
    {"asked before", VERDICT_RECOMMENDED, bend_continued},
    {"no regression", VERDICT_RECOMMENDED, bend_no_regression},
    {"error", VERDICT_ERROR, bend_error},
    {"does not apply", VERDICT_DOES_NOT_APPLY, bend_apply},
    {"refused", VERDICT_REFUSED, bend_refused},
    {"tries what the base never does", VERDICT_SUSPICIOUS, bend_suspicious},
    {"builds with what the base never does", VERDICT_SUSPICIOUS, bend_build_attempts},
    {"leaves work behind", VERDICT_SUSPICIOUS, bend_leftovers},
    {"gains on visible samples only", VERDICT_SUSPICIOUS, bend_overfits},
    {"gains on held-out samples", VERDICT_RECOMMENDED, bend_confirmed},
    {"gains on repeats only", VERDICT_SUSPICIOUS, bend_repeats},
    {"gains on repeats that production has", VERDICT_RECOMMENDED, bend_replays},
    {"moves work into its start-up", VERDICT_SUSPICIOUS, bend_moved},
    {"does not build", VERDICT_DOES_NOT_BUILD, bend_build},
    {"does not start", VERDICT_DOES_NOT_START, bend_start},
    {"tests failed", VERDICT_TESTS_FAILED, bend_tests},
    {"identical", VERDICT_NO_EFFECT, bend_identical},
    {"contract broken", VERDICT_CONTRACT_BROKEN, bend_contract},
    {"regression", VERDICT_REGRESSION, bend_regression},
    {"guardrail broken", VERDICT_GUARDRAIL_BROKEN, bend_guardrail},
    {"stratum harmed", VERDICT_GUARDRAIL_BROKEN, bend_stratum},
    {"budget broken", VERDICT_GUARDRAIL_BROKEN, bend_budget},
    {"base unstable", VERDICT_INCONCLUSIVE, bend_unstable},
    {"undecided", VERDICT_INCONCLUSIVE, bend_undecided},
    {"no figure", VERDICT_INCONCLUSIVE, bend_no_figure},
    {"not measured", VERDICT_INCONCLUSIVE, bend_unmeasured},
    {"weak isolation", VERDICT_INCONCLUSIVE, bend_isolation},
    {"guardrail unproven", VERDICT_GUARDRAIL_UNPROVEN, bend_unproven},
    {"not worth it", VERDICT_NOT_WORTH_IT, bend_useless},
};
const size_t honest_case_count = sizeof honest_cases / sizeof *honest_cases;

const struct honest_case *honest_find(const char *name)
{
    for (size_t i = 0; i < honest_case_count; i++)
        if (strcmp(honest_cases[i].name, name) == 0)
            return &honest_cases[i];
    fail_msg("no case \"%s\"", name);
    return NULL;
}
