#include "workloads/measure/tally.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/statistics.h"
#include "workloads/measure/steady.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gain tally_gain(const double *effects, size_t count)
{
    struct statistics_interval interval = statistics_signed_rank(effects, count, measure_method.interval);
    return (struct gain){
        .known = interval.known,
        .point = -steady_expm1(-interval.point),
        .low = -steady_expm1(-interval.low),
        .high = -steady_expm1(-interval.high),
    };
}

static bool tally_takes(const struct pair *pair, bool size)
{
    return size ? pair->phase == PHASE_SIZE : pair->phase == PHASE_DECIDE || pair->phase == PHASE_GUARD;
}

void tally_size(const struct measurement *measurement, struct metric_result *row)
{
    double effects[METHOD_PAIRS_MAX];
    double base[METHOD_PAIRS_MAX];
    double candidate[METHOD_PAIRS_MAX];
    size_t count = 0;
    for (int pass = 0; pass < 2 && count == 0; pass++) {
        for (size_t i = 0; i < measurement->pair_count && count < METHOD_PAIRS_MAX; i++) {
            const struct pair *pair = &measurement->pairs[i];
            if (!tally_takes(pair, pass == 0) || isnan(plan_effect(pair, row->metric)))
                continue;
            effects[count] = plan_effect(pair, row->metric);
            base[count] = pair->base.value[row->metric];
            candidate[count++] = pair->candidate.value[row->metric];
        }
        row->size_pairs = pass == 0 ? count : 0;
    }
    if (count == 0)
        return;
    row->gain = tally_gain(effects, count);
    row->before = statistics_median(base, count);
    row->after = statistics_median(candidate, count);
}

static void tally_fill_noise(const struct plan *plan, struct measurement *measurement)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        measurement->noise_floor[metric] =
            plan_noise_floor(measurement->pairs, measurement->pair_count, (enum metric)metric);
    }
    if (measurement->pair_count == 0)
        return;
    measurement->pair_seconds = measurement->seconds / (double)measurement->pair_count;
    double noise = fmax(measurement->noise_floor[plan->primary], 0);
    struct feasibility feasibility = eprocess_feasibility(noise, plan->minimum_improvement, plan->limit);
    double around = (double)measure_method.noise_pairs + plan_size_cost(plan);
    measurement->pairs_needed = feasibility.reachable ? feasibility.pairs : -1;
    measurement->seconds_needed =
        feasibility.reachable ? (around + feasibility.pairs) * measurement->pair_seconds : -1;
}

void tally_fill(const struct plan *plan, struct measurement *measurement)
{
    measurement->threshold = plan->minimum_improvement;
    tally_fill_noise(plan, measurement);
    measurement->metric_count = 0;
    if (plan->noise_only)
        return;
    struct plan_metric rows[METRIC_COUNT];
    size_t count = plan_assess(plan, measurement->pairs, measurement->pair_count, rows);
    for (size_t i = 0; i < count; i++) {
        struct metric_result *row = &measurement->metrics[measurement->metric_count++];
        *row = (struct metric_result){
            .metric = rows[i].metric,
            .primary = rows[i].primary,
            .outcome = rows[i].outcome,
            .e_value = steady_exp(rows[i].log_e),
            .e_real = steady_exp(rows[i].log_e_real),
            .e_worse = steady_exp(rows[i].log_e_worse),
            .delta = rows[i].delta,
            .pairs_to_verdict = rows[i].stop,
        };
        tally_size(measurement, row);
    }
    /* What was compared with answers that can't be relied on is no win,
     * whatever the figures were until then. */
    if (measurement->base_unstable)
        measurement->metrics[0].outcome = OUTCOME_UNDECIDED;
}

void strata_totals_init(struct strata_totals *totals, size_t strata)
{
    *totals = (struct strata_totals){.strata = strata};
}

void strata_totals_fini(struct strata_totals *totals)
{
    free(totals->base);
    free(totals->candidate);
    *totals = (struct strata_totals){0};
}

void strata_totals_add_pair(struct strata_totals *totals)
{
    size_t filled = totals->pairs * totals->strata;
    totals->pairs++;
    totals->base = memory_resize(totals->base, totals->pairs * totals->strata, sizeof *totals->base);
    totals->candidate =
        memory_resize(totals->candidate, totals->pairs * totals->strata, sizeof *totals->base);
    for (size_t i = filled; i < totals->pairs * totals->strata; i++) {
        totals->base[i] = -1;
        totals->candidate[i] = -1;
    }
}

void strata_totals_drop_pair(struct strata_totals *totals)
{
    totals->pairs--;
}

void strata_totals_add(struct strata_totals *totals, bool candidate, size_t stratum, double value)
{
    if (value < 0 || totals->pairs == 0)
        return;
    double *cell =
        (candidate ? totals->candidate : totals->base) + (totals->pairs - 1) * totals->strata + stratum;
    *cell = (*cell < 0 ? 0 : *cell) + value;
}

void tally_judge_stratum(struct stratum_effect *stratum, double delta)
{
    double effects[METHOD_PAIRS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < stratum->pair_count && count < METHOD_PAIRS_MAX; i++) {
        const struct stratum_pair *pair = &stratum->pairs[i];
        if (pair->base >= 0 && pair->candidate >= 0)
            effects[count++] = eprocess_effect(pair->base, pair->candidate);
    }
    stratum->gain = tally_gain(effects, count);
    stratum->harmful = stratum->gain.known && stratum->gain.high < -delta;
}

void tally_fill_strata(const struct block_plan *blocks, const struct strata_totals *totals, double delta,
                       struct measurement *measurement)
{
    if (totals->pairs == 0 || blocks->stratum_count < 2)
        return;
    measurement->strata = memory_zeroed(blocks->stratum_count * sizeof *measurement->strata);
    measurement->stratum_count = blocks->stratum_count;
    for (size_t s = 0; s < blocks->stratum_count; s++) {
        struct stratum_effect *row = &measurement->strata[s];
        row->name = memory_copy_string(blocks->strata[s].name);
        row->weight = blocks->strata[s].weight / blocks->weight;
        row->samples = blocks->strata[s].count;
        row->pairs = memory_resize(NULL, totals->pairs, sizeof *row->pairs);
        row->pair_count = totals->pairs;
        for (size_t i = 0; i < totals->pairs; i++)
            row->pairs[i] = (struct stratum_pair){totals->base[i * totals->strata + s],
                                                  totals->candidate[i * totals->strata + s]};
        tally_judge_stratum(row, delta);
    }
}
