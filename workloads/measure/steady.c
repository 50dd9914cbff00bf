#include "workloads/measure/steady.h"

#include <math.h>

/* ln 2 in two parts: the first with so few digits that its products with an exponent are exact. */
#define STEADY_LN2_HIGH 0x1.62e42fefap-1
#define STEADY_LN2_LOW  0x1.cf79abc9e3b3ap-40

#define STEADY_SMALL 0.3 /* up to here, 1 ± value would lose digits */

/* 2·artanh(s), |s| < 0.18: 2·(s + s³/3 + s⁵/5 + …). */
static double steady_artanh_twice(double s)
{
    double square = s * s;
    double sum = 0;
    for (int k = 23; k >= 3; k -= 2)
        sum = (sum + 1.0 / k) * square;
    return 2 * s + 2 * s * sum;
}

double steady_log(double value)
{
    if (!(value > 0) || isinf(value))
        return NAN;
    int exponent;
    double mantissa = frexp(value, &exponent); /* 0.5 … 1 */
    if (mantissa < M_SQRT1_2) {
        mantissa *= 2;
        exponent--;
    }
    double part = steady_artanh_twice((mantissa - 1) / (mantissa + 1));
    return exponent * STEADY_LN2_HIGH + (part + exponent * STEADY_LN2_LOW);
}

double steady_log1p(double value)
{
    return fabs(value) < STEADY_SMALL ? steady_artanh_twice(value / (2 + value)) : steady_log(1 + value);
}

/* exp(x) − 1 for |x| < 0.35: x + x²/2! + x³/3! + … */
static double steady_series(double x)
{
    double sum = 0;
    for (int k = 15; k >= 2; k--)
        sum = (sum + 1) * x / k;
    return x + x * sum;
}

double steady_exp(double value)
{
    if (isnan(value) || value > 710)
        return isnan(value) ? value : INFINITY;
    if (value < -746)
        return 0;
    double turns = floor(value / M_LN2 + 0.5);
    double rest = (value - turns * STEADY_LN2_HIGH) - turns * STEADY_LN2_LOW;
    return ldexp(1 + steady_series(rest), (int)turns);
}

double steady_expm1(double value)
{
    return fabs(value) < STEADY_SMALL ? steady_series(value) : steady_exp(value) - 1;
}
