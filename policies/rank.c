#include "policies/rank.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/judge.h"
#include "policies/proof.h"
#include "workloads/measure/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANK_DAYS_A_MONTH    (365.25 / 12)
#define RANK_SECONDS_AN_HOUR 3600.0

double rank_e_value(const struct evidence *evidence, const struct policy *policy)
{
    struct judgement judgement;
    struct evidence generous = *evidence; /* judged as if the family asked the least that it can: k = N */
    generous.family_limit = evidence->family_size <= 1 ? 0 : 1 / policy->false_discovery_rate;
    judge_evidence(&generous, policy, &judgement);
    bool claims = judgement.cause == CAUSE_IMPROVED || judgement.cause == CAUSE_NOT_WORSE;
    return claims ? proof_e_value(evidence, policy) : 0;
}

static int rank_compare_descending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x < y) - (x > y);
}

void rank_close_family(struct rank_family *family, const double *e_values, size_t count, size_t size,
                       double false_discovery_rate)
{
    assert(count <= size && false_discovery_rate > 0);
    *family = (struct rank_family){.size = size > 0 ? size : 1, .false_discovery_rate = false_discovery_rate};
    family->e_values = memory_zeroed((count + 1) * sizeof *family->e_values);
    for (size_t i = 0; i < count; i++)
        if (e_values[i] > 0)
            family->e_values[family->e_value_count++] = e_values[i];
    qsort(family->e_values, family->e_value_count, sizeof *family->e_values, rank_compare_descending);
    double asked = plan_limit(family->size, false_discovery_rate);
    for (size_t k = family->e_value_count; k > 0 && family->accepted == 0; k--)
        if (family->e_values[k - 1] >= asked / (double)k)
            family->accepted = k;
    family->limit = asked / (double)(family->accepted > 0 ? family->accepted : 1);
}

void rank_family_fini(struct rank_family *family)
{
    free(family->e_values);
    *family = (struct rank_family){0};
}

void rank_join(struct evidence *evidence, const struct rank_family *family)
{
    evidence->family_size = family->size;
    evidence->family_limit = family->size > 1 ? family->limit : 0;
    evidence->family_accepted = family->accepted;
}

/* An end of the mean gain: unknown as soon as one workload's is. */
static struct gain rank_mean_gain(const struct rank_workload *workloads, size_t count)
{
    struct gain mean = {.known = count > 0};
    double weights = 0;
    for (size_t i = 0; i < count; i++) {
        const struct gain *gain = &workloads[i].gain;
        mean.known = mean.known && gain->known && isfinite(gain->low) && isfinite(gain->high);
        mean.point += workloads[i].weight * gain->point;
        mean.low += workloads[i].weight * gain->low;
        mean.high += workloads[i].weight * gain->high;
        weights += workloads[i].weight;
    }
    mean.known = mean.known && weights > 0;
    if (!mean.known)
        return (struct gain){.point = NAN, .low = NAN, .high = NAN};
    mean.point /= weights;
    mean.low /= weights;
    mean.high /= weights;
    return mean;
}

/* CPU seconds that the average request saves; NaN where one workload has no figure. */
static double rank_saved_seconds(const struct rank_workload *workloads, size_t count, bool low)
{
    double saved = 0;
    double weights = 0;
    for (size_t i = 0; i < count; i++) {
        const struct rank_workload *workload = &workloads[i];
        if (!workload->cpu.known || !(workload->cpu_seconds >= 0))
            return NAN;
        saved += workload->weight * workload->cpu_seconds * (low ? workload->cpu.low : workload->cpu.point);
        weights += workload->weight;
    }
    return weights > 0 ? saved / weights : NAN;
}

void rank_estimate(struct rank_estimate *out, const struct rank_workload *workloads, size_t count,
                   size_t lines, const struct policy_price *price)
{
    bool priced = price->cpu_hour > 0 && price->requests_a_day > 0;
    double monthly =
        priced ? price->requests_a_day * RANK_DAYS_A_MONTH / RANK_SECONDS_AN_HOUR * price->cpu_hour : NAN;
    *out = (struct rank_estimate){
        .team = rank_mean_gain(workloads, count),
        .money_low = rank_saved_seconds(workloads, count, true) * monthly,
        .money = rank_saved_seconds(workloads, count, false) * monthly,
    };
    out->gain_per_line = lines > 0 ? out->team.low / (double)lines : NAN;
}

/* Where those without a recommendation stand among each other: what is open, what is useless, what is bad. */
static const int rank_groups[VERDICT_COUNT] = {
    [VERDICT_RECOMMENDED] = 0,      [VERDICT_GUARDRAIL_UNPROVEN] = 1, [VERDICT_INCONCLUSIVE] = 2,
    [VERDICT_NOT_WORTH_IT] = 3,     [VERDICT_NO_EFFECT] = 4,          [VERDICT_REGRESSION] = 5,
    [VERDICT_GUARDRAIL_BROKEN] = 6, [VERDICT_CONTRACT_BROKEN] = 7,    [VERDICT_TESTS_FAILED] = 8,
    [VERDICT_DOES_NOT_START] = 9,   [VERDICT_DOES_NOT_BUILD] = 10,    [VERDICT_DOES_NOT_APPLY] = 11,
    [VERDICT_REFUSED] = 12,         [VERDICT_SUSPICIOUS] = 13,        [VERDICT_ERROR] = 14,
};

/* 0 recommended, 1 reached the threshold, 2 neither. */
static int rank_tier(const struct rank_candidate *candidate)
{
    if (candidate->verdict == VERDICT_RECOMMENDED)
        return 0;
    return candidate->reached ? 1 : 2;
}

/* Unknown gains behind all known ones. */
static int rank_compare_gains(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a < b) - (a > b);
}

static int rank_compare(const struct rank_candidate *a, const struct rank_candidate *b)
{
    const int keys[] = {
        rank_tier(a) - rank_tier(b),
        rank_groups[a->verdict] - rank_groups[b->verdict],
        rank_compare_gains(a->team_low, b->team_low),
        (a->lines > b->lines) - (a->lines < b->lines),
        (a->files > b->files) - (a->files < b->files),
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i] != 0)
            return keys[i];
    return strcmp(a->id, b->id);
}

static int rank_compare_borrowed(const void *a, const void *b)
{
    return rank_compare(*(struct rank_candidate *const *)a, *(struct rank_candidate *const *)b);
}

void rank_order(struct rank_candidate *candidates, size_t count, size_t *order)
{
    cleanup_free struct rank_candidate **sorted = memory_zeroed((count + 1) * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &candidates[i];
    qsort(sorted, count, sizeof *sorted, rank_compare_borrowed);
    for (size_t i = 0; i < count; i++) {
        order[i] = (size_t)(sorted[i] - candidates);
        sorted[i]->rank = sorted[i]->verdict == VERDICT_RECOMMENDED ? i + 1 : 0;
    }
}
