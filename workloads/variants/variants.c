#include "workloads/variants/variants.h"

#include "base/memory.h"
#include "workloads/measure/eprocess.h"
#include "workloads/measure/method.h"
#include "workloads/measure/statistics.h"
#include "workloads/measure/steady.h"
#include "workloads/measure/tally.h"

#include <math.h>
#include <stdlib.h>

struct variants *variants_new(void)
{
    return MEMORY_NEW(struct variants);
}

void variants_free(struct variants *variants)
{
    if (!variants)
        return;
    for (size_t i = 0; i < variants->count; i++) {
        free(variants->items[i].name);
        free(variants->items[i].problem);
    }
    free(variants);
}

void variant_drop(struct variant *variant, char *problem)
{
    variant->pair_count = 0;
    if (variant->problem)
        free(problem);
    else
        variant->problem = problem;
}

static size_t variant_effects(const struct variant *variant, enum metric metric,
                              double effects[static VARIANTS_PAIRS])
{
    size_t count = 0;
    for (size_t i = 0; i < variant->pair_count; i++) {
        double base = variant->pairs[i].base.value[metric];
        double other = variant->pairs[i].variant.value[metric];
        if (base >= 0 && other >= 0)
            effects[count++] = eprocess_effect(base, other);
    }
    return count;
}

static struct gain variant_gain(const struct variant *variant, enum metric metric)
{
    double effects[VARIANTS_PAIRS];
    size_t count = variant_effects(variant, metric, effects);
    return count > 0 ? tally_gain(effects, count) : (struct gain){0};
}

void variants_judge(struct variants *variants)
{
    for (size_t i = 0; i < variants->count; i++)
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            variants->items[i].gains[metric] = variant_gain(&variants->items[i], (enum metric)metric);
}

/* A factor of 1.1 either way is as far. */
static double variant_distance(const struct gain *gain)
{
    return fabs(steady_log1p(-gain->point));
}

/* The strongest of several is looked for,
 * so they share the level (Bonferroni), as far as so few pairs can tell. */
static bool variant_is_shown(const struct variant *variant, enum metric metric, size_t measured)
{
    double effects[VARIANTS_PAIRS];
    size_t count = variant_effects(variant, metric, effects);
    double finest = 1 - ldexp(2, -(int)count);
    double confidence = 1 - (1 - measure_method.interval) / (double)measured;
    struct statistics_interval interval =
        statistics_signed_rank(effects, count, confidence < finest ? confidence : finest);
    return interval.known && (interval.low > 0 || interval.high < 0);
}

const struct variant *variants_strongest(const struct variants *variants, enum metric metric)
{
    const struct variant *strongest = NULL;
    size_t measured = 0;
    for (size_t i = 0; i < variants->count; i++)
        measured += variants->items[i].gains[metric].known;
    for (size_t i = 0; i < variants->count; i++) {
        const struct variant *variant = &variants->items[i];
        const struct gain *gain = &variant->gains[metric];
        if (gain->known && variant_is_shown(variant, metric, measured) &&
            (!strongest || variant_distance(gain) > variant_distance(&strongest->gains[metric])))
            strongest = variant;
    }
    return strongest;
}
