/* Every verdict, its precedence over the others, and the exact sentence that a person reads. */
#include "base/memory.h"
#include "tests/policies/decided.h"
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

static void bend_unproven(struct evidence *evidence)
{
    evidence->workloads->measurement.metrics[1].outcome = OUTCOME_UNPROVEN;
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
    {decided_bend_identical, VERDICT_NO_EFFECT,
     "It changes nothing that runs: the built trees are the same."},
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
     "more CPU time (30.4–32.1 %)."},
    {bend_unstable, VERDICT_INCONCLUSIVE,
     "The base's own answers changed while summary was measured, so nothing can be held against them: the "
     "base's own answers to sample \"s-1\" differ."},
    {bend_stage, VERDICT_INCONCLUSIVE, "Stage worktrees did not finish: the overlay went away."},
    {bend_not_compared, VERDICT_INCONCLUSIVE,
     "Not one answer of summary could be compared (1,200 were cut, crashed or empty on both sides)."},
    {bend_not_measured, VERDICT_INCONCLUSIVE, "Workload summary was not measured."},
    {bend_no_figure, VERDICT_INCONCLUSIVE,
     "This machine gives no figure for CPU time, the primary metric of summary."},
    {decided_bend_undecided, VERDICT_INCONCLUSIVE,
     "After 60 pairs neither is proven, a gain of 10 % nor its absence: 9.2 % less CPU time (−0.3 to 18.7 %) "
     "on summary, noise 1.3 %."},
    {decided_bend_futile, VERDICT_NOT_WORTH_IT,
     "1.2 % less CPU time (−0.3 to 2.7 %) on summary: proven to stay below the 10 % that make a change worth "
     "its complexity."},
    {bend_unproven, VERDICT_GUARDRAIL_UNPROVEN,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that wall time on summary stays "
     "within 5 %."},
    {bend_isolation, VERDICT_INCONCLUSIVE,
     "15.8 % less CPU time (14.9–16.6 %) on summary, but it ran in a weaker sandbox than policy default "
     "requires: no cgroup for memory."},
    {bend_nothing, VERDICT_RECOMMENDED,
     "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples; wall time and peak "
     "memory held."},
};
#define ROWS (sizeof rows / sizeof *rows)

static void verdict_is_reached_by_every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct evidence evidence;
        case_recommended(&evidence);
        rows[i].bend(&evidence);
        decided_assert(&evidence, &case_policy, rows[i].verdict, rows[i].reason);
    }
}

/* Rows whose bends undo each other (they set one and the same figure) are not comparable. */
static bool rows_exclude_each_other(size_t a, size_t b)
{
    static void (*const same[])(struct evidence *) = {bend_regressed, bend_no_figure, decided_bend_undecided,
                                                      decided_bend_futile};
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

static void verdict_survives_evidence_without_workloads(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    bend_no_workload(&evidence);
    decided_assert(&evidence, &case_policy, VERDICT_INCONCLUSIVE, "There was no workload to measure.");
    case_empty(&evidence);
    decided_assert(&evidence, &case_policy, VERDICT_DOES_NOT_APPLY, "The patch does not apply.");
}

static void verdict_escapes_foreign_text(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    case_add_finding(evidence.workloads, CLASS_VALUE, "/a\n\033[2Jrecommended\xe2\x80\xae", "1", "2");
    decided_assert(
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_is_reached_by_every_row),
        cmocka_unit_test(verdict_follows_the_order_of_precedence),
        cmocka_unit_test(verdict_survives_evidence_without_workloads),
        cmocka_unit_test(verdict_escapes_foreign_text),
        cmocka_unit_test(verdict_has_a_name_and_an_exit_status),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
