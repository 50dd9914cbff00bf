/*
 * A tunable CPU-bound program in real sandboxes: a base, and a candidate a gain. Both run the same binary; a
 * file that differs says how much to do, and the answer doesn't depend on that.
 */
#ifndef CUPEL_TESTS_BENCH_MEASURE_SCENE_H
#define CUPEL_TESTS_BENCH_MEASURE_SCENE_H

#include "tests/workloads/real_sandbox.h"
#include "workloads/measure/measure.h"

#define MEASURE_SCENE_GAINS 8

struct measure_scene {
    struct real_sandbox real;
    struct sample_set set;
    struct workload workload;
    struct reference reference;
    struct contract *contract;
    struct arm base;
    struct arm candidates[MEASURE_SCENE_GAINS];
    const char *layers[MEASURE_SCENE_GAINS][2];
    size_t candidate_count;
    long rounds;                     /* of the base's loop */
    bool cold_starts;                /* the first run of each pair finds a file out of the page cache */
    int ballast;                     /* that file; −1: none */
    bool guardrails;                 /* wall time and memory, 5 % each, besides the primary */
    struct figures figures;          /* of the run that ended last */
    struct measurement *measurement; /* where the next one goes; borrowed */
    struct err err;
};

/* 0, 77 where this machine has no sandbox, else 1.
 * Metric, guardrails, block and cold starts may be set before. */
int measure_scene_open(struct measure_scene *scene);
void measure_scene_close(struct measure_scene *scene);

/*
 * Share of the base's figure (of the primary) that its loop doesn't cause, from `runs` runs with the whole
 * and half of the loop next to each other, in orders that cancel a drift: twice the median ratio of the half
 * to the whole, less one. −1 with scene->err.
 */
int measure_scene_startup(struct measure_scene *scene, size_t runs, double *share);

/* A candidate that saves `gain` of the *whole* process,
 * `startup` of which can't be saved. Returns its number. */
size_t measure_scene_add(struct measure_scene *scene, double gain, double startup);

/* One timed run; −1 stands for the base. Figures, or −1 with scene->err. */
int measure_scene_run(struct measure_scene *scene, int candidate, struct figures *figures);

/* The δ of each metric that an evaluation guards; −1: none. */
void measure_scene_guardrails(const struct measure_scene *scene, double delta[static METRIC_COUNT]);

/* A whole evaluation beside a family of that size. The caller ends `measurement`. −1 with scene->err. */
int measure_scene_evaluate(struct measure_scene *scene, size_t candidate, size_t family,
                           struct measurement *measurement);

#endif
