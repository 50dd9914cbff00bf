#include "workloads/measure/statistics.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATISTICS_NORMAL 1.4826 /* the normal distribution's standard deviation by its MAD */

static int statistics_order(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double statistics_sorted_median(const double *sorted, size_t count)
{
    if (count == 0)
        return 0;
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double statistics_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, statistics_order);
    return statistics_sorted_median(values, count);
}

double statistics_sorted_scale(const double *sorted, size_t count)
{
    if (count == 0)
        return 0;
    double middle = statistics_sorted_median(sorted, count);
    /* Deviations grow to both sides of the middle, so merging the two sides visits them in order. */
    size_t right = 0;
    while (right < count && sorted[right] < middle)
        right++;
    size_t left = right;
    double previous = 0;
    double current = 0;
    for (size_t taken = 0; taken <= count / 2; taken++) {
        bool take_left = left > 0 && (right == count || middle - sorted[left - 1] <= sorted[right] - middle);
        previous = current;
        current = take_left ? middle - sorted[--left] : sorted[right++] - middle;
    }
    return STATISTICS_NORMAL * (count % 2 ? current : (previous + current) / 2);
}

double statistics_scale(const double *values, size_t count)
{
    assert(count <= STATISTICS_MOST);
    double sorted[STATISTICS_MOST];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, statistics_order);
    return statistics_sorted_scale(sorted, count);
}

/*
 * How many of the smallest (and of the largest) Walsh averages lie outside the interval: the greatest k with
 * P(T <= k - 1) <= tail, T the signed-rank statistic; 0 where even the extremes are too likely.
 */
static size_t statistics_outside(size_t count, double tail)
{
    size_t sums = count * (count + 1) / 2 + 1;
    cleanup_free double *ways = memory_zeroed(sums * sizeof *ways); /* subsets of the ranks with that sum */
    ways[0] = 1;
    for (size_t rank = 1; rank <= count; rank++) {
        for (size_t sum = sums - 1; sum >= rank; sum--)
            ways[sum] += ways[sum - rank];
    }
    double all = ldexp(1, (int)count);
    double below = 0;
    size_t outside = 0;
    while (outside < sums && (below += ways[outside]) <= tail * all)
        outside++;
    return outside;
}

struct statistics_interval statistics_signed_rank(const double *values, size_t count, double confidence)
{
    assert(count <= STATISTICS_MOST);
    struct statistics_interval interval = {0};
    if (count == 0)
        return interval;
    size_t total = count * (count + 1) / 2;
    cleanup_free double *walsh = memory_zeroed(total * sizeof *walsh);
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i; j < count; j++)
            walsh[filled++] = (values[i] + values[j]) / 2;
    }
    interval.point = statistics_median(walsh, total);
    size_t outside = statistics_outside(count, (1 - confidence) / 2);
    interval.known = outside > 0;
    interval.low = walsh[outside ? outside - 1 : 0];
    interval.high = walsh[outside ? total - outside : total - 1];
    return interval;
}
