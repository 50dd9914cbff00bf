#include "policies/proof.h"

#include "workloads/measure/eprocess.h"
#include "workloads/measure/plan.h"
#include "workloads/measure/steady.h"

#include <math.h>

const struct metric_result *proof_primary(const struct workload_evidence *workload)
{
    for (size_t i = 0; workload->measured && i < workload->measurement.metric_count; i++)
        if (workload->measurement.metrics[i].primary)
            return &workload->measurement.metrics[i];
    return NULL;
}

/* NaN without weights or with a workload that was not measured: what compares with it is false. */
static double proof_mean(const struct evidence *evidence)
{
    double sum = 0;
    double weights = 0;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct metric_result *primary = proof_primary(&evidence->workloads[i]);
        if (!primary)
            return NAN;
        sum += evidence->workloads[i].weight * primary->e_value;
        weights += evidence->workloads[i].weight;
    }
    return sum / weights;
}

bool proof_is_improved(const struct evidence *evidence, const struct workload_evidence *workload)
{
    const struct metric_result *primary = proof_primary(workload);
    if (!primary)
        return false;
    if (primary->outcome == OUTCOME_IMPROVED)
        return true;
    return primary->outcome == OUTCOME_UNDECIDED && evidence->family_limit > 0 &&
           primary->e_value >= evidence->family_limit && proof_mean(evidence) >= evidence->family_limit;
}

static double proof_least(const struct evidence *evidence, const struct policy *policy)
{
    double least = INFINITY;
    for (size_t i = 0; i < evidence->workload_count; i++) {
        const struct workload_evidence *workload = &evidence->workloads[i];
        const struct metric_result *primary = proof_primary(workload);
        if (!primary)
            return 0;
        /* Not the greater of this and the primary's own: a maximum of two e-values isn't one. */
        least = fmin(least,
                     proof_not_worse(&workload->measurement, primary->metric, policy->regression_threshold));
    }
    return isfinite(least) ? least : 0;
}

double proof_e_value(const struct evidence *evidence, const struct policy *policy)
{
    double value =
        policy->intent == INTENT_NO_REGRESSION ? proof_least(evidence, policy) : proof_mean(evidence);
    return value > 0 ? value : 0;
}

double proof_limit(const struct evidence *evidence, const struct policy *policy)
{
    if (evidence->family_limit > 0)
        return evidence->family_limit;
    return plan_limit(evidence->family_size, policy->false_discovery_rate);
}

/* The pairs that bear on the decision; size pairs come after the stop and would be a second look. */
static bool proof_is_evidence(const struct pair *pair)
{
    return pair->phase == PHASE_DECIDE || pair->phase == PHASE_GUARD;
}

double proof_not_worse(const struct measurement *measurement, enum metric metric, double delta)
{
    struct eprocess process = {.count = 0};
    for (size_t i = 0; i < measurement->pair_count && process.count < METHOD_PAIRS_MAX; i++) {
        const struct pair *pair = &measurement->pairs[i];
        double base = pair->base.value[metric];
        double candidate = pair->candidate.value[metric];
        if (proof_is_evidence(pair) && base >= 0 && candidate >= 0)
            eprocess_add(&process, eprocess_effect(base, candidate));
    }
    return steady_exp(eprocess_log_e(&process, process.count, eprocess_theta(-delta), 1));
}

double proof_budget(const struct measurement *measurement, enum metric metric, double ceiling, int side)
{
    struct eprocess process = {.count = 0};
    double samples = metric == METRIC_PEAK_MEMORY || metric_needs_requests(metric)
                         ? 1
                         : fmax((double)measurement->block, 1);
    for (size_t i = 0; i < measurement->pair_count && process.count < METHOD_PAIRS_MAX; i++) {
        const struct pair *pair = &measurement->pairs[i];
        double value = pair->candidate.value[metric];
        if (proof_is_evidence(pair) && value >= 0) /* an effect of one size is a bet on the sign alone */
            eprocess_add(&process, value / samples <= ceiling ? 1 : -1);
    }
    return steady_exp(eprocess_log_e(&process, process.count, 0, side));
}
