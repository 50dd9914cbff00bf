#include "workloads/measure/terms.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/block.h"

#include <assert.h>

struct plan terms_plan(const struct measure_input *input)
{
    assert(input->weight_share > 0 && input->weight_share <= 1);
    struct plan plan = {
        .primary = input->workload->primary,
        .noise_only = input->candidate == NULL,
        .either_way = input->either_way,
        .hasty = input->hasty,
        .minimum_improvement = input->minimum_improvement,
        .regression_threshold = input->regression_threshold,
        .limit = plan_limit(input->family_size, input->false_discovery_rate) / input->weight_share,
        .time_budget_s = input->time_budget_s,
    };
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        bool had = workload_kind_has_metric(input->workload->kind, (enum metric)metric);
        plan.guardrail_delta[metric] = had ? input->guardrail_delta[metric] : -1;
    }
    return plan;
}

void terms_fit_block(const struct measure_input *input, const struct figures *totals,
                     struct measurement *measurement)
{
    const struct workload *workload = input->workload;
    size_t needed = metric_requests_needed(workload->primary);
    size_t *block = &measurement->block;
    if (measurement->pair_count > 0)
        return;
    if (totals && workload->kind->requests && totals[0].value[METRIC_WALL] > 0)
        *block = block_size(workload->block_s, totals[0].value[METRIC_WALL] / (double)*block);
    *block = *block < needed ? needed : *block;
}

const char *terms_phase(enum pair_phase phase)
{
    static const char *const phases[] = {
        [PHASE_NOISE] = "measuring the noise of the base",
        [PHASE_DECIDE] = "measuring pairs",
        [PHASE_GUARD] = "settling what else may have become worse",
        [PHASE_SIZE] = "measuring the size of the gain",
    };
    return phases[phase];
}

char *terms_feasibility(const struct measure_input *input, const struct measurement *measurement)
{
    double gain = 100 * measure_method.feasible_multiple * input->minimum_improvement;
    if (measurement->pairs_needed < 0)
        return memory_format("at this noise a gain of %.3g %% can't be shown in %zu pairs", gain,
                             measure_method.cap);
    return memory_format("at this noise a gain of %.3g %% needs about %.0f s; the budget is %.0f s", gain,
                         measurement->seconds_needed, input->time_budget_s);
}

char *terms_reason(const struct measure_input *input, const struct measurement *measurement,
                   enum plan_reason reason)
{
    if ((reason != PLAN_CAP && reason != PLAN_BUDGET) || measurement->pair_count < measure_method.noise_pairs)
        return memory_copy_string(plan_reason_sentence(reason));
    cleanup_free char *needs = terms_feasibility(input, measurement);
    return memory_format("%s; %s", plan_reason_sentence(reason), needs);
}
