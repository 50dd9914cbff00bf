#include "tests/measure/bounds.h"

#include <math.h>

/* P(at most `hits` of `count`) at that rate. */
static double bounds_below(size_t hits, size_t count, double rate)
{
    double sum = 0;
    for (size_t k = 0; k <= hits; k++) {
        double ways = lgamma((double)count + 1) - lgamma((double)k + 1) - lgamma((double)(count - k) + 1);
        sum += exp(ways + (double)k * log(rate) + (double)(count - k) * log1p(-rate));
    }
    return sum;
}

double bounds_upper(size_t hits, size_t count, double confidence)
{
    double low = 0;
    double high = 1;
    if (hits >= count)
        return 1;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (bounds_below(hits, count, middle) > 1 - confidence)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double bounds_lower(size_t hits, size_t count, double confidence)
{
    return 1 - bounds_upper(count - hits, count, confidence);
}
