/*
 * How a cost grows with n: which of the usual classes are possible, and how sure that is. Pure; the same
 * points give the same fit.
 *
 * A cost is start + slope · f(n), both at least 0: what every run pays (a process, an interpreter), and what
 * n adds. Weighted least squares on relative errors; a class is possible unless its misfit is too great for
 * the noise of the pairs and for DRIFT, by which the cost of a real program's step changes over the sizes
 * (caches, allocation). Of classes that the points can't tell apart all stay.
 */
#ifndef CUPEL_WORKLOADS_CURVE_FIT_H
#define CUPEL_WORKLOADS_CURVE_FIT_H

#include <stdbool.h>
#include <stddef.h>

#define FIT_POINTS_MOST  16 /* sizes of one curve */
#define FIT_POINTS_LEAST 3  /* fewer show no shape */

enum fit_class { FIT_CONSTANT, FIT_LOGARITHMIC, FIT_LINEAR, FIT_LINEARITHMIC, FIT_QUADRATIC, FIT_CLASSES };
/* "O(1)", "O(log n)", "O(n)", "O(n log n)", "O(n²)"; the table ends with NULL. */
extern const char *const fit_class_names[FIT_CLASSES + 1];

struct fit_point {
    double n;     /* at least 0 */
    double cost;  /* median over the pairs, in the metric's unit; above 0 */
    double noise; /* standard deviation of that median, relative to it */
};

/* One curve through the points; FIT_CLASSES as class: a power of n. */
struct fit_line {
    enum fit_class growth;
    double power; /* of n, where no class is */
    double start; /* cost without any n, in the metric's unit */
    double slope; /* cost of a unit of f(n) */
    double misfit;
};

struct fit {
    bool known;                 /* enough sizes */
    bool possible[FIT_CLASSES]; /* none: a shape that is no class */
    struct fit_line line;       /* the best of the possible; O(1) before all where it is one of them */
    bool has_exponent;          /* growth can be told from none */
    double exponent;            /* k of start + slope · n^k */
    double exponent_low;        /* 95 % interval, within 0 and FIT_EXPONENT_MOST */
    double exponent_high;
};
#define FIT_EXPONENT_MOST 4.0

/* Points ascend by n, each n once; at most FIT_POINTS_MOST. */
void fit_points(struct fit *fit, const struct fit_point *points, size_t count);

/* The best line of that class through the points, of which there is at least one. */
struct fit_line fit_line_of(enum fit_class growth, double power, const struct fit_point *points,
                            size_t count);
/* The best of the classes that `fit` leaves possible through other points, as a resample has them. */
struct fit_line fit_again(const struct fit *fit, const struct fit_point *points, size_t count);

double fit_cost(const struct fit_line *line, double n);

#endif
