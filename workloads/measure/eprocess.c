#include "workloads/measure/eprocess.h"

#include "workloads/measure/statistics.h"
#include "workloads/measure/steady.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void eprocess_add(struct eprocess *process, double effect)
{
    assert(process->count < METHOD_PAIRS_MAX);
    size_t n = process->count;
    double scale = 0;
    if (n >= measure_method.burn)
        scale = fmax(statistics_sorted_scale(process->sorted, n), measure_method.scale_floor);
    process->effect[n] = effect;
    process->scale[n] = scale;
    size_t place = n;
    for (; place > 0 && process->sorted[place - 1] > effect; place--)
        process->sorted[place] = process->sorted[place - 1];
    process->sorted[place] = effect;
    process->count = n + 1;
}

/* ψ: odd and bounded by 1; a scale of 0 bets on the sign. */
static double eprocess_psi(double difference, double scale)
{
    if (scale == 0)
        return (difference > 0) - (difference < 0);
    return fmin(fmax(difference / scale, -1), 1);
}

void eprocess_bet(struct eprocess_wealth *wealth, const struct eprocess *process, size_t index, double theta,
                  int direction)
{
    double psi = eprocess_psi(direction * (process->effect[index] - theta), process->scale[index]);
    for (size_t j = 0; j < METHOD_BETS; j++)
        wealth->logs[j] += steady_log1p(measure_method.kappa[j] * psi);
}

double eprocess_wealth_log(const struct eprocess_wealth *wealth)
{
    double most = wealth->logs[0];
    for (size_t j = 1; j < METHOD_BETS; j++)
        most = fmax(most, wealth->logs[j]);
    double sum = 0;
    for (size_t j = 0; j < METHOD_BETS; j++)
        sum += steady_exp(wealth->logs[j] - most);
    return most + steady_log(sum) - steady_log(METHOD_BETS);
}

double eprocess_log_e(const struct eprocess *process, size_t count, double theta, int direction)
{
    assert(count <= process->count);
    struct eprocess_wealth wealth = {0};
    for (size_t i = 0; i < count; i++)
        eprocess_bet(&wealth, process, i, theta, direction);
    return eprocess_wealth_log(&wealth);
}

double eprocess_theta(double gain)
{
    return -steady_log1p(-gain);
}

double eprocess_effect(double base, double candidate)
{
    return steady_log(fmax(base, 1e-9)) - steady_log(fmax(candidate, 1e-9));
}

/* Mean of log(1 + κ·ψ) over a normal difference:
 * midpoints of equal slices of ±4 deviations, weighted by density. */
static double eprocess_growth(double mean, double noise, double kappa)
{
    double scale = fmax(noise, measure_method.scale_floor);
    double sum = 0;
    double weights = 0;
    for (int i = -40; i <= 40; i++) {
        double z = i / 10.0;
        double weight = steady_exp(-z * z / 2);
        sum += weight * steady_log1p(kappa * eprocess_psi(mean + z * noise, scale));
        weights += weight;
    }
    return sum / weights;
}

struct feasibility eprocess_feasibility(double noise, double minimum_improvement, double limit)
{
    double gain = fmin(minimum_improvement * measure_method.feasible_multiple, (1 + minimum_improvement) / 2);
    double mean = eprocess_theta(gain) - eprocess_theta(minimum_improvement);
    double best = 0;
    for (size_t j = 0; j < METHOD_BETS; j++)
        best = fmax(best, eprocess_growth(mean, noise, measure_method.kappa[j]));
    struct feasibility answer = {.pairs = INFINITY};
    if (best > 0)
        answer.pairs =
            fmax(ceil((steady_log(limit) + steady_log(METHOD_BETS)) / best), (double)measure_method.least);
    answer.reachable = answer.pairs <= (double)measure_method.cap;
    return answer;
}
