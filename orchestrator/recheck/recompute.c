#include "orchestrator/recheck/recompute.h"

#include "base/memory.h"
#include "policies/attempts.h"
#include "policies/moved.h"
#include "policies/proof.h"
#include "policies/suspicion.h"
#include "workloads/measure/held_out.h"
#include "workloads/measure/signals.h"
#include "workloads/measure/tally.h"

static double recompute_share(const struct evidence *evidence, const struct workload_evidence *workload)
{
    double weights = 0;
    for (size_t i = 0; i < evidence->workload_count; i++)
        weights += evidence->workloads[i].weight;
    return workload->weight / weights;
}

static void recompute_measurement(const struct evidence *evidence, const struct policy *policy,
                                  struct workload_evidence *workload)
{
    struct measurement *measurement = &workload->measurement;
    const struct metric_result *primary = proof_primary(workload);
    if (!primary)
        return;
    struct plan plan = {
        .primary = primary->metric,
        .minimum_improvement = policy->minimum_improvement,
        .regression_threshold = policy->regression_threshold,
        .limit = plan_limit(evidence->family_size, policy->false_discovery_rate) /
                 recompute_share(evidence, workload),
        .time_budget_s = policy->time_budget_s,
        .held_out = workload->held_out_count > 0,
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        plan.guardrail_delta[metric] =
            evidence_has_metric(workload, (enum metric)metric) ? policy->guardrail[metric] : -1;
    tally_fill(&plan, measurement);
    for (size_t i = 0; i < measurement->stratum_count; i++)
        tally_judge_stratum(&measurement->strata[i], policy->regression_threshold);
    held_out_judge(&measurement->held_out, policy->minimum_improvement);
    for (int kind = 0; kind < SIGNAL_COUNT; kind++)
        signals_judge(&measurement->signals[kind], policy->minimum_improvement);
    if (!workload->curve)
        return;
    workload->curve->threshold = policy->minimum_improvement;
    curve_judge(workload->curve);
}

/* A stage that came to its end was judged; one that we failed ourselves was not. */
static bool recompute_is_judged(const struct evidence *evidence, enum stage stage)
{
    enum stage_outcome outcome = evidence->stages[stage].outcome;
    return outcome == STAGE_PASSED || outcome == STAGE_FAILED;
}

/* In the order of the evaluation. */
static void recompute_signs(struct evidence *evidence, const struct policy *policy)
{
    static const enum stage stages[] = {STAGE_BUILD, STAGE_TESTS};
    json_free_strings(evidence->suspicions);
    json_free_strings(evidence->observations);
    evidence->suspicions = NULL;
    evidence->observations = NULL;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (recompute_is_judged(evidence, stages[i]))
            attempts_judge_commands(evidence, policy, stages[i]);
    if (recompute_is_judged(evidence, STAGE_CONTRACT))
        attempts_judge(evidence, policy);
    for (size_t i = 0; i < evidence->workload_count; i++) {
        attempts_judge_leftovers(evidence, &evidence->workloads[i]);
        suspicion_judge(evidence, policy, &evidence->workloads[i]);
        moved_judge(evidence, &evidence->workloads[i]);
    }
}

void recompute_evidence(struct evidence *evidence, const struct policy *policy)
{
    for (size_t i = 0; i < evidence->workload_count; i++)
        recompute_measurement(evidence, policy, &evidence->workloads[i]);
    recompute_signs(evidence, policy);
}

bool recompute_is_in_family(const struct stored_report *stored)
{
    return stored->evidence.family_limit > 0 || stored->family.e_value_count > 0;
}

/* The family as these e-values close it. */
static void recompute_family(struct stored_report *stored, const struct rank_family *family)
{
    struct rank_family closed;
    const double *e_values = family ? family->e_values : stored->family.e_values;
    size_t count = family ? family->e_value_count : stored->family.e_value_count;
    size_t size = stored->family.size > count ? stored->family.size : count;
    rank_close_family(&closed, e_values, count, size, stored->policy.false_discovery_rate);
    rank_join(&stored->evidence, &closed);
    rank_family_fini(&stored->family);
    stored->family = closed;
}

void recompute_report(struct stored_report *stored, const struct rank_family *family)
{
    recompute_evidence(&stored->evidence, &stored->policy);
    if (recompute_is_in_family(stored))
        recompute_family(stored, family);
    else
        stored->evidence.family_accepted = 0;
    decision_fini(&stored->decision);
    verdict_decide(&stored->evidence, &stored->policy, &stored->decision);
}
