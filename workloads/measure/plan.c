#include "workloads/measure/plan.h"

#include "workloads/measure/statistics.h"
#include "workloads/measure/steady.h"

#include <math.h>

double plan_limit(size_t family_size, double false_discovery_rate)
{
    return family_size <= 1 ? measure_method.win : (double)family_size / false_discovery_rate;
}

double plan_effect(const struct pair *pair, enum metric metric)
{
    double base = pair->base.value[metric];
    double candidate = pair->candidate.value[metric];
    return base < 0 || candidate < 0 ? NAN : eprocess_effect(base, candidate);
}

/*
 * A guardrail allows a resolution A besides the fraction δ: worse is "candidate > base · (1 + δ) + A", which
 * is the same as (candidate + A/δ) > (base + A/δ) · (1 + δ), so adding A/δ to both keeps the test as it is,
 * and the arms alike.
 */
static double plan_guard_effect(const struct pair *pair, enum metric metric, double delta)
{
    double allowed = measure_method.resolution[metric] / fmax(delta, measure_method.scale_floor);
    double base = pair->base.value[metric];
    double candidate = pair->candidate.value[metric];
    return base < 0 || candidate < 0 ? NAN : eprocess_effect(base + allowed, candidate + allowed);
}

static size_t plan_noise_pairs(const struct plan *plan)
{
    return plan->hasty ? 0 : measure_method.noise_pairs;
}

static size_t plan_size_pairs(const struct plan *plan)
{
    return plan->hasty ? measure_method.hasty_size_pairs : measure_method.size_pairs;
}

double plan_size_cost(const struct plan *plan)
{
    return (double)plan_size_pairs(plan) * (plan->held_out ? 2 : 1);
}

static size_t plan_count(const struct pair *pairs, size_t count, enum pair_phase phase)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += pairs[i].phase == phase;
    return found;
}

/* From before the machine could tell the metric: of neither arm is there a figure. */
static bool plan_is_before_figures(const struct pair *pair, enum metric metric)
{
    return pair->base.value[metric] < 0 && pair->candidate.value[metric] < 0;
}

/* Of a guardrail, decide and guard pairs, from the first that has figures on.
 * False where a later pair has none, or all have. */
static bool plan_collect_guardrail(const struct pair *pairs, size_t count, enum metric metric, double delta,
                                   struct eprocess *process)
{
    size_t first = 0;
    *process = (struct eprocess){0};
    while (first < count && plan_is_before_figures(&pairs[first], metric))
        first++;
    for (size_t i = first; i < count && process->count < measure_method.cap; i++) {
        double effect = plan_guard_effect(&pairs[i], metric, delta);
        if (isnan(effect))
            return false;
        if (pairs[i].phase == PHASE_DECIDE || pairs[i].phase == PHASE_GUARD)
            eprocess_add(process, effect);
    }
    return first < count || count == 0;
}

/* Of the primary, decide pairs, and guard pairs when asked for. False where a pair has no figure. */
static bool plan_collect(const struct pair *pairs, size_t count, enum metric metric, bool guard,
                         struct eprocess *process)
{
    *process = (struct eprocess){0};
    for (size_t i = 0; i < count && process->count < measure_method.cap; i++) {
        double effect = plan_effect(&pairs[i], metric);
        if (isnan(effect))
            return false;
        if (pairs[i].phase == PHASE_DECIDE || (guard && pairs[i].phase == PHASE_GUARD))
            eprocess_add(process, effect);
    }
    return true;
}

static void plan_freeze(const struct eprocess *process, double theta, struct plan_metric *row)
{
    row->log_e = eprocess_log_e(process, row->stop, theta, +1);
    row->log_e_real = eprocess_log_e(process, row->stop, 0, +1);
    row->log_e_worse = eprocess_log_e(process, row->stop, eprocess_theta(-row->delta), -1);
}

/*
 * Where the primary stands: at the end of its decide pairs, which come only while it is open. The first look
 * that would do isn't searched for, since a process may have gone on behind it, for a family or a threshold
 * that asks for more: to go back then would be to pick a maximum.
 */
static int plan_side(const struct eprocess *process, double theta, double win)
{
    if (process->count < measure_method.least)
        return 0;
    if (eprocess_log_e(process, process->count, theta, +1) >= steady_log(win))
        return +1;
    return eprocess_log_e(process, process->count, theta, -1) >= steady_log(1 / measure_method.futility) ? -1
                                                                                                         : 0;
}

/* The first look at which one of the two e-processes reaches its limit; `count` when none does. */
static size_t plan_first_stop(const struct eprocess *process, double win_theta, double win, double lose_theta,
                              double lose, int *side)
{
    struct eprocess_wealth up = {0};
    struct eprocess_wealth down = {0};
    *side = 0;
    for (size_t n = 1; n <= process->count; n++) {
        eprocess_bet(&up, process, n - 1, win_theta, +1);
        eprocess_bet(&down, process, n - 1, lose_theta, -1);
        if (n < measure_method.least)
            continue;
        if (eprocess_wealth_log(&up) >= steady_log(win))
            *side = +1;
        else if (eprocess_wealth_log(&down) >= steady_log(lose))
            *side = -1;
        if (*side != 0)
            return n;
    }
    return process->count;
}

static void plan_assess_primary(const struct plan *plan, const struct pair *pairs, size_t count,
                                struct plan_metric *row)
{
    struct eprocess process;
    *row =
        (struct plan_metric){.metric = plan->primary, .primary = true, .delta = plan->regression_threshold};
    if (!plan_collect(pairs, count, plan->primary, false, &process)) {
        row->outcome = OUTCOME_UNAVAILABLE;
        return;
    }
    double theta = eprocess_theta(plan->minimum_improvement);
    int side = plan_side(&process, theta, plan->limit);
    row->stop = process.count;
    plan_freeze(&process, theta, row);
    row->outcome = side > 0 ? OUTCOME_IMPROVED : side < 0 ? OUTCOME_NOT_WORTH_IT : OUTCOME_UNDECIDED;
    if (side >= 0 || !plan_collect(pairs, count, plan->primary, true, &process))
        return;
    /* Futility doesn't tell "as fast as before" from "slower":
     * pairs after it speak for this question alone. */
    double loss = eprocess_theta(-row->delta);
    int worse = 0;
    size_t stop = plan_first_stop(&process, loss, measure_method.proof, loss, measure_method.proof, &worse);
    row->log_e_worse = eprocess_log_e(&process, stop, loss, -1);
    row->not_worse = worse > 0;
    if (worse < 0)
        row->outcome = OUTCOME_REGRESSED;
}

static void plan_assess_guardrail(const struct plan *plan, const struct pair *pairs, size_t count,
                                  enum metric metric, struct plan_metric *row)
{
    struct eprocess process;
    *row = (struct plan_metric){.metric = metric, .delta = plan->guardrail_delta[metric]};
    if (!plan_collect_guardrail(pairs, count, metric, row->delta, &process)) {
        row->outcome = OUTCOME_UNAVAILABLE;
        return;
    }
    double theta = eprocess_theta(-row->delta);
    int side = 0;
    row->stop = plan_first_stop(&process, theta, measure_method.proof, theta, measure_method.proof, &side);
    plan_freeze(&process, theta, row);
    row->outcome = side > 0 ? OUTCOME_HELD : side < 0 ? OUTCOME_BROKEN : OUTCOME_UNPROVEN;
}

size_t plan_assess(const struct plan *plan, const struct pair *pairs, size_t count,
                   struct plan_metric rows[static METRIC_COUNT])
{
    size_t filled = 0;
    plan_assess_primary(plan, pairs, count, &rows[filled++]);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        if (metric != (int)plan->primary && plan->guardrail_delta[metric] >= 0)
            plan_assess_guardrail(plan, pairs, count, (enum metric)metric, &rows[filled++]);
    }
    return filled;
}

const char *plan_reason_sentence(enum plan_reason reason)
{
    static const char *const sentences[] = {
        [PLAN_GOES_ON] = "the measurement goes on",
        [PLAN_NOISE_KNOWN] = "the noise of the base is known",
        [PLAN_PROVEN] = "the gain is proven, and its size measured on fresh pairs",
        [PLAN_GUARDRAIL_OPEN] = "the gain is proven, but a guardrail is neither proven nor broken",
        [PLAN_GUARDRAIL_BROKEN] = "the gain is proven, but a guardrail is broken",
        [PLAN_FUTILE] = "the gain is below the threshold",
        [PLAN_WORSE] = "the candidate is slower than the base",
        [PLAN_CAP] = "the most pairs that one verdict may take were run without a decision",
        [PLAN_BUDGET] = "the time budget was spent without a decision",
        [PLAN_NO_FIGURE] = "this machine gives no figure for the primary metric",
    };
    return sentences[reason];
}

struct plan_order plan_order_effect(const struct plan *plan, const struct pair *pairs, size_t count)
{
    double paired[METHOD_PAIRS_MAX];
    double slots[METHOD_PAIRS_MAX + METHOD_PAIRS_MAX];
    size_t found = 0;
    for (size_t i = 0; i < count && found < measure_method.cap; i++) {
        if (pairs[i].phase == PHASE_DECIDE || pairs[i].phase == PHASE_GUARD)
            paired[found++] = plan_effect(&pairs[i], plan->primary);
    }
    double middle = statistics_median(paired, found);
    struct plan_order order = {0};
    size_t filled = 0;
    size_t candidate_first = 0;
    for (size_t i = 0; i < count && filled < METHOD_PAIRS_MAX; i++) {
        double effect = plan_effect(&pairs[i], plan->primary);
        if (pairs[i].phase == PHASE_SIZE || pairs[i].quad || isnan(effect))
            continue;
        candidate_first += pairs[i].candidate_first;
        effect -= pairs[i].phase == PHASE_NOISE ? 0 : middle;
        slots[filled++] = pairs[i].candidate_first ? -effect : effect;
    }
    order.known = filled >= measure_method.order_least && candidate_first >= 2;
    order.effect = statistics_median(slots, filled);
    order.scale = fmax(statistics_sorted_scale(slots, filled), measure_method.scale_floor);
    return order;
}

double plan_noise_floor(const struct pair *pairs, size_t count, enum metric metric)
{
    double spread[METHOD_PAIRS_MAX];
    size_t filled = 0;
    for (size_t i = 0; i < count && filled < METHOD_PAIRS_MAX; i++) {
        double effect = plan_effect(&pairs[i], metric);
        if (pairs[i].phase == PHASE_NOISE && !isnan(effect))
            spread[filled++] = fabs(effect);
    }
    /* Around 0 and not around the median: two runs of the same program differ by nothing but noise. */
    return filled == 0 ? -1 : 1.4826 * statistics_median(spread, filled);
}

/* Once switched, always switched: the quads themselves no longer show the effect. */
static bool plan_wants_quads(const struct plan *plan, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].quad)
            return true;
    }
    struct plan_order order = plan_order_effect(plan, pairs, count);
    return order.known && fabs(order.effect) > order.scale;
}

/* Guard pairs come while a guardrail of a winner is open;
 * what a broken or unprovable one means is told apart. */
static enum plan_reason plan_guardrails(const struct plan_metric *rows, size_t count)
{
    enum plan_reason reason = PLAN_PROVEN;
    for (size_t i = 1; i < count; i++) {
        if (rows[i].outcome == OUTCOME_BROKEN)
            return PLAN_GUARDRAIL_BROKEN;
        if (rows[i].outcome == OUTCOME_UNPROVEN)
            reason = PLAN_GUARDRAIL_OPEN;
    }
    return reason;
}

/* Guard pairs may come behind size pairs, when a process goes on that had run out of time. */
static struct plan_action plan_after_win(const struct plan *plan, const struct plan_metric *rows,
                                         size_t row_count, size_t decided, size_t sized, bool time_left)
{
    enum plan_reason guardrails = plan_guardrails(rows, row_count);
    if (guardrails == PLAN_GUARDRAIL_BROKEN)
        return (struct plan_action){.reason = guardrails};
    if (guardrails == PLAN_GUARDRAIL_OPEN && decided < measure_method.cap && time_left)
        return (struct plan_action){.phase = PHASE_GUARD};
    if (sized < plan_size_pairs(plan))
        return (struct plan_action){.phase = PHASE_SIZE};
    return (struct plan_action){.reason = guardrails};
}

static struct plan_action plan_after_futility(const struct plan *plan, const struct plan_metric *primary,
                                              size_t decided, size_t sized, bool time_left)
{
    if (primary->outcome == OUTCOME_REGRESSED && plan->either_way && sized < plan_size_pairs(plan))
        return (struct plan_action){.phase = PHASE_SIZE};
    if (primary->outcome == OUTCOME_REGRESSED)
        return (struct plan_action){.reason = PLAN_WORSE};
    bool leans = plan->either_way ? !primary->not_worse : primary->log_e_worse > 0;
    size_t cap = plan->either_way ? measure_method.cap : measure_method.regression_cap;
    if (leans && decided < cap && time_left)
        return (struct plan_action){.phase = PHASE_GUARD};
    return (struct plan_action){.reason = PLAN_FUTILE};
}

static struct plan_action plan_decide(const struct plan *plan, const struct pair *pairs, size_t count,
                                      double seconds)
{
    struct plan_metric rows[METRIC_COUNT];
    size_t row_count = plan_assess(plan, pairs, count, rows);
    size_t decided = plan_count(pairs, count, PHASE_DECIDE) + plan_count(pairs, count, PHASE_GUARD);
    size_t sized = plan_count(pairs, count, PHASE_SIZE);
    /* A win owes its size pairs, so the time for them is kept back. */
    double kept = count ? seconds / (double)count * plan_size_cost(plan) : 0;
    bool time_left = seconds + kept < plan->time_budget_s;
    switch (rows[0].outcome) {
    case OUTCOME_UNAVAILABLE:
        return (struct plan_action){.reason = PLAN_NO_FIGURE};
    case OUTCOME_IMPROVED:
        return plan_after_win(plan, rows, row_count, decided, sized, time_left);
    case OUTCOME_NOT_WORTH_IT:
    case OUTCOME_REGRESSED:
        return plan_after_futility(plan, &rows[0], decided, sized, time_left);
    default:
        if (decided >= measure_method.cap)
            return (struct plan_action){.reason = PLAN_CAP};
        if (!time_left)
            return (struct plan_action){.reason = PLAN_BUDGET};
        return (struct plan_action){.phase = PHASE_DECIDE};
    }
}

struct plan_action plan_next(const struct plan *plan, const struct pair *pairs, size_t count, double seconds)
{
    size_t noise = plan_count(pairs, count, PHASE_NOISE);
    if (count > 0 && isnan(plan_effect(&pairs[0], plan->primary)))
        return (struct plan_action){.reason = PLAN_NO_FIGURE};
    if (noise < plan_noise_pairs(plan))
        return (struct plan_action){.phase = PHASE_NOISE};
    if (plan->noise_only)
        return (struct plan_action){.reason = PLAN_NOISE_KNOWN};
    struct plan_action action = plan_decide(plan, pairs, count, seconds);
    if (action.reason == PLAN_GOES_ON)
        action.quad = plan_wants_quads(plan, pairs, count);
    return action;
}
