#include "workloads/measure/block.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t block_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double block_uniform(uint64_t *state)
{
    return (double)(block_random(state) >> 11) * 0x1.0p-53;
}

static size_t block_below(uint64_t *state, size_t bound)
{
    size_t drawn = (size_t)(block_uniform(state) * (double)bound);
    return drawn < bound ? drawn : bound - 1;
}

static void block_shuffle(size_t *items, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = block_below(state, i);
        size_t kept = items[i - 1];
        items[i - 1] = items[other];
        items[other] = kept;
    }
}

static size_t block_find_stratum(struct block_plan *plan, const char *name, size_t *capacity)
{
    for (size_t i = 0; i < plan->stratum_count; i++) {
        if (strcmp(plan->strata[i].name, name) == 0)
            return i;
    }
    MEMORY_GROW(plan->strata, plan->stratum_count, *capacity);
    plan->strata[plan->stratum_count] = (struct block_stratum){.name = name};
    return plan->stratum_count++;
}

void block_plan_init(struct block_plan *plan, const struct sample_set *samples)
{
    *plan = (struct block_plan){.samples = samples};
    size_t capacity = 0;
    plan->stratum_of = memory_zeroed((samples->count + 1) * sizeof *plan->stratum_of);
    plan->timed = memory_zeroed((samples->count + 1) * sizeof *plan->timed);
    plan->in_order = memory_zeroed((samples->count + 1) * sizeof *plan->in_order);
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->items[i];
        if (!(sample->weight > 0))
            continue;
        plan->stratum_of[i] = block_find_stratum(plan, sample->stratum, &capacity);
        struct block_stratum *stratum = &plan->strata[plan->stratum_of[i]];
        stratum->count++;
        stratum->weight += sample->weight;
        plan->weight += sample->weight;
        plan->in_order[plan->timed_count++] = i;
    }
    size_t first = 0;
    for (size_t s = 0; s < plan->stratum_count; s++) {
        plan->strata[s].first = first;
        first += plan->strata[s].count;
        plan->strata[s].count = 0;
    }
    for (size_t k = 0; k < plan->timed_count; k++) {
        struct block_stratum *stratum = &plan->strata[plan->stratum_of[plan->in_order[k]]];
        plan->timed[stratum->first + stratum->count++] = plan->in_order[k];
    }
}

void block_plan_fini(struct block_plan *plan)
{
    free(plan->timed);
    free(plan->in_order);
    free(plan->strata);
    free(plan->stratum_of);
    *plan = (struct block_plan){0};
}

size_t block_size(double block_s, double sample_seconds)
{
    if (!(block_s > 0) || !(sample_seconds > 0))
        return 1;
    double size = round(block_s / sample_seconds);
    if (size < 1)
        return 1;
    return size > (double)measure_method.block_most ? measure_method.block_most : (size_t)size;
}

/*
 * Systematic sampling: one uniform offset, then equal steps through the weights with the strata one after the
 * other, so that each stratum gets its share to within one sample. Shuffling within a stratum first lets
 * pairs differ.
 */
static void block_draw_weighted(const struct block_plan *plan, size_t size, uint64_t *state,
                                struct block *block)
{
    cleanup_free size_t *order = memory_zeroed((plan->timed_count + 1) * sizeof *order);
    memcpy(order, plan->timed, plan->timed_count * sizeof *order);
    for (size_t s = 0; s < plan->stratum_count; s++)
        block_shuffle(order + plan->strata[s].first, plan->strata[s].count, state);
    double step = plan->weight / (double)size;
    double offset = block_uniform(state);
    double passed = 0;
    size_t at = 0;
    for (size_t k = 0; k < size; k++) {
        double target = (offset + (double)k) * step;
        while (at + 1 < plan->timed_count && passed + plan->samples->items[order[at]].weight <= target)
            passed += plan->samples->items[order[at++]].weight;
        block->indices[k] = order[at];
    }
    block->count = size;
}

static void block_draw_window(const struct block_plan *plan, size_t size, uint64_t *state,
                              struct block *block)
{
    size_t count = size < plan->timed_count ? size : plan->timed_count;
    size_t start = block_below(state, plan->timed_count - count + 1);
    memcpy(block->indices, plan->in_order + start, count * sizeof *block->indices);
    block->count = count;
}

/* Draws one sample of a stratum by weight. */
static size_t block_draw_one(const struct block_plan *plan, const struct block_stratum *stratum,
                             uint64_t *state)
{
    double target = block_uniform(state) * stratum->weight;
    size_t at = stratum->first;
    size_t last = stratum->first + stratum->count - 1;
    while (at < last && (target -= plan->samples->items[plan->timed[at]].weight) >= 0)
        at++;
    return plan->timed[at];
}

static void block_cover(const struct block_plan *plan, uint64_t *state, struct block *block)
{
    cleanup_free bool *seen = memory_zeroed(plan->stratum_count + 1);
    size_t most = block->count + measure_method.cover_most;
    for (size_t k = 0; k < block->count; k++)
        seen[plan->stratum_of[block->indices[k]]] = true;
    for (size_t s = 0; s < plan->stratum_count && block->count < most; s++) {
        if (seen[s])
            continue;
        block->indices[block->count] = block_draw_one(plan, &plan->strata[s], state);
        block->extra[block->count++] = true;
    }
}

void block_draw(const struct block_plan *plan, size_t size, enum workload_cache cache, bool cover,
                uint64_t seed, struct block *block)
{
    uint64_t state = seed;
    *block = (struct block){0};
    size_t room = size + plan->stratum_count;
    block->indices = memory_zeroed(room * sizeof *block->indices);
    block->extra = memory_zeroed(room * sizeof *block->extra);
    if (cache == WORKLOAD_CACHE_REPLAY) {
        block_draw_window(plan, size, &state, block);
        return;
    }
    block_draw_weighted(plan, size, &state, block);
    if (size > 1)
        block_shuffle(block->indices, block->count, &state);
    if (cover)
        block_cover(plan, &state, block);
}

void block_fini(struct block *block)
{
    free(block->indices);
    free(block->extra);
    *block = (struct block){0};
}
