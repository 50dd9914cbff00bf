/*
 * The constants of the method, in one table. They were chosen by simulation; docs/measurement.md has the
 * figures behind them. Change them there and here together, with a measurement.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_METHOD_H
#define CUPEL_WORKLOADS_MEASURE_METHOD_H

#include "workloads/metric.h"

#include <stddef.h>

#define METHOD_BETS      3  /* mixture components of the e-process */
#define METHOD_VERSION   1  /* of what a pair is; with another, pairs of before can't be gone on from */
#define METHOD_PAIRS_MAX 64 /* room of one e-process; `cap` stays below */

struct measure_method {
    double kappa[METHOD_BETS]; /* stakes of the mixture, each below 1 */
    size_t burn;               /* first pairs that bet on the sign alone: no past to take a scale from */
    size_t least;              /* pairs before the first look */
    size_t cap;                /* pairs that decide, guard pairs included */
    double scale_floor;        /* least scale of a log ratio; 0.4 % */
    double futility;           /* β: futility stops at an e-value of 1 / β */
    double win;                /* e-value that wins for a single candidate */
    double proof;              /* e-value that settles a guardrail or a regression */
    size_t noise_pairs;        /* base against base */
    size_t size_pairs;         /* fresh pairs for the interval */
    size_t hasty_size_pairs;   /* likewise, of runs so long that fewer must do: the least for 95 % */
    size_t regression_cap;     /* pairs, after which an open question "is it even worse?" is dropped */
    size_t order_least;        /* pairs before an order effect is believed */
    double resolution[METRIC_COUNT]; /* a guardrail's slack, in the metric's unit: finer the counters don't
                                        count */
    double feasible_multiple;        /* a gain of so many thresholds should be found within the budget */
    double interval;                 /* confidence of the size interval */
    size_t block_most;               /* samples in one run */
    size_t cover_most;               /* samples added to a size run so that rare strata are seen */
    size_t compared_most;            /* samples of a set that the comparison with held-out ones keeps */
    size_t splits;                   /* random splits that it looks at, the real one included */
    double split_level;              /* share of them that may look as bad by chance */
    double doubt;                    /* of the threshold: what a difference within a gain has to exceed */
    double early;                    /* share of a run that is its warm-up */
};

extern const struct measure_method measure_method;

#endif
