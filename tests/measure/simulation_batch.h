/* Batches on a simulated machine: every candidate's e-process is stopped by plan_next(), then e-BH closes. */
#ifndef CUPEL_TESTS_MEASURE_SIMULATION_BATCH_H
#define CUPEL_TESTS_MEASURE_SIMULATION_BATCH_H

#include "tests/measure/simulation.h"

#define SIMULATION_BATCH 20

enum simulation_shared {
    SIMULATION_OWN_NOISE,
    SIMULATION_SAME_NOISE, /* every candidate meets the same slow-downs, with coins of its own */
    SIMULATION_SAME_COINS, /* and tosses the same coins: those that gain alike are copies of each other */
};

struct simulation_batch {
    const struct simulation_noise *noise;
    enum simulation_shared shared;
    size_t real;    /* of the batch gain `gain`, the others `nothing` */
    double gain;    /* above the threshold */
    double nothing; /* at or below it */
    size_t batches;
    uint64_t seed;
};

struct simulation_batch_rates {
    double discovery; /* mean share of wrong ones among those accepted: the false discovery rate */
    double deviation; /* standard error of that */
    double kept;      /* share of the real ones that were accepted */
    double pairs;     /* mean of a candidate */
    size_t wrong;     /* batches with a wrong one among those accepted */
};

struct simulation_batch_rates simulation_batch_repeat(const struct simulation_batch *batch);

#endif
