#include "workloads/measure/resolution.h"

#include "workloads/measure/plan.h"
#include "workloads/measure/steady.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define RESOLUTION_LOOK  24    /* pairs */
#define RESOLUTION_TRIES 200   /* simulated evaluations */
#define RESOLUTION_POWER 0.97  /* share of them that must win: 0.95 and a margin for what was not seen */
#define RESOLUTION_SEED  42    /* the same runs give the same answer */
#define RESOLUTION_LEAST 0.001 /* log ratios between which the excess is sought */
#define RESOLUTION_MOST  2.0
#define RESOLUTION_STEPS 9 /* halvings of that ratio: to 1.5 % of the excess */

/* SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t resolution_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double resolution_join(const struct resolution_runs *runs, size_t first, size_t joined)
{
    double sum = 0;
    for (size_t i = first; i < first + joined; i++)
        sum = runs->metric == METRIC_PEAK_MEMORY ? fmax(sum, runs->values[i]) : sum + runs->values[i];
    return sum;
}

/* Effects of all neighbouring groups of runs; a group begins where a pair does. Returns how many. */
static size_t resolution_effects(const struct resolution_runs *runs, size_t joined, double *effects)
{
    size_t filled = 0;
    for (size_t first = 0; first + 2 * joined <= runs->count; first += 2)
        effects[filled++] = eprocess_effect(resolution_join(runs, first, joined),
                                            resolution_join(runs, first + joined, joined));
    return filled;
}

/* One evaluation of a gain: pairs redrawn from the pool, the order of each by a fair coin. */
static bool resolution_try(const double *pool, size_t count, size_t pairs, double excess, double limit,
                           uint64_t *state, size_t *stop)
{
    struct pair drawn[METHOD_PAIRS_MAX];
    for (size_t i = 0; i < pairs; i++) {
        uint64_t random = resolution_random(state);
        double noise = pool[(random >> 1) % count];
        drawn[i] = (struct pair){.phase = PHASE_DECIDE, .candidate_first = (random & 1) != 0};
        drawn[i].base.value[METRIC_CPU] =
            steady_exp(drawn[i].candidate_first ? excess - noise : excess + noise);
        drawn[i].candidate.value[METRIC_CPU] = 1;
    }
    struct plan plan = {.primary = METRIC_CPU, .limit = limit, .time_budget_s = 1};
    struct plan_metric rows[METRIC_COUNT];
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        plan.guardrail_delta[metric] = -1;
    /* Most are decided early, and what is decided stays so: fewer pairs are looked at first, to save time. */
    for (size_t look = pairs < RESOLUTION_LOOK ? pairs : RESOLUTION_LOOK;; look = pairs) {
        plan_assess(&plan, drawn, look, rows);
        if (look == pairs || rows[0].outcome != OUTCOME_UNDECIDED)
            break;
    }
    *stop = rows[0].stop;
    return rows[0].outcome == OUTCOME_IMPROVED;
}

/* Share of wins; ends early once RESOLUTION_POWER is out of reach. `mean_stop` is that of the wins. */
static double resolution_simulate(const double *effects, size_t count, size_t pairs, double excess,
                                  double limit, double *mean_stop)
{
    uint64_t state = RESOLUTION_SEED;
    size_t wins = 0;
    size_t stops = 0;
    const size_t losses_most = (size_t)lround((1 - RESOLUTION_POWER) * RESOLUTION_TRIES);
    for (size_t try = 0; try < RESOLUTION_TRIES && try - wins <= losses_most; try++) {
        double pool[RESOLUTION_RUNS_MOST];
        size_t stop = 0;
        for (size_t i = 0; i < count; i++)
            pool[i] = effects[resolution_random(&state) % count];
        if (resolution_try(pool, count, pairs, excess, limit, &state, &stop)) {
            wins++;
            stops += stop;
        }
    }
    *mean_stop = wins ? (double)stops / (double)wins : 0;
    return (double)wins / RESOLUTION_TRIES;
}

double resolution_power(const struct resolution_runs *runs, size_t joined, size_t pairs, double excess,
                        double limit)
{
    double effects[RESOLUTION_RUNS_MOST];
    double ignored;
    size_t count = resolution_effects(runs, joined, effects);
    return count == 0 ? 0 : resolution_simulate(effects, count, pairs, excess, limit, &ignored);
}

/* Pairs that decide within the time: a pair's time goes to warming up, and size pairs are kept back. */
static size_t resolution_pairs(double seconds, double pair_seconds)
{
    double around = (double)(measure_method.noise_pairs + measure_method.size_pairs) + 1;
    double pairs = floor(seconds / pair_seconds - around);
    if (!(pairs >= (double)measure_method.least))
        return 0;
    return (size_t)fmin(pairs, (double)measure_method.cap);
}

/* As long as the most pairs still fit and enough was observed: longer runs then average more noise out. */
static size_t resolution_joined(const struct resolution_runs *runs, double seconds)
{
    size_t joined = 1;
    while (runs->count / (2 * (joined + 1)) >= RESOLUTION_PAIRS_LEAST &&
           resolution_pairs(seconds, runs->pair_seconds * (double)(joined + 1)) == measure_method.cap)
        joined++;
    return joined;
}

struct resolution resolution_outline(const struct resolution_runs *runs, double seconds)
{
    assert(runs->count <= RESOLUTION_RUNS_MOST && runs->pair_seconds > 0);
    struct resolution outline = {.excess = -1, .joined = resolution_joined(runs, seconds)};
    outline.pairs = resolution_pairs(seconds, runs->pair_seconds * (double)outline.joined);
    return outline;
}

struct resolution resolution_find(const struct resolution_runs *runs, double seconds, double limit)
{
    struct resolution found = resolution_outline(runs, seconds);
    double effects[RESOLUTION_RUNS_MOST];
    size_t count = resolution_effects(runs, found.joined, effects);
    if (found.pairs == 0 || count < RESOLUTION_PAIRS_LEAST)
        return found;
    double low = RESOLUTION_LEAST;
    double high = RESOLUTION_MOST;
    double stop;
    if (resolution_simulate(effects, count, found.pairs, high, limit, &stop) < RESOLUTION_POWER)
        return found;
    for (int step = 0; step < RESOLUTION_STEPS; step++) {
        double middle = sqrt(low * high);
        bool wins =
            resolution_simulate(effects, count, found.pairs, middle, limit, &stop) >= RESOLUTION_POWER;
        *(wins ? &high : &low) = middle;
        if (wins)
            found.win_pairs = stop;
    }
    found.excess = high;
    return found;
}

double resolution_gain(double excess, double minimum_improvement)
{
    return -expm1(-(eprocess_theta(minimum_improvement) + excess));
}
