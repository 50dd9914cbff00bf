#include "tests/bench/measure_rivals.h"

#include <assert.h>

#define RIVALS_VALUES (2 * RIVALS_RUNS)
#define RIVALS_SUM    (RIVALS_VALUES * (RIVALS_VALUES + 1)) /* of all doubled ranks */

double rivals_saving(const double *a, const double *b, size_t count)
{
    double before = 0;
    double after = 0;
    for (size_t i = 0; i < count; i++) {
        before += a[i];
        after += b[i];
    }
    return before > 0 ? 1 - after / before : 0;
}

/* Twice the middle rank among all values, so that ties stay whole numbers. */
static int rivals_rank(const double *values, size_t count, double value)
{
    int below = 0;
    int equal = 0;
    for (size_t i = 0; i < count; i++) {
        below += values[i] < value;
        equal += values[i] == value;
    }
    return 2 * below + equal + 1;
}

double rivals_mann_whitney(const double *a, const double *b, size_t count)
{
    assert(count <= RIVALS_RUNS);
    double values[RIVALS_VALUES];
    for (size_t i = 0; i < count; i++) {
        values[i] = a[i];
        values[count + i] = b[i];
    }
    /* [chosen][sum]: ways to choose so many of the values seen so far with that sum of doubled ranks. */
    static double ways[RIVALS_RUNS + 1][RIVALS_SUM + 1];
    for (size_t k = 0; k <= count; k++) {
        for (int sum = 0; sum <= RIVALS_SUM; sum++)
            ways[k][sum] = k == 0 && sum == 0;
    }
    int observed = 0;
    for (size_t i = 0; i < 2 * count; i++) {
        int rank = rivals_rank(values, 2 * count, values[i]);
        observed += i >= count ? rank : 0;
        for (size_t k = count; k > 0; k--) {
            for (int sum = RIVALS_SUM; sum >= rank; sum--)
                ways[k][sum] += ways[k - 1][sum - rank];
        }
    }
    double all = 0;
    double below = 0;
    for (int sum = 0; sum <= RIVALS_SUM; sum++) {
        all += ways[count][sum];
        below += sum <= observed ? ways[count][sum] : 0;
    }
    return below / all;
}
