#include "workloads/curve/points.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define POINTS_CHOSEN 8 /* sizes where the configuration names none */

double *points_sizes(const struct size *size, const struct sample_set *set)
{
    double *sizes = memory_zeroed((set->count + 1) * sizeof *sizes);
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].held_out || !size_of_sample(size, set, &set->items[i], &sizes[i]))
            sizes[i] = -1;
    return sizes;
}

/* The sample nearest to `n` that no group has taken; `count` when none is near enough. */
static size_t points_nearest(const double *sizes, const bool *taken, size_t count, double n)
{
    size_t nearest = count;
    double best = CURVE_NEAR;
    for (size_t i = 0; i < count; i++) {
        double ratio = taken[i] || sizes[i] < 0 ? INFINITY : curve_ratio(sizes[i], n);
        if (ratio < best || (ratio == best && nearest == count)) {
            best = ratio;
            nearest = i;
        }
    }
    return nearest;
}

static void points_add_group(struct points *points, const double *sizes, bool *taken, size_t count, double n)
{
    struct points_group group = {0};
    double sum = 0;
    while (group.count < POINTS_SAMPLES_MOST) {
        size_t nearest = points_nearest(sizes, taken, count, n);
        if (nearest == count)
            break;
        taken[nearest] = true;
        sum += sizes[nearest];
        group.indices[group.count++] = nearest;
    }
    if (group.count == 0)
        return;
    group.n = sum / (double)group.count;
    points->groups[points->count++] = group;
}

static int points_order(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The sizes that occur, evenly over their logarithms, smallest and greatest among them. */
static size_t points_choose(const double *sizes, size_t count, double chosen[POINTS_CHOSEN])
{
    cleanup_free double *sorted = memory_zeroed((count + 1) * sizeof *sorted);
    size_t known = 0;
    size_t filled = 0;
    for (size_t i = 0; i < count; i++)
        if (sizes[i] >= 0)
            sorted[known++] = sizes[i];
    if (known == 0)
        return 0;
    qsort(sorted, known, sizeof *sorted, points_order);
    double low = log(fmax(sorted[0], 1));
    double high = log(fmax(sorted[known - 1], 1));
    size_t at = 0;
    for (int step = 0; step < POINTS_CHOSEN; step++) {
        double target = low + (high - low) * step / (POINTS_CHOSEN - 1);
        while (at + 1 < known && log(fmax(sorted[at], 1)) < target - 1e-9)
            at++;
        if (filled == 0 || curve_ratio(sorted[at], chosen[filled - 1]) > CURVE_NEAR * CURVE_NEAR)
            chosen[filled++] = sorted[at];
    }
    return filled;
}

void points_of_samples(struct points *points, const struct size *size, const double *sizes, size_t count)
{
    double chosen[POINTS_CHOSEN];
    cleanup_free bool *taken = memory_zeroed(count + 1);
    const double *values = size->values ? size->values : chosen;
    size_t value_count = size->values ? size->value_count : points_choose(sizes, count, chosen);
    *points = (struct points){0};
    for (size_t i = 0; i < value_count; i++)
        points_add_group(points, sizes, taken, count, values[i]);
}

static void points_insert(double *values, size_t *count, double n)
{
    size_t at = *count;
    for (size_t i = 0; i < *count; i++)
        if (curve_ratio(values[i], n) <= CURVE_NEAR)
            return;
    if (*count == FIT_POINTS_MOST || *count == 0 || n > values[*count - 1])
        return;
    for (; at > 0 && values[at - 1] > n; at--)
        values[at] = values[at - 1];
    values[at] = n;
    ++*count;
}

size_t points_values(const struct size *size, const struct curve_production *production,
                     double values[static FIT_POINTS_MOST])
{
    size_t count = size->value_count;
    for (size_t i = 0; i < count; i++)
        values[i] = size->values[i];
    if (production->known > 0) {
        points_insert(values, &count, round(production->points[CURVE_P99].n));
        points_insert(values, &count, round(production->points[CURVE_P50].n));
    }
    return count;
}

size_t points_focus(const struct points *points, const struct curve_production *production)
{
    size_t nearest = FIT_POINTS_MOST;
    double best = CURVE_NEAR;
    for (size_t i = 0; i < points->count && production->known > 0; i++) {
        double ratio = curve_ratio(points->groups[i].n, production->points[CURVE_P99].n);
        if (ratio <= best) {
            best = ratio;
            nearest = i;
        }
    }
    return nearest;
}

struct points_weighted {
    double n;
    double weight;
};

static void points_quantiles(struct curve_production *production, const struct points_weighted *sorted,
                             size_t count, double weight)
{
    static const double shares[CURVE_QUANTILES] = {
        [CURVE_P50] = 0.5, [CURVE_P90] = 0.9, [CURVE_P99] = 0.99, [CURVE_MAX] = 1};
    double passed = 0;
    size_t at = 0;
    for (int q = 0; q < CURVE_QUANTILES; q++) {
        while (at + 1 < count && passed + sorted[at].weight < shares[q] * weight * (1 - 1e-12))
            passed += sorted[at++].weight;
        production->points[q].n = shares[q] == 1 ? sorted[count - 1].n : sorted[at].n;
    }
}

void points_production(struct curve_production *production, const struct sample_set *set, const double *sizes)
{
    cleanup_free struct points_weighted *sorted = memory_zeroed((set->count + 1) * sizeof *sorted);
    double weight = 0;
    double known = 0;
    size_t count = 0;
    *production = (struct curve_production){0};
    for (size_t i = 0; i < set->count; i++) {
        weight += set->items[i].held_out ? 0 : set->items[i].weight;
        if (sizes[i] < 0 || !(set->items[i].weight > 0))
            continue;
        known += set->items[i].weight;
        sorted[count++] = (struct points_weighted){sizes[i], set->items[i].weight};
    }
    if (count == 0)
        return;
    qsort(sorted, count, sizeof *sorted, points_order); /* n is the first member */
    points_quantiles(production, sorted, count, known);
    production->known = fmin(known / weight, 1);
}
