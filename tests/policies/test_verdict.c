/* Every verdict, its precedence over the others, and the exact sentence that a person reads. */
#include "base/memory.h"
#include "policies/figure.h"
#include "policies/foreign.h"
#include "policies/judge.h"
#include "tests/report/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bend_nothing(struct evidence *evidence)
{
    (void)evidence;
}

static void bend_error(struct evidence *evidence)
{
    evidence->error = memory_copy_string("mount overlay: no space left on device");
}

static void bend_intake(struct evidence *evidence)
{
    free(evidence->candidate_tree);
    evidence->candidate_tree = NULL;
    case_fail(evidence, STAGE_INTAKE, "src/a.c, hunk 2: line 41 is \"x\", not \"y\"", NULL);
}

static void bend_refused(struct evidence *evidence)
{
    case_add_refusal(evidence, "cupel.json", 3, "touch.forbidden_paths: cupel.json", "may not be changed");
    case_add_refusal(evidence, "samples/a.jsonl", 0, "touch.forbidden_paths: samples/", "may not be changed");
}

static void bend_suspicious(struct evidence *evidence)
{
    evidence->suspicions = case_strings("the candidate tried to reach 10.0.0.1");
}

static void bend_build(struct evidence *evidence)
{
    case_fail(evidence, STAGE_BUILD, "make ended with exit status 2", "a.c:1: error");
}

static void bend_start(struct evidence *evidence)
{
    evidence->start_failed = true;
    case_fail(evidence, STAGE_CONTRACT, "build/summary: no such file", NULL);
}

static void bend_tests(struct evidence *evidence)
{
    case_fail(evidence, STAGE_TESTS, "ctest ended with exit status 8", NULL);
}

static void bend_identical(struct evidence *evidence)
{
    evidence->identical = true;
    evidence->identical_why = memory_copy_string("the built trees are the same");
}

static void bend_contract(struct evidence *evidence)
{
    case_add_finding(evidence->workloads, CLASS_VALUE, "/total", "1", "2");
    case_add_finding(evidence->workloads, CLASS_EMPTIED, "/items", "[1]", "[]");
    case_add_finding(evidence->workloads, CLASS_NUMBER_SPELLING, "/n", "1.0", "1");
}

static void bend_timed(struct evidence *evidence)
{
    evidence->workloads->measurement.contract_broken = true;
}

static void bend_regressed(struct evidence *evidence)
{
    struct metric_result *primary = &evidence->workloads->measurement.metrics[0];
    primary->outcome = OUTCOME_REGRESSED;
    primary->gain = (struct gain){true, -0.081, -0.093, -0.070};
}

static void bend_guardrail(struct evidence *evidence)
{
    struct metric_result *memory = &evidence->workloads->measurement.metrics[2];
    memory->outcome = OUTCOME_BROKEN;
    memory->gain = (struct gain){true, -0.4, -0.45, -0.35};
}

static void bend_workload(struct evidence *evidence)
{
    struct workload_evidence *rank = case_add_workload(evidence, "rank", 0.3, OUTCOME_REGRESSED);
    rank->measurement.metrics[0].gain = (struct gain){true, -0.081, -0.093, -0.070};
}

static void bend_stratum(struct evidence *evidence)
{
    case_add_stratum(evidence->workloads, "small", 0.96, 0.17, false);
    case_add_stratum(evidence->workloads, "large", 0.04, -0.312, true);
}

static void bend_unstable(struct evidence *evidence)
{
    struct measurement *measurement = &evidence->workloads->measurement;
    free(measurement->stopped);
    measurement->base_unstable = true;
    measurement->stopped = memory_copy_string("the base's own answers to sample \"s-1\" differ");
}

static void bend_stage(struct evidence *evidence)
{
    case_fail(evidence, STAGE_WORKTREES, "the overlay went away", NULL);
}

static void bend_not_compared(struct evidence *evidence)
{
    evidence->workloads->contract.not_compared = 1200;
}

static void bend_not_measured(struct evidence *evidence)
{
    evidence->workloads->measured = false;
}

static void bend_no_workload(struct evidence *evidence)
{
    evidence->workload_count = 0;
    free(evidence->workloads->name);
    free(evidence->workloads->samples_digest);
    measurement_fini(&evidence->workloads->measurement);
    coverage_fini(&evidence->workloads->coverage);
}

static void bend_no_figure(struct evidence *evidence)
{
    evidence->workloads->measurement.metrics[0].outcome = OUTCOME_UNAVAILABLE;
}

static void bend_undecided(struct evidence *evidence)
{
    struct metric_result *primary = &evidence->workloads->measurement.metrics[0];
    primary->outcome = OUTCOME_UNDECIDED;
    primary->pairs_to_verdict = 60;
    primary->gain = (struct gain){true, 0.092, -0.003, 0.187};
}

static void bend_weight(struct evidence *evidence)
{
    evidence->workloads->measurement.metrics[0].e_value = 21;
    case_add_workload(evidence, "rank", 0.3, OUTCOME_NOT_WORTH_IT);
}

static void bend_unproven(struct evidence *evidence)
{
    evidence->workloads->measurement.metrics[1].outcome = OUTCOME_UNPROVEN;
}

static void bend_no_guardrail(struct evidence *evidence)
{
    evidence->workloads->measurement.metric_count = 2;
}

static void bend_other_unproven(struct evidence *evidence)
{
    struct workload_evidence *rank = case_add_workload(evidence, "rank", 0.3, OUTCOME_UNDECIDED);
    case_set_pairs(rank, 3, 1.0);
}

static void bend_futile(struct evidence *evidence)
{
    struct metric_result *primary = &evidence->workloads->measurement.metrics[0];
    primary->outcome = OUTCOME_NOT_WORTH_IT;
    primary->gain = (struct gain){true, 0.012, -0.003, 0.027};
    primary->e_real = 3;
}

static void bend_isolation(struct evidence *evidence)
{
    evidence->full_isolation = false;
    evidence->isolation_why = memory_copy_string("no cgroup for memory");
}

/* In order of precedence: each row must win over all rows below it, bent together. */
static const struct {
    void (*bend)(struct evidence *evidence);
    enum verdict verdict;
    const char *reason;
} rows[] = {
    {bend_error, VERDICT_ERROR,
     "The evaluation failed, not the patch: mount overlay: no space left on device."},
    {bend_intake, VERDICT_DOES_NOT_APPLY,
     "The patch does not apply: src/a.c, hunk 2: line 41 is \"x\", not \"y\"."},
    {bend_refused, VERDICT_REFUSED,
     "Policy default refuses it: cupel.json:3: may not be changed (and 1 more)."},
    {bend_suspicious, VERDICT_SUSPICIOUS,
     "The candidate tries to game its evaluation: the candidate tried to reach 10.0.0.1."},
    {bend_build, VERDICT_DOES_NOT_BUILD, "It does not build: make ended with exit status 2."},
    {bend_start, VERDICT_DOES_NOT_START, "The patched program does not start: build/summary: no such file."},
    {bend_tests, VERDICT_TESTS_FAILED,
     "The project's own tests fail with the patch: ctest ended with exit status 8."},
    {bend_identical, VERDICT_NO_EFFECT, "It changes nothing that runs: the built trees are the same."},
    {bend_contract, VERDICT_CONTRACT_BROKEN,
     "The answers change on summary: emptied at stdout /items in 37 samples, first \"s-17\" (and 1 more "
     "finding)."},
    {bend_timed, VERDICT_CONTRACT_BROKEN,
     "The answers change on summary: a timed response differed from the base's."},
    {bend_regressed, VERDICT_REGRESSION,
     "8.1 % more CPU time (7.0–9.3 %) on summary: proven worse than the 5 % that policy default tolerates."},
    {bend_guardrail, VERDICT_GUARDRAIL_BROKEN,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but 40.0 % more peak memory (35.0–45.0 %) on summary: "
     "proven worse than the 5 % that its guardrail allows."},
    {bend_stratum, VERDICT_GUARDRAIL_BROKEN,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but stratum \"large\" (4 % of production) takes 31.2 % "
     "more "
     "CPU time (30.4–32.1 %)."},
    {bend_unstable, VERDICT_INCONCLUSIVE,
     "The base's own answers changed while summary was measured, so nothing can be held against them: the "
     "base's own answers to sample \"s-1\" differ."},
    {bend_stage, VERDICT_INCONCLUSIVE, "Stage worktrees did not finish: the overlay went away."},
    {bend_not_compared, VERDICT_INCONCLUSIVE,
     "Not one answer of summary could be compared (1,200 were cut, crashed or empty on both sides)."},
    {bend_not_measured, VERDICT_INCONCLUSIVE, "Workload summary was not measured."},
    {bend_no_figure, VERDICT_INCONCLUSIVE,
     "This machine gives no figure for CPU time, the primary metric of summary."},
    {bend_undecided, VERDICT_INCONCLUSIVE,
     "After 60 pairs neither is proven, a gain of 10 % nor its absence: 9.2 % less CPU time (−0.3 to 18.7 %) "
     "on "
     "summary, noise 1.3 %."},
    {bend_futile, VERDICT_NOT_WORTH_IT,
     "1.2 % less CPU time (−0.3 to 2.7 %) on summary: proven to stay below the 10 % that make a change worth "
     "its "
     "complexity."},
    {bend_unproven, VERDICT_GUARDRAIL_UNPROVEN,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that wall time on summary stays "
     "within "
     "5 %."},
    {bend_isolation, VERDICT_INCONCLUSIVE,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but it ran in a weaker sandbox than policy default "
     "requires: "
     "no cgroup for memory."},
    {bend_nothing, VERDICT_RECOMMENDED,
     "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples; wall time and peak "
     "memory "
     "held."},
};
#define ROWS (sizeof rows / sizeof *rows)

static void assert_decision(struct evidence *evidence, const struct policy *policy, enum verdict verdict,
                            const char *reason)
{
    struct decision decision;
    verdict_decide(evidence, policy, &decision);
    assert_string_equal(reason, decision.reason);
    assert_string_equal(verdict_name(verdict), verdict_name(decision.verdict));
    assert_true(strlen(decision.next_step) > 20);
    decision_fini(&decision);
    evidence_fini(evidence);
}

static void verdict_is_reached_by_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct evidence evidence;
        case_recommended(&evidence);
        rows[i].bend(&evidence);
        assert_decision(&evidence, &case_policy, rows[i].verdict, rows[i].reason);
    }
}

/* Rows whose bends undo each other (they set one and the same figure) are not comparable. */
static bool rows_exclude_each_other(size_t a, size_t b)
{
    static void (*const same[])(struct evidence *) = {bend_regressed, bend_no_figure, bend_undecided,
                                                      bend_futile};
    static void (*const logs[])(struct evidence *) = {bend_intake, bend_build, bend_start, bend_tests,
                                                      bend_stage};
    bool one = false;
    bool two = false;
    bool log_one = false;
    bool log_two = false;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        one = one || rows[a].bend == same[i];
        two = two || rows[b].bend == same[i];
    }
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        log_one = log_one || rows[a].bend == logs[i];
        log_two = log_two || rows[b].bend == logs[i];
    }
    bool without_figures = rows[b].bend == bend_not_measured &&
                           (rows[a].bend == bend_regressed || rows[a].bend == bend_guardrail);
    return (one && two) || (log_one && log_two) || without_figures;
}

static void verdict_follows_the_order_of_precedence(void **state)
{
    (void)state;
    size_t compared = 0;
    for (size_t high = 0; high < ROWS; high++) {
        for (size_t low = high + 1; low < ROWS; low++) {
            struct evidence evidence;
            struct decision decision;
            if (rows_exclude_each_other(high, low))
                continue;
            case_recommended(&evidence);
            rows[low].bend(&evidence);
            rows[high].bend(&evidence);
            verdict_decide(&evidence, &case_policy, &decision);
            if (rows[high].verdict != decision.verdict)
                fail_msg("rows %zu and %zu: %s", high, low, decision.reason);
            compared++;
            decision_fini(&decision);
            evidence_fini(&evidence);
        }
    }
    assert_true(compared > 200);
}

static void verdict_treats_other_workloads_as_guardrails(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    bend_workload(&evidence);
    assert_decision(
        &evidence, &case_policy, VERDICT_GUARDRAIL_BROKEN,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but 8.1 % more CPU time (7.0–9.3 %) on rank: "
        "proven worse than the 5 % that policy default tolerates.");
    case_recommended(&evidence);
    bend_other_unproven(&evidence);
    assert_decision(
        &evidence, &case_policy, VERDICT_GUARDRAIL_UNPROVEN,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that rank loses no more "
        "than 5 %: 1.2 % less CPU time (0.3–2.0 %) on rank.");
    case_recommended(&evidence);
    case_add_workload(&evidence, "rank", 0.3,
                      OUTCOME_NOT_WORTH_IT); /* nine quiet pairs prove that it holds */
    assert_decision(
        &evidence, &case_policy, VERDICT_RECOMMENDED,
        "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,700 samples; wall time "
        "and peak memory held.");
}

static void verdict_weighs_e_values_over_workloads(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    bend_weight(&evidence);
    assert_decision(
        &evidence, &case_policy, VERDICT_INCONCLUSIVE,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but weighted over all workloads the evidence "
        "is 14.7 of the 20 that it takes.");
    case_recommended(&evidence);
    evidence.family_size = 30; /* N / q = 300 */
    assert_decision(
        &evidence, &case_policy, VERDICT_INCONCLUSIVE,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but it is one of 30 tried together, and among so "
        "many some look good by chance: alone its evidence of 231.0 would do, the batch asks for 300.0.");
}

static void verdict_needs_every_guardrail_of_the_policy(void **state)
{
    (void)state;
    struct evidence evidence;
    struct policy without = case_policy;
    without.guardrail[METRIC_PEAK_MEMORY] = -1;
    case_recommended(&evidence);
    bend_no_guardrail(&evidence);
    assert_decision(&evidence, &case_policy, VERDICT_GUARDRAIL_UNPROVEN,
                    "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that peak memory on "
                    "summary stays within 5 %: this machine gives no such figure.");
    case_recommended(&evidence);
    bend_no_guardrail(&evidence);
    assert_decision(
        &evidence, &without, VERDICT_RECOMMENDED,
        "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples; wall time "
        "held.");
}

/* Latencies are those of requests to one process: a workload that has none isn't asked for them. */
static void verdict_asks_for_latencies_where_there_are_requests(void **state)
{
    (void)state;
    static const struct workload_kind with_requests = {.name = "x", .requests = true};
    struct policy policy = case_policy;
    struct evidence evidence;
    policy.guardrail[METRIC_LATENCY_P95] = 0.05;
    policy.budget[METRIC_LATENCY_P99] = 0.05;
    case_recommended(&evidence);
    assert_decision(&evidence, &policy, VERDICT_RECOMMENDED,
                    "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples; wall "
                    "time and peak memory held.");
    case_recommended(&evidence);
    evidence.workloads[0].kind = &with_requests;
    assert_decision(&evidence, &policy, VERDICT_GUARDRAIL_UNPROVEN,
                    "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that p95 latency on "
                    "summary stays within 5 %: a run has 40 requests, and it takes 400 (a larger block_s).");
    policy.guardrail[METRIC_LATENCY_P95] = -1;
    case_recommended(&evidence);
    evidence.workloads[0].kind = &with_requests;
    for (size_t i = 0; i < evidence.workloads[0].measurement.pair_count; i++)
        evidence.workloads[0].measurement.pairs[i].candidate.value[METRIC_LATENCY_P99] = 0.06;
    assert_decision(&evidence, &policy, VERDICT_GUARDRAIL_BROKEN,
                    "15.8 % less CPU time (14.9–16.6 %) on summary, but p99 latency on summary is proven to "
                    "exceed its budget of 50.0 ms.");
}

static void verdict_holds_absolute_budgets(void **state)
{
    (void)state;
    static const struct {
        double ceiling; /* bytes; the candidate peaks at 2.61 MiB */
        size_t pairs;
        enum verdict verdict;
    } budgets[] = {
        {3e6, 9, VERDICT_RECOMMENDED},
        {2e6, 9, VERDICT_GUARDRAIL_BROKEN},
        {3e6, 3, VERDICT_GUARDRAIL_UNPROVEN},
        {2e6, 3, VERDICT_GUARDRAIL_UNPROVEN},
    };
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        struct policy policy = case_policy;
        struct evidence evidence;
        struct decision decision;
        policy.budget[METRIC_PEAK_MEMORY] = budgets[i].ceiling;
        case_recommended(&evidence);
        case_set_pairs(evidence.workloads, budgets[i].pairs, 0.842);
        verdict_decide(&evidence, &policy, &decision);
        assert_string_equal(verdict_name(budgets[i].verdict), verdict_name(decision.verdict));
        decision_fini(&decision);
        evidence_fini(&evidence);
    }
    struct policy policy = case_policy;
    struct evidence evidence;
    policy.budget[METRIC_CPU] = 0.0005; /* a sample's mean: a run of 40 samples takes 37 ms */
    case_recommended(&evidence);
    assert_decision(
        &evidence, &policy, VERDICT_GUARDRAIL_BROKEN,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but CPU time on summary is proven to exceed its "
        "budget of 500 µs.");
}

static void verdict_gates_ordinary_changes_by_no_regression(void **state)
{
    (void)state;
    struct policy gate = case_policy;
    struct evidence evidence;
    gate.intent = INTENT_NO_REGRESSION;
    case_recommended(&evidence);
    bend_futile(&evidence);
    case_set_pairs(evidence.workloads, 9, 0.988);
    assert_decision(
        &evidence, &gate, VERDICT_RECOMMENDED,
        "Proven not to lose more than 5 %: 1.2 % less CPU time (−0.3 to 2.7 %) on summary; contract held "
        "over 1,200 samples; wall time and peak memory held.");
    case_recommended(&evidence);
    bend_futile(&evidence);
    evidence.workloads->measurement.threshold = -0.05; /* futile against -5 %: worse than that */
    evidence.workloads->measurement.metrics[0].gain = (struct gain){true, -0.081, -0.093, -0.070};
    assert_decision(
        &evidence, &gate, VERDICT_REGRESSION,
        "8.1 % more CPU time (7.0–9.3 %) on summary: proven worse than the 5 % that policy default "
        "tolerates.");
    case_recommended(&evidence);
    bend_undecided(&evidence);
    case_set_pairs(evidence.workloads, 3, 1.0);
    assert_decision(
        &evidence, &gate, VERDICT_INCONCLUSIVE,
        "After 60 pairs neither is proven, a loss of more than 5 % nor its absence: 9.2 % less CPU time "
        "(−0.3 to 18.7 %) on summary, noise 1.3 %.");
    case_recommended(&evidence);
    bend_identical(&evidence);
    assert_decision(&evidence, &gate, VERDICT_RECOMMENDED,
                    "It changes nothing that runs: the built trees are the same.");
}

/* What was compared has to carry the verdict: crashes, cut and unreadable answers at most half of the time.
 */
static void verdict_needs_answers_that_say_something(void **state)
{
    (void)state;
    static const char good[] = "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over ";
    static const struct {
        size_t missed[MISSED_COUNT]; /* of 1,200 */
        size_t compared;             /* samples by the coverage */
        const char *reason;          /* NULL: recommended */
    } cases[] = {
        {{600}, 600, NULL},
        {{601},
         599,
         "Most answers of summary could not be compared (601 were cut, crashed or empty on both sides)."},
        {{200, 200, 201},
         599,
         "Most answers of summary could not be compared (601 were cut, crashed or empty on both sides)."},
        {{0, 0, 0, 1199}, 1, NULL},
        {{0, 0, 0, 1200},
         0,
         "Not one answer of summary could be compared (1,200 were cut, crashed or empty on both sides)."},
        {{0, 0, 0, 1100}, /* what was compared were edge values */
         0,
         "Not one answer of summary could be compared (1,100 were cut, crashed or empty on both sides)."},
        {{0}, 0, "Not one answer of summary could be compared."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct evidence evidence;
        struct decision decision;
        case_recommended(&evidence);
        struct contract_summary *contract = &evidence.workloads->contract;
        for (int why = 0; why < MISSED_COUNT; why++)
            contract->not_compared += contract->missed[why] = cases[i].missed[why];
        evidence.workloads->coverage.strata[0].compared = cases[i].compared;
        verdict_decide(&evidence, &case_policy, &decision);
        assert_int_equal(decision.verdict, cases[i].reason ? VERDICT_INCONCLUSIVE : VERDICT_RECOMMENDED);
        if (cases[i].reason)
            assert_string_equal(decision.reason, cases[i].reason);
        else
            assert_memory_equal(decision.reason, good, strlen(good));
        decision_fini(&decision);
        evidence_fini(&evidence);
    }
}

static void verdict_counts_only_what_was_compared(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    evidence.workloads->contract.not_compared = 3;
    assert_decision(
        &evidence, &case_policy, VERDICT_RECOMMENDED,
        "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,197 samples, 3 could not be "
        "compared; wall time and peak memory held.");
    case_recommended(&evidence);
    evidence.workloads->contract_done = false;
    assert_decision(&evidence, &case_policy, VERDICT_INCONCLUSIVE,
                    "Not one answer of summary could be compared.");
}

static void verdict_survives_evidence_without_workloads(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    bend_no_workload(&evidence);
    assert_decision(&evidence, &case_policy, VERDICT_INCONCLUSIVE, "There was no workload to measure.");
    case_empty(&evidence);
    assert_decision(&evidence, &case_policy, VERDICT_DOES_NOT_APPLY, "The patch does not apply.");
}

static void verdict_escapes_foreign_text(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    case_add_finding(evidence.workloads, CLASS_VALUE, "/a\n\033[2Jrecommended\xe2\x80\xae", "1", "2");
    assert_decision(
        &evidence, &case_policy, VERDICT_CONTRACT_BROKEN,
        "The answers change on summary: value at stdout /a\\n\\x1b[2Jrecommended\\u202e in 37 samples, "
        "first \"s-17\".");
}

static void verdict_has_a_name_and_an_exit_status(void **state)
{
    (void)state;
    static const int statuses[VERDICT_COUNT] = {0, 3, 3, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8, 1};
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        assert_int_equal(verdict, verdict_by_name(verdict_name((enum verdict)verdict)));
        assert_int_equal(statuses[verdict], verdict_exit_status((enum verdict)verdict));
    }
    assert_int_equal(-1, verdict_by_name("Recommended"));
    assert_int_equal(-1, verdict_by_name(""));
}

static void foreign_text_is_spelled_out(void **state)
{
    (void)state;
    static const struct {
        const char *foreign;
        size_t limit;
        const char *expected;
    } cases[] = {
        {"plain ä 漢", 100, "plain ä 漢"},
        {"a\tb\r\n", 100, "a\\tb\\r\\n"},
        {"\033[31m\x7f", 100, "\\x1b[31m\\x7f"},
        {"\xc2\x9b"
         "31m",
         100, "\\u009b31m"},
        {"\xff\xc0\x80\xed\xa0\x80", 100, "\\xff\\xc0\\x80\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", 100, "\\xf4\\x90\\x80\\x80"},
        {"\xe2\x80\xae"
         "vil\xe2\x80\xac",
         100, "\\u202evil\\u202c"},
        {"\xf3\xa0\x81\x81", 100, "\\U000e0041"},
        {"a\xe2\x80\x8b"
         "b",
         100, "a\\u200bb"},
        {"abcdef", 3, "abc…"},
        {"aää", 4, "aä…"},
        {"ab\n", 3, "ab…"},
        {"", 3, ""},
        {NULL, 3, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text out cleanup_text = {0};
        foreign_append(&out, cases[i].foreign, cases[i].limit);
        assert_string_equal(cases[i].expected, text_string(&out));
    }
    struct text out cleanup_text = {0};
    foreign_append_quoted(&out, "a\", first \"b", 100);
    assert_string_equal("\"a\\\", first \\\"b\"", text_string(&out));
    text_clear(&out);
    foreign_append_valid(&out, "a\xff\n\xe2\x80\xae\xc3\xa4", 8);
    assert_string_equal("a\\xff\n\xe2\x80\xae\xc3\xa4", text_string(&out));
}

static void figures_read_well(void **state)
{
    (void)state;
    struct text out cleanup_text = {0};
    static const double seconds[] = {0, 0.0000005, 0.00094, 0.0441, 0.99949, 0.9996, 59.94, 125, 3600};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        figure_append_seconds(&out, seconds[i]);
        text_append_char(&out, '|');
    }
    assert_string_equal("0 µs|0 µs|940 µs|44.1 ms|999.5 ms|1.0 s|59.9 s|2 min 5 s|60 min 0 s|",
                        text_string(&out));
    text_clear(&out);
    static const double fractions[] = {0.158, -0.081, -0.0004, 0, 12.5};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        figure_append_percent(&out, fractions[i]);
        text_append_char(&out, '|');
    }
    assert_string_equal("15.8 %|−8.1 %|0.0 %|0.0 %|1250.0 %|", text_string(&out));
    text_clear(&out);
    figure_append_count(&out, 1234567);
    text_append_char(&out, '|');
    figure_append_count(&out, 999);
    text_append_char(&out, '|');
    figure_append_bytes(&out, 3250000);
    text_append_char(&out, '|');
    figure_append_share(&out, 0.1);
    text_append_char(&out, '|');
    figure_append_share(&out, 0.025);
    assert_string_equal("1,234,567|999|3.1 MiB|10 %|2.5 %", text_string(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_is_reached_by_every_row),
        cmocka_unit_test(verdict_follows_the_order_of_precedence),
        cmocka_unit_test(verdict_treats_other_workloads_as_guardrails),
        cmocka_unit_test(verdict_weighs_e_values_over_workloads),
        cmocka_unit_test(verdict_needs_every_guardrail_of_the_policy),
        cmocka_unit_test(verdict_asks_for_latencies_where_there_are_requests),
        cmocka_unit_test(verdict_holds_absolute_budgets),
        cmocka_unit_test(verdict_gates_ordinary_changes_by_no_regression),
        cmocka_unit_test(verdict_needs_answers_that_say_something),
        cmocka_unit_test(verdict_counts_only_what_was_compared),
        cmocka_unit_test(verdict_survives_evidence_without_workloads),
        cmocka_unit_test(verdict_escapes_foreign_text),
        cmocka_unit_test(verdict_has_a_name_and_an_exit_status),
        cmocka_unit_test(foreign_text_is_spelled_out),
        cmocka_unit_test(figures_read_well),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
