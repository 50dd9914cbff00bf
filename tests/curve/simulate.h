/* Curves of programs that grow in a known way, with noise that comes again. */
#ifndef CUPEL_TESTS_CURVE_SIMULATE_H
#define CUPEL_TESTS_CURVE_SIMULATE_H

#include "workloads/curve/curve.h"

/* What a simulated arm costs: start + growth · f(n) / f(greatest n). */
struct simulate_arm {
    enum fit_class growth;
    double start;    /* seconds */
    double growth_s; /* seconds that the greatest size adds */
};

struct simulate {
    const double *sizes; /* ascending */
    size_t count;
    size_t pairs; /* of each size */
    struct simulate_arm arm[2];
    double noise; /* standard deviation of the logarithm of a run's cost */
    uint64_t seed;
};

/* Pairs only; curve_judge() is the caller's, and curve_free(). */
struct curve *simulate_curve(const struct simulate *simulate);

/* A value of mean 0 and deviation 1 of a generator of the test's own. */
double simulate_normal(uint64_t *state);

#endif
