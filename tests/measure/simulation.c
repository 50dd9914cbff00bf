#include "tests/measure/simulation.h"

#include <math.h>

#define SIMULATION_PI     3.14159265358979323846
#define SIMULATION_SLOWER 21 /* requests of 2,000 at or above the p99 */

const struct simulation_noise simulation_families[] = {
    {.name = "quiet, 1.5 %", .sigma = 0.015},
    {.name = "bursts", .sigma = 0.015, .burst = 0.15, .burst_size = 0.4},
    {.name = "drift, 5 % a run", .sigma = 0.015, .drift = 0.05},
    {.name = "order effect, 5 %", .sigma = 0.015, .order = 0.05},
    {.name = "heavy, 8 %", .sigma = 0.08, .burst = 0.05, .burst_size = 0.3},
    {.name = "autocorrelated", .sigma = 0.015, .memory = 0.9, .wave = 0.03},
    {.name = "p99, Pareto tail", .sigma = 0.01, .tail = 1.5},
};
const size_t simulation_family_count = sizeof simulation_families / sizeof *simulation_families;

/* SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static double simulation_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1.0p-53;
}

static double simulation_uniform(struct simulation *simulation)
{
    return simulation_random(&simulation->random);
}

static double simulation_normal(struct simulation *simulation)
{
    double radius = sqrt(-2 * log(simulation_uniform(simulation)));
    return radius * cos(2 * SIMULATION_PI * simulation_uniform(simulation));
}

/* Log of the 1,980th of 2,000 ordered Pareto values,
 * by the ratio of gamma sums that a uniform one's rank is. */
static double simulation_p99(struct simulation *simulation, double exponent)
{
    double above = 0;
    for (int i = 0; i < SIMULATION_SLOWER; i++)
        above -= log(simulation_uniform(simulation));
    double below = 1980 + sqrt(1980) * simulation_normal(simulation);
    return -log(above / (above + below)) / exponent;
}

static double simulation_run(struct simulation *simulation, bool candidate, bool second)
{
    const struct simulation_noise *noise = simulation->noise;
    double value = noise->sigma * simulation_normal(simulation) + (second ? noise->order : 0);
    if (noise->drift > 0)
        value += simulation->level += noise->drift * simulation_normal(simulation);
    if (noise->wave > 0)
        value += simulation->wave =
            noise->memory * simulation->wave + noise->wave * simulation_normal(simulation);
    if (noise->tail > 0)
        value += simulation_p99(simulation, noise->tail);
    if (noise->burst > 0 && simulation_uniform(simulation) < noise->burst)
        value -= noise->burst_size * log(simulation_uniform(simulation));
    if (simulation->after_candidate)
        value += noise->after;
    simulation->after_candidate = candidate;
    return value;
}

/* The pair's effect without any gain. A coin is tossed, but not for noise pairs. */
static double simulation_draw(struct simulation *simulation, struct pair *pair)
{
    bool noise = pair->phase == PHASE_NOISE;
    double runs[2] = {0, 0};
    size_t count = pair->quad ? 4 : 2;
    pair->candidate_first = !noise && simulation_random(&simulation->coins) < 0.5;
    for (size_t k = 0; k < count; k++) {
        bool second = k == 1 || k == 2; /* AB, or ABBA */
        bool candidate = second != pair->candidate_first;
        runs[candidate] += 2 * simulation_run(simulation, candidate && !noise, k % 2 == 1) / (double)count;
    }
    return runs[0] - runs[1];
}

void simulation_fill_pair(struct simulation *simulation, double gain, struct pair *pair)
{
    double effect = simulation_draw(simulation, pair);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        pair->base.value[metric] = pair->candidate.value[metric] = -1;
    pair->base.value[METRIC_CPU] = 1;
    pair->candidate.value[METRIC_CPU] = exp(-effect) * (pair->phase == PHASE_NOISE ? 1 : 1 - gain);
}

enum metric_outcome simulation_step(struct simulation_steps *steps, double effect)
{
    double theta = eprocess_theta(0.10);
    size_t index = steps->process.count;
    eprocess_add(&steps->process, effect);
    eprocess_bet(&steps->up, &steps->process, index, theta, +1);
    eprocess_bet(&steps->down, &steps->process, index, theta, -1);
    if (index + 1 < measure_method.least)
        return OUTCOME_UNDECIDED;
    if (eprocess_wealth_log(&steps->up) >= log(measure_method.win))
        return OUTCOME_IMPROVED;
    bool futile = eprocess_wealth_log(&steps->down) >= log(1 / measure_method.futility);
    return futile ? OUTCOME_NOT_WORTH_IT : OUTCOME_UNDECIDED;
}

struct simulation_rates simulation_repeat(const struct simulation_noise *noise, double gain,
                                          size_t repetitions, uint64_t seed)
{
    struct simulation_rates rates = {.repetitions = repetitions};
    struct simulation simulation = {.noise = noise, .random = seed, .coins = ~seed};
    for (size_t i = 0; i < repetitions; i++) {
        struct simulation_steps steps = {0};
        enum metric_outcome outcome = OUTCOME_UNDECIDED;
        while (outcome == OUTCOME_UNDECIDED && steps.process.count < measure_method.cap) {
            struct pair pair = {.phase = PHASE_DECIDE};
            double effect = simulation_draw(&simulation, &pair);
            outcome = simulation_step(&steps, effect + eprocess_theta(gain));
        }
        rates.wins += outcome == OUTCOME_IMPROVED;
        rates.futile += outcome == OUTCOME_NOT_WORTH_IT;
        rates.pairs += (double)steps.process.count / (double)repetitions;
    }
    return rates;
}

struct simulation_end simulation_plan(struct simulation *simulation, const struct plan *plan, double gain)
{
    struct simulation_end end = {0};
    for (;;) {
        struct plan_action action = plan_next(plan, end.all, end.count, 1);
        if (action.reason != PLAN_GOES_ON || action.phase == PHASE_GUARD || action.phase == PHASE_SIZE)
            break;
        struct pair *pair = &end.all[end.count++];
        *pair = (struct pair){.phase = action.phase, .quad = action.quad};
        simulation_fill_pair(simulation, gain, pair);
        end.pairs += pair->phase == PHASE_DECIDE;
        end.quads += pair->quad;
    }
    struct plan_metric rows[METRIC_COUNT];
    plan_assess(plan, end.all, end.count, rows);
    end.outcome = rows[0].outcome;
    end.e_value = exp(rows[0].log_e);
    return end;
}

struct plan simulation_make_plan(size_t family)
{
    struct plan plan = {.primary = METRIC_CPU,
                        .minimum_improvement = 0.10,
                        .regression_threshold = 0.05,
                        .limit = plan_limit(family, 0.1),
                        .time_budget_s = 1e9};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        plan.guardrail_delta[metric] = -1;
    return plan;
}
