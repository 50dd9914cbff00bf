#include "workloads/curve/curve.h"

#include "base/memory.h"
#include "workloads/measure/method.h"
#include "workloads/measure/statistics.h"

#include <math.h>
#include <stdlib.h>

#define CURVE_RESAMPLES 400
#define CURVE_SEED      UINT64_C(20260301) /* any; the same pairs must give the same bytes */
#define CURVE_LEAST     1e-9               /* a cost below is 0 to every clock and counter here */
#define CURVE_GRID      96                 /* steps of the search for a crossing */
#define CURVE_BEYOND    10                 /* how far behind the greatest size production is followed */

const char *const curve_quantile_names[CURVE_QUANTILES + 1] = {
    [CURVE_P50] = "p50", [CURVE_P90] = "p90", [CURVE_P99] = "p99", [CURVE_MAX] = "max", NULL};

struct curve *curve_new(void)
{
    return MEMORY_NEW(struct curve);
}

void curve_free(struct curve *curve)
{
    if (!curve)
        return;
    for (size_t i = 0; i < curve->value_count; i++)
        free(curve->values[i].skipped);
    free(curve->parameter);
    free(curve->stopped);
    free(curve);
}

double curve_ratio(double a, double b)
{
    if (a == b)
        return 1;
    return a > 0 && b > 0 ? fmax(a, b) / fmin(a, b) : INFINITY;
}

static double curve_pair_cost(const struct curve_pair *pair, bool candidate)
{
    return candidate ? pair->candidate : pair->base;
}

/* Pairs without a figure are left out. Returns how many there are. */
static size_t curve_costs(const struct curve_value *value, bool candidate, double costs[CURVE_PAIRS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < value->pair_count; i++) {
        double cost = curve_pair_cost(&value->pairs[i], candidate);
        if (cost >= 0 && isfinite(cost))
            costs[count++] = fmax(cost, CURVE_LEAST);
    }
    return count;
}

double curve_cost(const struct curve_value *value, bool candidate)
{
    double costs[CURVE_PAIRS_MOST];
    size_t count = curve_costs(value, candidate, costs);
    return count > 0 ? statistics_median(costs, count) : -1;
}

static bool curve_counts(const struct curve_value *value)
{
    double costs[CURVE_PAIRS_MOST];
    return curve_costs(value, false, costs) >= CURVE_PAIRS_LEAST &&
           curve_costs(value, true, costs) >= CURVE_PAIRS_LEAST;
}

/*
 * Relative noise of one run of an arm: half the squared differences of neighbours in time, robustly, over all
 * sizes together (von Neumann et al., "The mean square successive difference", 1941). Drift leaves it alone.
 */
static double curve_spread(const struct curve *curve, bool candidate)
{
    double steps[FIT_POINTS_MOST * CURVE_PAIRS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < curve->value_count; i++) {
        double costs[CURVE_PAIRS_MOST];
        size_t pairs = curve_costs(&curve->values[i], candidate, costs);
        for (size_t j = 1; j < pairs; j++)
            steps[count++] = fabs(log(costs[j] / costs[j - 1]));
    }
    double spread = 1.4826 * statistics_median(steps, count) / sqrt(2);
    return fmax(spread, measure_method.scale_floor);
}

/* Variance of the median of that many normal values, in units of one value's. */
static double curve_median_variance(size_t count)
{
    static const double few[] = {1, 1, 0.5, 0.449, 0.298, 0.287};
    return count < sizeof few / sizeof *few ? few[count] : 1.5708 / (double)count;
}

static size_t curve_points(const struct curve *curve, bool candidate,
                           struct fit_point points[FIT_POINTS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < curve->value_count; i++) {
        const struct curve_value *value = &curve->values[i];
        double costs[CURVE_PAIRS_MOST];
        if (!curve_counts(value))
            continue;
        size_t pairs = curve_costs(value, candidate, costs);
        points[count++] = (struct fit_point){
            .n = value->n,
            .cost = statistics_median(costs, pairs),
            .noise = curve->spread[candidate] * sqrt(curve_median_variance(pairs)),
        };
    }
    return count;
}

/* One curve of each arm: as fitted, or of a resample. */
struct curve_lines {
    struct fit_line arm[2];
};

static double curve_gain(const struct curve_lines *lines, double n)
{
    double base = fmax(fit_cost(&lines->arm[0], n), CURVE_LEAST);
    return 1 - fmax(fit_cost(&lines->arm[1], n), CURVE_LEAST) / base;
}

/* Where a crossing is looked for: geometric steps from low to high. */
struct curve_range {
    double low;
    double high;
};

static double curve_step(const struct curve_range *range, double step)
{
    return range->low * pow(range->high / range->low, step / CURVE_GRID);
}

/* The first place where the gain passes the level; false where it does not within the range. */
static bool curve_find(const struct curve_lines *lines, const struct curve_range *range, double level,
                       bool *falling, double *n)
{
    bool above = curve_gain(lines, range->low) >= level;
    *falling = above;
    for (int step = 1; step <= CURVE_GRID; step++) {
        if ((curve_gain(lines, curve_step(range, step)) >= level) == above)
            continue;
        double before = step - 1;
        double behind = step;
        for (int halving = 0; halving < 24; halving++) {
            double middle = (before + behind) / 2;
            bool passed = (curve_gain(lines, curve_step(range, middle)) >= level) != above;
            *(passed ? &behind : &before) = middle;
        }
        *n = curve_step(range, behind);
        return true;
    }
    return false;
}

/* A resample that crosses elsewhere, or the other way round, does so beyond one of the ends. */
static double curve_find_again(const struct curve_lines *lines, const struct curve_range *range, double level,
                               bool falling)
{
    bool other;
    double n;
    if (curve_find(lines, range, level, &other, &n) && other == falling)
        return n;
    bool above = curve_gain(lines, range->high) >= level;
    return above == falling ? range->high : range->low;
}

/* SplitMix64 and the sum of twelve uniforms: normal enough for the middle 95 %, and the same everywhere. */
static double curve_normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        sum += (double)((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
    }
    return sum;
}

/* What other pairs of the same noise might have shown (parametric bootstrap; Efron & Tibshirani, "An
 * Introduction to the Bootstrap", 1993, section 6.5). */
static void curve_resample(const struct curve *curve, struct curve_lines lines[CURVE_RESAMPLES])
{
    uint64_t state = CURVE_SEED;
    for (int arm = 0; arm < 2; arm++) {
        struct fit_point points[FIT_POINTS_MOST];
        size_t count = curve_points(curve, arm, points);
        for (size_t r = 0; r < CURVE_RESAMPLES; r++) {
            struct fit_point others[FIT_POINTS_MOST];
            for (size_t i = 0; i < count; i++) {
                others[i] = points[i];
                others[i].cost *= exp(points[i].noise * curve_normal(&state));
            }
            lines[r].arm[arm] = fit_again(&curve->fit[arm], others, count);
        }
    }
}

static int curve_order(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Sorts; the middle 95 %. */
static void curve_interval(double figures[CURVE_RESAMPLES], double *low, double *high)
{
    size_t tail = (size_t)((1 - measure_method.interval) / 2 * CURVE_RESAMPLES);
    qsort(figures, CURVE_RESAMPLES, sizeof *figures, curve_order);
    *low = figures[tail];
    *high = figures[CURVE_RESAMPLES - 1 - tail];
}

static struct curve_range curve_find_range(const struct curve *curve)
{
    struct curve_range range = {.low = INFINITY, .high = 0};
    for (size_t i = 0; i < curve->value_count; i++) {
        if (!curve_counts(&curve->values[i]))
            continue;
        range.low = fmin(range.low, curve->values[i].n);
        range.high = fmax(range.high, curve->values[i].n);
    }
    if (curve->production.known > 0) {
        range.low = fmin(range.low, curve->production.points[CURVE_P50].n);
        double most = curve->production.points[CURVE_MAX].n;
        range.high = fmax(range.high, fmin(most, CURVE_BEYOND * range.high));
    }
    range.low = fmax(range.low, 1);
    range.high = fmax(range.high, range.low);
    return range;
}

static void curve_cross(struct curve_crossing *crossing, double level, const struct curve_range *range,
                        const struct curve_lines *fitted, const struct curve_lines *lines)
{
    double places[CURVE_RESAMPLES];
    if (!curve_find(fitted, range, level, &crossing->falling, &crossing->n))
        return;
    for (size_t r = 0; r < CURVE_RESAMPLES; r++)
        places[r] = curve_find_again(&lines[r], range, level, crossing->falling);
    curve_interval(places, &crossing->low, &crossing->high);
    crossing->low = fmin(crossing->low, crossing->n);
    crossing->high = fmax(crossing->high, crossing->n);
    crossing->known = true;
}

/* Two arms that cost the same at small n cross wherever the noise wants;
 * one that is worse there first does not. */
static void curve_doubt(struct curve_crossing *crossing, const struct curve_range *range)
{
    if (crossing->low <= range->low || crossing->high >= range->high)
        *crossing = (struct curve_crossing){0};
}

static double curve_effect(const struct curve_pair *pair)
{
    return log(fmax(pair->base, CURVE_LEAST) / fmax(pair->candidate, CURVE_LEAST));
}

/* Effects of the pairs that have both figures. */
static size_t curve_effects(const struct curve_value *value, double effects[CURVE_PAIRS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < value->pair_count; i++)
        if (value->pairs[i].base >= 0 && value->pairs[i].candidate >= 0)
            effects[count++] = curve_effect(&value->pairs[i]);
    return count;
}

/* Noise of a pair's effect, as curve_spread() does it: what moves both arms of a pair alike is not in it. */
static double curve_effect_spread(const struct curve *curve)
{
    double steps[FIT_POINTS_MOST * CURVE_PAIRS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < curve->value_count; i++) {
        double effects[CURVE_PAIRS_MOST];
        size_t pairs = curve_effects(&curve->values[i], effects);
        for (size_t j = 1; j < pairs; j++)
            steps[count++] = fabs(effects[j] - effects[j - 1]);
    }
    return fmax(1.4826 * statistics_median(steps, count) / sqrt(2), measure_method.scale_floor);
}

/* The size that was measured nearest to n; NULL where none is near. */
static const struct curve_value *curve_value_near(const struct curve *curve, double n)
{
    const struct curve_value *nearest = NULL;
    double best = CURVE_NEAR;
    for (size_t i = 0; i < curve->value_count; i++) {
        double ratio = curve_ratio(curve->values[i].n, n);
        if (!curve_counts(&curve->values[i]) || ratio > best)
            continue;
        best = ratio;
        nearest = &curve->values[i];
    }
    return nearest;
}

static struct gain curve_measured_gain(const struct curve *curve, const struct curve_value *value)
{
    double effects[CURVE_PAIRS_MOST];
    size_t count = curve_effects(value, effects);
    double middle = statistics_median(effects, count);
    double half = 1.96 * curve_effect_spread(curve) * sqrt(curve_median_variance(count));
    return (struct gain){.known = true,
                         .point = -expm1(-middle),
                         .low = -expm1(-(middle - half)),
                         .high = -expm1(-(middle + half))};
}

static struct gain curve_predicted_gain(double n, const struct curve_lines *fitted,
                                        const struct curve_lines *lines)
{
    double gains[CURVE_RESAMPLES];
    struct gain gain = {.known = true, .point = curve_gain(fitted, n)};
    for (size_t r = 0; r < CURVE_RESAMPLES; r++)
        gains[r] = curve_gain(&lines[r], n);
    curve_interval(gains, &gain.low, &gain.high);
    gain.low = fmin(gain.low, gain.point);
    gain.high = fmax(gain.high, gain.point);
    return gain;
}

static void curve_predict(struct curve *curve, const struct curve_range *measured,
                          const struct curve_lines *fitted, const struct curve_lines *lines)
{
    for (int q = 0; q < CURVE_QUANTILES; q++) {
        struct curve_quantile_point *point = &curve->production.points[q];
        const struct curve_value *near = curve_value_near(curve, point->n);
        point->measured = near != NULL;
        point->extrapolated = !near && (point->n < measured->low || point->n > measured->high);
        point->gain = near ? curve_measured_gain(curve, near) : curve_predicted_gain(point->n, fitted, lines);
    }
    const struct curve_quantile_point *p99 = &curve->production.points[CURVE_P99];
    curve->invisible = curve->threshold > 0 && !p99->extrapolated && p99->gain.high < curve->threshold;
}

static void curve_forget(struct curve *curve)
{
    curve->meets = curve->pays = (struct curve_crossing){0};
    curve->invisible = false;
    for (int q = 0; q < CURVE_QUANTILES; q++)
        curve->production.points[q] = (struct curve_quantile_point){.n = curve->production.points[q].n};
}

size_t curve_fit(struct curve *curve)
{
    size_t count = 0;
    for (int arm = 0; arm < 2; arm++) {
        struct fit_point points[FIT_POINTS_MOST];
        curve->spread[arm] = curve_spread(curve, arm);
        count = curve_points(curve, arm, points);
        fit_points(&curve->fit[arm], points, count);
    }
    return count;
}

void curve_judge(struct curve *curve)
{
    curve_forget(curve);
    if (curve_fit(curve) < FIT_POINTS_LEAST)
        return;
    struct fit_point points[FIT_POINTS_MOST];
    size_t count = curve_points(curve, false, points);
    const struct curve_range measured = {points[0].n, points[count - 1].n};
    struct curve_lines *lines = memory_resize(NULL, CURVE_RESAMPLES, sizeof *lines);
    const struct curve_lines fitted = {{curve->fit[0].line, curve->fit[1].line}};
    const struct curve_range range = curve_find_range(curve);
    curve_resample(curve, lines);
    curve_cross(&curve->meets, 0, &range, &fitted, lines);
    curve_doubt(&curve->meets, &range);
    if (curve->threshold > 0)
        curve_cross(&curve->pays, curve->threshold, &range, &fitted, lines);
    if (curve->production.known > 0)
        curve_predict(curve, &measured, &fitted, lines);
    free(lines);
}
