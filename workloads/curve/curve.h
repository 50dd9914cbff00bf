/*
 * The costs of both arms over n, joined with the n of production. Pure: raw pairs and the quantiles of
 * production's n go in, classes, crossings and predicted gains come out, the same from the same every time.
 */
#ifndef CUPEL_WORKLOADS_CURVE_CURVE_H
#define CUPEL_WORKLOADS_CURVE_CURVE_H

#include "workloads/curve/fit.h"
#include "workloads/measure/measurement.h"

#define CURVE_PAIRS_MOST  16  /* of one size */
#define CURVE_PAIRS_LEAST 3   /* fewer are no part of the fit */
#define CURVE_NEAR        1.1 /* greatest ratio of an n to the size that it stands for */

/* How far apart two sizes are, as a ratio of at least 1; an empty input is near no other. */
double curve_ratio(double a, double b);

struct curve_pair {
    bool candidate_first; /* the coin */
    double base;          /* cost of one sample of that size, in the metric's unit; negative: no figure */
    double candidate;
};

/* One size; its pairs are of the phase "curve" and decide nothing. */
struct curve_value {
    double n;
    size_t samples; /* that have it */
    size_t repeats; /* how often a run asked them */
    struct curve_pair pairs[CURVE_PAIRS_MOST];
    size_t pair_count;
    char *skipped; /* why it was not measured, a sentence; owned; NULL: it was */
};

enum curve_quantile { CURVE_P50, CURVE_P90, CURVE_P99, CURVE_MAX, CURVE_QUANTILES };
extern const char *const curve_quantile_names[CURVE_QUANTILES + 1]; /* "p50" …; ends with NULL */

struct curve_quantile_point {
    double n;
    bool measured;     /* at a size near it: the gain is that of its pairs, whatever the fit says */
    bool extrapolated; /* smaller or greater than any size that was measured */
    struct gain gain;  /* else predicted: its interval is of noise and of the classes that are possible */
};

/* n of the samples that are timed, weighted as in production. */
struct curve_production {
    double known; /* share of the weight whose n is known; 0: nothing is */
    struct curve_quantile_point points[CURVE_QUANTILES];
};

/* Where the gain passes a level as n grows. */
struct curve_crossing {
    bool known;
    bool falling; /* the gain is above the level before it, not behind it */
    double n;
    double low; /* 95 % interval; an end of the range where the crossing may lie beyond it */
    double high;
};

struct curve {
    char *parameter;    /* what n is, as the configuration has it; owned */
    enum metric metric; /* CPU, wall or peak memory */
    bool generated;     /* by the configuration's program; else samples that were there */
    double threshold;   /* minimum improvement, fraction */
    struct curve_value values[FIT_POINTS_MOST];
    size_t value_count;
    struct curve_production production; /* `known` and each n are given, the rest is found */
    char *stopped; /* why there are fewer pairs than planned, a sentence; owned; NULL: there are not */

    struct fit fit[2];           /* by arm: base, candidate */
    double spread[2];            /* by arm: relative noise of one run */
    struct curve_crossing meets; /* level 0: both arms cost the same there */
    struct curve_crossing pays;  /* level `threshold` */
    bool invisible;              /* at the 99th percentile of production the whole interval is below it */
};

struct curve *curve_new(void);
void curve_free(struct curve *curve); /* NULL is fine */

/* Fills in `fit` and `spread` alone. Returns how many sizes have pairs enough. */
size_t curve_fit(struct curve *curve);
/* Fills in everything below `production`, and the gains of its points. */
void curve_judge(struct curve *curve);

/* Costs of a size's pairs: the median of that arm; negative where there are none. */
double curve_cost(const struct curve_value *value, bool candidate);

#endif
