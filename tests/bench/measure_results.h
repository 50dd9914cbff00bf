/* One line a finished evaluation, so that a long run can be stopped and taken up again. */
#ifndef CUPEL_TESTS_BENCH_MEASURE_RESULTS_H
#define CUPEL_TESTS_BENCH_MEASURE_RESULTS_H

#include "workloads/measure/measurement.h"

#include <stddef.h>

enum condition { CONDITION_QUIET, CONDITION_NEIGHBOURS, CONDITION_COUNT };
extern const char *const condition_names[CONDITION_COUNT + 1]; /* "quiet", "neighbours", NULL */

struct result {
    enum condition condition;
    enum metric metric; /* the primary */
    double gain;        /* true one, fraction */
    size_t family;      /* size of the batch whose limit was asked */
    enum metric_outcome outcome;
    bool accepted; /* the outcome, or less when a guardrail stands against it */
    size_t pairs;  /* to the primary's stop */
    size_t guard_pairs;
    size_t quads;
    double e_value;
    double seconds;       /* of the evaluation */
    double noise;         /* floor of the primary */
    double early;         /* median effect of the first pairs, before any look: no stop chose it */
    double size;          /* gain that the size pairs found; NAN without any */
    double statistics_ms; /* CPU time of everything that the plan computed */
    double rival_seconds; /* of ten runs and ten runs, warm-ups included */
    double saving[2];     /* CPU, wall: share of A's mean that B saves */
    double p[2];          /* likewise: Mann-Whitney, one-sided, "B is faster" */
};

struct results {
    struct result *rows; /* owned */
    size_t count;
    double startup; /* share of the base's figure that no gain touches; negative: not measured yet */
    long rounds;    /* of the base's loop; 0: unknown */
};

/* Reads what is there; an absent file is an empty one. −1, said on stderr, when a line can't be read. */
int results_load(struct results *results, const char *path);
void results_fini(struct results *results);
/* Appends; the effects of the deciding pairs go behind the columns that are read back. */
int results_append(const char *path, const struct result *result, const struct measurement *measurement);
int results_append_head(const char *path, long rounds, double startup, unsigned long long seed);

#endif
