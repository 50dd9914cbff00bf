#include "workloads/curve/fit.h"

#include <assert.h>
#include <math.h>

#define FIT_DRIFT  0.04 /* relative change of a step's cost over the sizes that is no other class */
#define FIT_POWERS 400  /* tried powers of n, up to FIT_EXPONENT_MOST */

const char *const fit_class_names[FIT_CLASSES + 1] = {
    [FIT_CONSTANT] = "O(1)",           [FIT_LOGARITHMIC] = "O(log n)", [FIT_LINEAR] = "O(n)",
    [FIT_LINEARITHMIC] = "O(n log n)", [FIT_QUADRATIC] = "O(n²)",      NULL};

/*
 * 95 % points of the chi-squared distribution by its degrees of freedom. That the spread is itself estimated
 * from few pairs is more than made up for by FIT_DRIFT (tests/curve counts how often the true class is lost).
 */
static const double fit_limits[FIT_POINTS_MOST + 1] = {0,      3.841,  5.991,  7.815,  9.488,  11.070,
                                                       12.592, 14.067, 15.507, 16.919, 18.307, 19.675,
                                                       21.026, 22.362, 23.685, 24.996, 26.296};

/* An empty input and one of size 1 have no logarithm to pay for. */
static double fit_shape(enum fit_class growth, double power, double n)
{
    switch (growth) {
    case FIT_CONSTANT:
        return 0;
    case FIT_LOGARITHMIC:
        return log(fmax(n, 1));
    case FIT_LINEAR:
        return n;
    case FIT_LINEARITHMIC:
        return n * log(fmax(n, 1));
    case FIT_QUADRATIC:
        return n * n;
    default:
        return n > 0 ? pow(n, power) : 0;
    }
}

double fit_cost(const struct fit_line *line, double n)
{
    return line->start + line->slope * fit_shape(line->growth, line->power, n);
}

/* Of a point's relative error. */
static double fit_weight(const struct fit_point *point)
{
    return 1 / (point->noise * point->noise + FIT_DRIFT * FIT_DRIFT);
}

static double fit_misfit(const struct fit_line *line, const struct fit_point *points, size_t count)
{
    double misfit = 0;
    for (size_t i = 0; i < count; i++) {
        double error = fit_cost(line, points[i].n) / points[i].cost - 1;
        misfit += error * error * fit_weight(&points[i]);
    }
    return misfit;
}

/* Sums of the weighted least squares of cost = start · 1 + slope · f, each divided by the cost. */
struct fit_sums {
    double ones, ones_shape, shapes, one, shape;
};

static struct fit_sums fit_sum(enum fit_class growth, double power, double scale,
                               const struct fit_point *points, size_t count)
{
    struct fit_sums sums = {0};
    for (size_t i = 0; i < count; i++) {
        double weight = fit_weight(&points[i]);
        double one = 1 / points[i].cost;
        double shape = fit_shape(growth, power, points[i].n) / scale / points[i].cost;
        sums.ones += weight * one * one;
        sums.ones_shape += weight * one * shape;
        sums.shapes += weight * shape * shape;
        sums.one += weight * one;
        sums.shape += weight * shape;
    }
    return sums;
}

struct fit_line fit_line_of(enum fit_class growth, double power, const struct fit_point *points, size_t count)
{
    assert(count > 0);
    double scale = fit_shape(growth, power, points[count - 1].n);
    struct fit_line flat = {.growth = growth, .power = power};
    struct fit_sums sums = fit_sum(growth, power, scale > 0 ? scale : 1, points, count);
    flat.start = sums.one / sums.ones;
    flat.misfit = fit_misfit(&flat, points, count);
    double determinant = sums.ones * sums.shapes - sums.ones_shape * sums.ones_shape;
    if (!(scale > 0) || !(sums.shapes > 0))
        return flat;
    struct fit_line steep = {.growth = growth, .power = power, .slope = sums.shape / sums.shapes / scale};
    steep.misfit = fit_misfit(&steep, points, count);
    struct fit_line best = steep.misfit < flat.misfit ? steep : flat;
    if (!(determinant > 1e-12 * sums.ones * sums.shapes))
        return best;
    struct fit_line both = {.growth = growth, .power = power};
    both.start = (sums.one * sums.shapes - sums.shape * sums.ones_shape) / determinant;
    both.slope = (sums.shape * sums.ones - sums.one * sums.ones_shape) / determinant / scale;
    if (!(both.start >= 0 && both.slope >= 0))
        return best;
    both.misfit = fit_misfit(&both, points, count);
    return both;
}

/* A parameter at its bound of 0 is none that was fitted. */
static bool fit_is_possible(const struct fit_line *line, size_t count)
{
    size_t fitted = (line->start > 0) + (line->slope > 0);
    return line->misfit <= fit_limits[count - fitted];
}

static double fit_power(int step)
{
    return step * FIT_EXPONENT_MOST / FIT_POWERS;
}

/* Profile of the misfit over the power: those that are not much worse than the best are its interval. */
static void fit_exponent(struct fit *fit, struct fit_line *best, const struct fit_point *points, size_t count)
{
    double misfits[FIT_POWERS + 1];
    int least = 1;
    for (int step = 1; step <= FIT_POWERS; step++) {
        struct fit_line line = fit_line_of(FIT_CLASSES, fit_power(step), points, count);
        misfits[step] = line.misfit;
        if (step == 1 || line.misfit < best->misfit) {
            *best = line;
            least = step;
        }
    }
    int low = least;
    int high = least;
    while (low > 1 && misfits[low - 1] <= best->misfit + fit_limits[1])
        low--;
    while (high < FIT_POWERS && misfits[high + 1] <= best->misfit + fit_limits[1])
        high++;
    fit->exponent = fit_power(least);
    fit->exponent_low = low == 1 ? 0 : fit_power(low);
    fit->exponent_high = fit_power(high);
}

void fit_points(struct fit *fit, const struct fit_point *points, size_t count)
{
    *fit = (struct fit){.line.growth = FIT_CLASSES};
    assert(count <= FIT_POINTS_MOST);
    if (count < FIT_POINTS_LEAST)
        return;
    struct fit_line power;
    bool any = false;
    fit->known = true;
    for (enum fit_class growth = 0; growth < FIT_CLASSES; growth++) {
        struct fit_line line = fit_line_of(growth, 0, points, count);
        fit->possible[growth] = fit_is_possible(&line, count);
        if (!fit->possible[growth])
            continue;
        if (!any || (!fit->possible[FIT_CONSTANT] && line.misfit < fit->line.misfit))
            fit->line = line;
        any = true;
    }
    fit_exponent(fit, &power, points, count);
    fit->has_exponent = !fit->possible[FIT_CONSTANT];
    if (!any)
        fit->line = power;
    if (!fit->has_exponent)
        fit->exponent = fit->exponent_low = fit->exponent_high = 0;
}

struct fit_line fit_again(const struct fit *fit, const struct fit_point *points, size_t count)
{
    struct fit_line best = {.misfit = INFINITY};
    bool any = false;
    for (enum fit_class growth = 0; growth < FIT_CLASSES; growth++) {
        if (!fit->possible[growth] || (any && fit->possible[FIT_CONSTANT]))
            continue;
        struct fit_line line = fit_line_of(growth, 0, points, count);
        if (!any || line.misfit < best.misfit)
            best = line;
        any = true;
    }
    return any ? best : fit_line_of(FIT_CLASSES, fit->line.power, points, count);
}
