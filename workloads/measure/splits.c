#include "workloads/measure/splits.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/draw.h"
#include "workloads/measure/eprocess.h"

#include <math.h>
#include <stdlib.h>

#define SPLITS_SEED UINT64_C(0x63757065) /* any will do, as long as it stays */

/* One stratum of the permutation test: the effects of its samples, the smaller set's first. */
struct splits_stratum {
    double *effects; /* owned */
    size_t count;
    size_t smaller; /* how many of them */
    double sign;    /* +1: the smaller set is the visible one */
    double weight;
    double total; /* of all effects */
};

static void splits_put_effects(struct splits_stratum *split, const struct stratum_pair *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double effect = eprocess_effect(samples[i].base, samples[i].candidate);
        split->effects[split->count++] = effect;
        split->total += effect;
    }
}

static struct splits_stratum splits_open(const struct held_out_stratum *stratum)
{
    bool visible_first = stratum->visible_count < stratum->held_out_count;
    struct splits_stratum split = {
        .smaller = visible_first ? stratum->visible_count : stratum->held_out_count,
        .sign = visible_first ? +1 : -1,
        .weight = stratum->weight,
    };
    size_t count = stratum->visible_count + stratum->held_out_count;
    split.effects = memory_zeroed((count + 1) * sizeof *split.effects);
    if (visible_first)
        splits_put_effects(&split, stratum->visible, stratum->visible_count);
    splits_put_effects(&split, stratum->held_out, stratum->held_out_count);
    if (!visible_first)
        splits_put_effects(&split, stratum->visible, stratum->visible_count);
    return split;
}

/* Weighted difference of the means, visible minus held out, as the effects stand. */
static double splits_difference(const struct splits_stratum *split)
{
    double sum = 0;
    for (size_t i = 0; i < split->smaller; i++)
        sum += split->effects[i];
    double others = split->total - sum;
    return split->weight * split->sign *
           (sum / (double)split->smaller - others / (double)(split->count - split->smaller));
}

/* Draws which of the samples are the smaller set. */
static void splits_deal(struct splits_stratum *split, uint64_t *state)
{
    for (size_t i = 0; i < split->smaller; i++) {
        size_t other = i + draw_below(state, split->count - i);
        double kept = split->effects[i];
        split->effects[i] = split->effects[other];
        split->effects[other] = kept;
    }
}

static bool splits_is_compared(const struct held_out_stratum *stratum)
{
    return stratum->visible_count > 0 && stratum->held_out_count > 0;
}

static double splits_count_as_large(struct splits_stratum *splits, size_t count)
{
    uint64_t state = SPLITS_SEED;
    double real = 0;
    for (size_t s = 0; s < count; s++)
        real += splits_difference(&splits[s]);
    double rounding = 1e-9 * (1 + fabs(real)); /* the same sum in another order is as large */
    size_t as_large = 1;
    for (size_t n = 1; n < measure_method.splits; n++) {
        double difference = 0;
        for (size_t s = 0; s < count; s++) {
            splits_deal(&splits[s], &state);
            difference += splits_difference(&splits[s]);
        }
        as_large += difference >= real - rounding;
    }
    return (double)as_large / (double)measure_method.splits;
}

double splits_p_value(const struct held_out_stratum *strata, size_t stratum_count)
{
    cleanup_free struct splits_stratum *splits = memory_zeroed((stratum_count + 1) * sizeof *splits);
    size_t count = 0;
    for (size_t s = 0; s < stratum_count; s++)
        if (splits_is_compared(&strata[s]))
            splits[count++] = splits_open(&strata[s]);
    double p_value = count ? splits_count_as_large(splits, count) : -1;
    for (size_t s = 0; s < count; s++)
        free(splits[s].effects);
    return p_value;
}

double splits_count(const struct held_out_stratum *strata, size_t stratum_count)
{
    double splits = 1;
    for (size_t s = 0; s < stratum_count; s++) {
        if (!splits_is_compared(&strata[s]))
            continue;
        bool fewer = strata[s].visible_count < strata[s].held_out_count;
        size_t smaller = fewer ? strata[s].visible_count : strata[s].held_out_count;
        size_t larger = fewer ? strata[s].held_out_count : strata[s].visible_count;
        for (size_t i = 1; i <= smaller && splits < SPLITS_MANY; i++)
            splits = splits * (double)(larger + i) / (double)i; /* whole at each step */
    }
    return fmin(splits, SPLITS_MANY);
}
