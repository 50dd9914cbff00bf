#include "policies/judge.h"

#include "policies/proof.h"
#include "workloads/measure/method.h"

#include <assert.h>

typedef bool judge_rule(const struct evidence *evidence, const struct policy *policy,
                        struct judgement *judgement);

static const struct metric_result *judge_row(const struct workload_evidence *workload, enum metric metric)
{
    for (size_t i = 0; i < workload->measurement.metric_count; i++)
        if (workload->measurement.metrics[i].metric == metric)
            return &workload->measurement.metrics[i];
    return NULL;
}

/* Records where something was found; true, so that rules can return it. */
static bool judge_found(struct judgement *judgement, enum cause cause,
                        const struct workload_evidence *workload, const struct metric_result *metric)
{
    judgement->cause = cause;
    judgement->workload = workload;
    judgement->metric = metric;
    return true;
}

static bool judge_is_no_regression(const struct policy *policy)
{
    return policy->intent == INTENT_NO_REGRESSION;
}

/* Under `no-regression` the threshold lies at -δ: falling short of it is being worse by more than δ. */
static bool judge_is_regressed(const struct workload_evidence *workload, const struct metric_result *primary)
{
    return primary->outcome == OUTCOME_REGRESSED || primary->outcome == OUTCOME_BROKEN ||
           (primary->outcome == OUTCOME_NOT_WORTH_IT && workload->measurement.threshold < 0);
}

static bool judge_is_held(const struct workload_evidence *workload, const struct metric_result *primary,
                          const struct policy *policy)
{
    if (primary->outcome == OUTCOME_IMPROVED || primary->outcome == OUTCOME_HELD)
        return true;
    if (primary->outcome == OUTCOME_UNAVAILABLE || judge_is_regressed(workload, primary))
        return false;
    return proof_not_worse(&workload->measurement, primary->metric, policy->regression_threshold) >=
           JUDGE_PROOF;
}

static const struct workload_evidence *judge_improved(const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->workload_count; i++) {
        if (proof_is_improved(evidence, &evidence->workloads[i]))
            return &evidence->workloads[i];
    }
    return NULL;
}

static bool judge_error(const struct evidence *evidence, const struct policy *policy,
                        struct judgement *judgement)
{
    (void)policy;
    return evidence->error && judge_found(judgement, CAUSE_ERROR, NULL, NULL);
}

static bool judge_applies(const struct evidence *evidence, const struct policy *policy,
                          struct judgement *judgement)
{
    (void)policy;
    return (!evidence->candidate_tree || evidence->stages[STAGE_INTAKE].outcome == STAGE_FAILED) &&
           judge_found(judgement, CAUSE_DOES_NOT_APPLY, NULL, NULL);
}

static bool judge_screen(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    (void)policy;
    return (evidence->screen.refusal_count > 0 || evidence->stages[STAGE_SCREEN].outcome == STAGE_FAILED) &&
           judge_found(judgement, CAUSE_REFUSED, NULL, NULL);
}

static bool judge_gaming(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    (void)policy;
    return evidence->suspicions && evidence->suspicions[0] &&
           judge_found(judgement, CAUSE_SUSPICIOUS, NULL, NULL);
}

static bool judge_build(const struct evidence *evidence, const struct policy *policy,
                        struct judgement *judgement)
{
    (void)policy;
    return evidence->stages[STAGE_BUILD].outcome == STAGE_FAILED &&
           judge_found(judgement, CAUSE_DOES_NOT_BUILD, NULL, NULL);
}

static bool judge_start(const struct evidence *evidence, const struct policy *policy,
                        struct judgement *judgement)
{
    (void)policy;
    return evidence->start_failed && judge_found(judgement, CAUSE_DOES_NOT_START, NULL, NULL);
}

static bool judge_tests(const struct evidence *evidence, const struct policy *policy,
                        struct judgement *judgement)
{
    (void)policy;
    return evidence->stages[STAGE_TESTS].outcome == STAGE_FAILED &&
           judge_found(judgement, CAUSE_TESTS_FAILED, NULL, NULL);
}

static bool judge_identity(const struct evidence *evidence, const struct policy *policy,
                           struct judgement *judgement)
{
    enum cause cause = judge_is_no_regression(policy) ? CAUSE_SAME_PROGRAM : CAUSE_IDENTICAL;
    return evidence->identical && judge_found(judgement, cause, NULL, NULL);
}

/* A timed response that differed counts as much as one of the dedicated check. */
static bool judge_contract(const struct evidence *evidence, const struct policy *policy,
                           struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        if (contract_breaks(&workload->contract) > 0 || workload->measurement.contract_broken)
            return judge_found(judgement, CAUSE_CONTRACT_BROKEN, workload, NULL);
    }
    return false;
}

/* Where another workload improved, the one that lost is its guardrail; otherwise it is a plain regression. */
static bool judge_regression(const struct evidence *evidence, const struct policy *policy,
                             struct judgement *judgement)
{
    bool traded = judge_improved(evidence) && !judge_is_no_regression(policy);
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct metric_result *primary = proof_primary(&evidence->workloads[i]);
        if (primary && judge_is_regressed(&evidence->workloads[i], primary))
            return judge_found(judgement, traded ? CAUSE_WORKLOAD_BROKEN : CAUSE_REGRESSED,
                               &evidence->workloads[i], primary);
    }
    return false;
}

static bool judge_guardrails(const struct evidence *evidence, const struct policy *policy,
                             struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        for (size_t m = 0; workload->measured && m < workload->measurement.metric_count; m++)
            if (workload->measurement.metrics[m].outcome == OUTCOME_BROKEN)
                return judge_found(judgement, CAUSE_GUARDRAIL_BROKEN, workload,
                                   &workload->measurement.metrics[m]);
    }
    return false;
}

static bool judge_strata(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct measurement *measurement = &evidence->workloads[i].measurement;
        for (size_t s = 0; s < measurement->stratum_count; s++)
            if (measurement->strata[s].harmful) {
                judgement->stratum = &measurement->strata[s];
                return judge_found(judgement, CAUSE_STRATUM_HARMED, &evidence->workloads[i],
                                   proof_primary(&evidence->workloads[i]));
            }
    }
    return false;
}

/* The first budget that is broken, or that is not proven to hold. */
static bool judge_budgets(const struct evidence *evidence, const struct policy *policy,
                          struct judgement *judgement, enum cause cause)
{
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        for (int metric = 0; workload->measured && metric < METRIC_COUNT; metric++) {
            double ceiling = policy->budget[metric];
            bool breaks = cause == CAUSE_BUDGET_BROKEN;
            if (ceiling < 0 || !evidence_has_metric(workload, (enum metric)metric))
                continue;
            double e = proof_budget(&workload->measurement, (enum metric)metric, ceiling, breaks ? -1 : 1);
            if ((e >= JUDGE_PROOF) != breaks)
                continue;
            judgement->budget = (enum metric)metric;
            return judge_found(judgement, cause, workload, judge_row(workload, (enum metric)metric));
        }
    }
    return false;
}

static bool judge_budget_broken(const struct evidence *evidence, const struct policy *policy,
                                struct judgement *judgement)
{
    return judge_budgets(evidence, policy, judgement, CAUSE_BUDGET_BROKEN);
}

static bool judge_budget_unproven(const struct evidence *evidence, const struct policy *policy,
                                  struct judgement *judgement)
{
    return judge_budgets(evidence, policy, judgement, CAUSE_BUDGET_UNPROVEN);
}

static bool judge_stages(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    (void)policy;
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (evidence->stages[stage].outcome == STAGE_FAILED) {
            judgement->stage = (enum stage)stage;
            return judge_found(judgement, CAUSE_STAGE_FAILED, NULL, NULL);
        }
    return false;
}

/* Answers that can't be relied on prove nothing of what was held against them, whatever the figures were. */
static bool judge_stability(const struct evidence *evidence, const struct policy *policy,
                            struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++)
        if (evidence->workloads[i].measurement.base_unstable)
            return judge_found(judgement, CAUSE_BASE_UNSTABLE, &evidence->workloads[i], NULL);
    return false;
}

/* Edge values and samples of chosen sizes stand for no production: they alone don't count. */
bool judge_is_blind(const struct workload_evidence *workload)
{
    bool none = coverage_samples(&workload->coverage) > 0 && coverage_compared(&workload->coverage) == 0;
    return !workload->contract_done || none || evidence_compared(&workload->contract) == 0;
}

/* Answers that say nothing may be right, as those of a search that finds nothing:
 * they prove nothing, and spoil nothing either. */
bool judge_is_compared(const struct workload_evidence *workload)
{
    const size_t *missed = workload->contract.missed;
    size_t unusable = missed[MISSED_CRASHED] + missed[MISSED_CUT] + missed[MISSED_UNREADABLE];
    return !judge_is_blind(workload) && 2 * unusable <= workload->contract.samples;
}

static bool judge_coverage(const struct evidence *evidence, const struct policy *policy,
                           struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++)
        if (!judge_is_compared(&evidence->workloads[i]))
            return judge_found(judgement, CAUSE_NOT_COMPARED, &evidence->workloads[i], NULL);
    return false;
}

static bool judge_measured(const struct evidence *evidence, const struct policy *policy,
                           struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++)
        if (!proof_primary(&evidence->workloads[i]))
            return judge_found(judgement, CAUSE_NOT_MEASURED, &evidence->workloads[i], NULL);
    return evidence->workload_count == 0 && judge_found(judgement, CAUSE_NOT_MEASURED, NULL, NULL);
}

static bool judge_figures(const struct evidence *evidence, const struct policy *policy,
                          struct judgement *judgement)
{
    (void)policy;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct metric_result *primary = proof_primary(&evidence->workloads[i]);
        if (primary->outcome == OUTCOME_UNAVAILABLE)
            return judge_found(judgement, CAUSE_NO_FIGURE, &evidence->workloads[i], primary);
    }
    return false;
}

/* Nothing improved, and at least one primary is open. Under `no-regression`: one is not proven to hold. */
static bool judge_undecided(const struct evidence *evidence, const struct policy *policy,
                            struct judgement *judgement)
{
    bool no_regression = judge_is_no_regression(policy);
    if (!no_regression && judge_improved(evidence))
        return false;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        const struct metric_result *primary = proof_primary(workload);
        bool open = no_regression ? !judge_is_held(workload, primary, policy)
                                  : primary->outcome != OUTCOME_NOT_WORTH_IT;
        if (open)
            return judge_found(judgement, CAUSE_UNDECIDED, workload, primary);
    }
    return false;
}

/* Enough evidence over all workloads, and beside all that was tried together. */
static bool judge_weight(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    const struct workload_evidence *improved = judge_improved(evidence);
    bool no_regression = judge_is_no_regression(policy);
    if (no_regression ? evidence->family_size <= 1 : !improved)
        return false;
    judgement->e_value = proof_e_value(evidence, policy);
    judgement->limit = proof_limit(evidence, policy);
    if (judgement->e_value >= judgement->limit)
        return false;
    improved = improved ? improved : evidence->workloads;
    bool family = evidence->family_size > 1 && judgement->e_value >= measure_method.win;
    return judge_found(judgement, family ? CAUSE_FAMILY : CAUSE_WEIGHT, improved, proof_primary(improved));
}

/* Every guardrail of the policy has to be there and held: a figure that is missing proves nothing. */
static bool judge_unproven(const struct evidence *evidence, const struct policy *policy,
                           struct judgement *judgement)
{
    if (!judge_improved(evidence) && !judge_is_no_regression(policy))
        return false;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        for (int metric = 0; metric < METRIC_COUNT; metric++) {
            const struct metric_result *row = judge_row(workload, (enum metric)metric);
            bool wanted =
                row ? !row->primary
                    : policy->guardrail[metric] >= 0 && evidence_has_metric(workload, (enum metric)metric);
            if (!wanted || (row && row->outcome == OUTCOME_HELD))
                continue;
            judgement->missing = (enum metric)metric;
            return judge_found(judgement, CAUSE_GUARDRAIL_UNPROVEN, workload, row);
        }
        if (!judge_is_held(workload, proof_primary(workload), policy))
            return judge_found(judgement, CAUSE_WORKLOAD_UNPROVEN, workload, proof_primary(workload));
    }
    return judge_budget_unproven(evidence, policy, judgement);
}

static bool judge_futile(const struct evidence *evidence, const struct policy *policy,
                         struct judgement *judgement)
{
    if (judge_is_no_regression(policy) || judge_improved(evidence))
        return false;
    return judge_found(judgement, CAUSE_NOT_WORTH_IT, evidence->workloads,
                       proof_primary(evidence->workloads));
}

static bool judge_isolation(const struct evidence *evidence, const struct policy *policy,
                            struct judgement *judgement)
{
    return policy->require_full_isolation && !evidence->full_isolation &&
           judge_found(judgement, CAUSE_ISOLATION, NULL, NULL);
}

static bool judge_good(const struct evidence *evidence, const struct policy *policy,
                       struct judgement *judgement)
{
    const struct workload_evidence *workload = judge_improved(evidence);
    if (!judge_is_no_regression(policy))
        return judge_found(judgement, CAUSE_IMPROVED, workload, proof_primary(workload));
    workload = workload ? workload : evidence->workloads;
    return judge_found(judgement, CAUSE_NOT_WORSE, workload, proof_primary(workload));
}

/*
 * In order of precedence: our own errors, then what no figure can outweigh, then proven harm, then what is
 * open, then proven uselessness; whatever falls through every rule has earned its recommendation.
 */
static judge_rule *const rules[] = {
    judge_error,         judge_applies,   judge_screen,   judge_gaming,     judge_build,      judge_start,
    judge_tests,         judge_identity,  judge_contract, judge_regression, judge_guardrails, judge_strata,
    judge_budget_broken, judge_stability, judge_stages,   judge_coverage,   judge_measured,   judge_figures,
    judge_undecided,     judge_weight,    judge_unproven, judge_futile,     judge_isolation,  judge_good,
};

void judge_evidence(const struct evidence *evidence, const struct policy *policy, struct judgement *judgement)
{
    *judgement = (struct judgement){0};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i](evidence, policy, judgement))
            return;
    assert(!"judge_good decides everything");
}
