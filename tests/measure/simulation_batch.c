#include "tests/measure/simulation_batch.h"

#include "policies/rank.h"

#include <math.h>

#define SIMULATION_FDR 0.1

static struct simulation simulation_batch_start(const struct simulation_batch *batch, size_t round, size_t i)
{
    uint64_t seed = batch->seed + 1000003 * round;
    return (struct simulation){
        .noise = batch->noise,
        .random = batch->shared == SIMULATION_OWN_NOISE ? seed + 7919 * i : seed,
        .coins = batch->shared == SIMULATION_SAME_COINS ? ~seed : ~(seed + 7919 * i),
    };
}

static void simulation_batch_run(const struct simulation_batch *batch, size_t round,
                                 struct simulation_batch_rates *rates, double *share)
{
    const struct plan plan = simulation_make_plan(SIMULATION_BATCH);
    double e_values[SIMULATION_BATCH];
    struct rank_family family;
    for (size_t i = 0; i < SIMULATION_BATCH; i++) {
        struct simulation simulation = simulation_batch_start(batch, round, i);
        struct simulation_end end =
            simulation_plan(&simulation, &plan, i < batch->real ? batch->gain : batch->nothing);
        e_values[i] = end.e_value;
        rates->pairs += (double)end.pairs / SIMULATION_BATCH / (double)batch->batches;
    }
    rank_close_family(&family, e_values, SIMULATION_BATCH, SIMULATION_BATCH, SIMULATION_FDR);
    size_t wrong = 0;
    for (size_t i = 0; i < SIMULATION_BATCH && family.accepted > 0; i++) {
        bool accepted = e_values[i] >= family.limit;
        wrong += accepted && i >= batch->real;
        if (accepted && i < batch->real)
            rates->kept += 1 / (double)(batch->real * batch->batches);
    }
    rates->wrong += wrong > 0;
    *share = family.accepted > 0 ? (double)wrong / (double)family.accepted : 0;
    rank_family_fini(&family);
}

struct simulation_batch_rates simulation_batch_repeat(const struct simulation_batch *batch)
{
    struct simulation_batch_rates rates = {0};
    double squares = 0;
    double n = (double)batch->batches;
    for (size_t round = 0; round < batch->batches; round++) {
        double share;
        simulation_batch_run(batch, round, &rates, &share);
        rates.discovery += share / n;
        squares += share * share / n;
    }
    rates.deviation = sqrt(fmax(squares - rates.discovery * rates.discovery, 0) / n);
    return rates;
}
