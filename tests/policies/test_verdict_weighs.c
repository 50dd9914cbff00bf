/* What a verdict weighs: every workload, guardrail and budget, and how much of the answers was compared. */
#include "tests/policies/decided.h"
#include "tests/report/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bend_workload(struct evidence *evidence)
{
    struct workload_evidence *rank = case_add_workload(evidence, "rank", 0.3, OUTCOME_REGRESSED);
    rank->measurement.metrics[0].gain = (struct gain){true, -0.081, -0.093, -0.070};
}

static void bend_weight(struct evidence *evidence)
{
    evidence->workloads->measurement.metrics[0].e_value = 21;
    case_add_workload(evidence, "rank", 0.3, OUTCOME_NOT_WORTH_IT);
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

static void verdict_treats_other_workloads_as_guardrails(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    bend_workload(&evidence);
    decided_assert(
        &evidence, &case_policy, VERDICT_GUARDRAIL_BROKEN,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but 8.1 % more CPU time (7.0–9.3 %) on rank: "
        "proven worse than the 5 % that policy default tolerates.");
    case_recommended(&evidence);
    bend_other_unproven(&evidence);
    decided_assert(
        &evidence, &case_policy, VERDICT_GUARDRAIL_UNPROVEN,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that rank loses no more "
        "than 5 %: 1.2 % less CPU time (0.3–2.0 %) on rank.");
    case_recommended(&evidence);
    case_add_workload(&evidence, "rank", 0.3,
                      OUTCOME_NOT_WORTH_IT); /* nine quiet pairs prove that it holds */
    decided_assert(
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
    decided_assert(
        &evidence, &case_policy, VERDICT_INCONCLUSIVE,
        "15.8 % less CPU time (14.9–16.6 %) on summary, but weighted over all workloads the evidence "
        "is 14.7 of the 20 that it takes.");
    case_recommended(&evidence);
    evidence.family_size = 30; /* N / q = 300 */
    decided_assert(
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
    decided_assert(&evidence, &case_policy, VERDICT_GUARDRAIL_UNPROVEN,
                   "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that peak memory on "
                   "summary stays within 5 %: this machine gives no such figure.");
    case_recommended(&evidence);
    bend_no_guardrail(&evidence);
    decided_assert(
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
    decided_assert(&evidence, &policy, VERDICT_RECOMMENDED,
                   "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples; wall "
                   "time and peak memory held.");
    case_recommended(&evidence);
    evidence.workloads[0].kind = &with_requests;
    decided_assert(&evidence, &policy, VERDICT_GUARDRAIL_UNPROVEN,
                   "15.8 % less CPU time (14.9–16.6 %) on summary, but it is not proven that p95 latency on "
                   "summary stays within 5 %: a run has 40 requests, and it takes 400 (a larger block_s).");
    policy.guardrail[METRIC_LATENCY_P95] = -1;
    case_recommended(&evidence);
    evidence.workloads[0].kind = &with_requests;
    for (size_t i = 0; i < evidence.workloads[0].measurement.pair_count; i++)
        evidence.workloads[0].measurement.pairs[i].candidate.value[METRIC_LATENCY_P99] = 0.06;
    decided_assert(&evidence, &policy, VERDICT_GUARDRAIL_BROKEN,
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
    decided_assert(
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
    decided_bend_futile(&evidence);
    case_set_pairs(evidence.workloads, 9, 0.988);
    decided_assert(
        &evidence, &gate, VERDICT_RECOMMENDED,
        "Proven not to lose more than 5 %: 1.2 % less CPU time (−0.3 to 2.7 %) on summary; contract held "
        "over 1,200 samples; wall time and peak memory held.");
    case_recommended(&evidence);
    decided_bend_futile(&evidence);
    evidence.workloads->measurement.threshold = -0.05; /* futile against -5 %: worse than that */
    evidence.workloads->measurement.metrics[0].gain = (struct gain){true, -0.081, -0.093, -0.070};
    decided_assert(
        &evidence, &gate, VERDICT_REGRESSION,
        "8.1 % more CPU time (7.0–9.3 %) on summary: proven worse than the 5 % that policy default "
        "tolerates.");
    case_recommended(&evidence);
    decided_bend_undecided(&evidence);
    case_set_pairs(evidence.workloads, 3, 1.0);
    decided_assert(
        &evidence, &gate, VERDICT_INCONCLUSIVE,
        "After 60 pairs neither is proven, a loss of more than 5 % nor its absence: 9.2 % less CPU time "
        "(−0.3 to 18.7 %) on summary, noise 1.3 %.");
    case_recommended(&evidence);
    decided_bend_identical(&evidence);
    decided_assert(&evidence, &gate, VERDICT_RECOMMENDED,
                   "It changes nothing that runs: the built trees are the same.");
}

/* What was compared has to carry the verdict:
 * crashes, cut and unreadable answers at most half of the time. */
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
    decided_assert(
        &evidence, &case_policy, VERDICT_RECOMMENDED,
        "15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,197 samples, 3 could not be "
        "compared; wall time and peak memory held.");
    case_recommended(&evidence);
    evidence.workloads->contract_done = false;
    decided_assert(&evidence, &case_policy, VERDICT_INCONCLUSIVE,
                   "Not one answer of summary could be compared.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_treats_other_workloads_as_guardrails),
        cmocka_unit_test(verdict_weighs_e_values_over_workloads),
        cmocka_unit_test(verdict_needs_every_guardrail_of_the_policy),
        cmocka_unit_test(verdict_asks_for_latencies_where_there_are_requests),
        cmocka_unit_test(verdict_holds_absolute_budgets),
        cmocka_unit_test(verdict_gates_ordinary_changes_by_no_regression),
        cmocka_unit_test(verdict_needs_answers_that_say_something),
        cmocka_unit_test(verdict_counts_only_what_was_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
