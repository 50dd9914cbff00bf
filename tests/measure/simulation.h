/*
 * Measurements of a machine that exists in numbers only: noise of several shapes, and the decision on top of
 * it, so that its rates can be counted over many more repetitions than real runs allow. Fixed seeds.
 */
#ifndef CUPEL_TESTS_MEASURE_SIMULATION_H
#define CUPEL_TESTS_MEASURE_SIMULATION_H

#include "workloads/measure/plan.h"

#include <stdint.h>

/* Of the logarithm of one run's figure. */
struct simulation_noise {
    const char *name;
    double sigma;      /* normal */
    double burst;      /* chance that a run falls into a burst of a noisy neighbour */
    double burst_size; /* mean of its exponential slow-down */
    double drift;      /* step of a random walk that all runs share */
    double memory;     /* of a wave that all runs share: what is left of it a run later */
    double wave;       /* its step */
    double tail; /* the figure is a p99 of 2,000 requests whose tail is Pareto with that exponent; 0: isn't */
    double order; /* what the second run of a pair costs more */
    double after; /* what a run costs more right after one of the candidate's */
};

extern const struct simulation_noise simulation_families[];
extern const size_t simulation_family_count;

/* The machine's state, and the random numbers that make it. */
struct simulation {
    const struct simulation_noise *noise;
    uint64_t random; /* state of the noise's generator */
    uint64_t coins;  /* of the coins': two candidates may meet the same noise and toss their own */
    double level;    /* of the random walk */
    double wave;
    bool after_candidate;
};

/* One pair or quad: fills figures so that the candidate saves `gain`.
 * Phase and quad are the pair's already. */
void simulation_fill_pair(struct simulation *simulation, double gain, struct pair *pair);

/* A decision that grows by a pair at a time, and isn't built anew as the plan's is. */
struct simulation_steps {
    struct eprocess process;
    struct eprocess_wealth up, down;
};
/* Takes the next effect. OUTCOME_UNDECIDED: go on while below the cap. */
enum metric_outcome simulation_step(struct simulation_steps *steps, double effect);

struct simulation_rates {
    size_t repetitions, wins, futile;
    double pairs; /* mean until the stop */
};

/* Evaluations of a single candidate with plain pairs. */
struct simulation_rates simulation_repeat(const struct simulation_noise *noise, double gain,
                                          size_t repetitions, uint64_t seed);

#define SIMULATION_PAIRS (METHOD_PAIRS_MAX + 32)

struct simulation_end {
    enum metric_outcome outcome; /* of the primary */
    double e_value;              /* at its stop */
    size_t pairs, quads;
    struct pair all[SIMULATION_PAIRS]; /* noise pairs first */
    size_t count;
};

/* One evaluation by plan_next() itself, noise pairs first,
 * until the primary is decided or open at the cap. */
struct simulation_end simulation_plan(struct simulation *simulation, const struct plan *plan, double gain);

/* CPU time alone, threshold 10 %, in a family of that size. */
struct plan simulation_make_plan(size_t family);

#endif
