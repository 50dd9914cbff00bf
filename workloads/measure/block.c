#include "workloads/measure/block.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/draw.h"
#include "workloads/measure/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void block_shuffle(size_t *items, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = draw_below(state, i);
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

static void block_plan_open(struct block_plan *plan, const struct sample_set *samples)
{
    *plan = (struct block_plan){.samples = samples};
    plan->stratum_of = memory_zeroed((samples->count + 1) * sizeof *plan->stratum_of);
    plan->weight_of = memory_zeroed((samples->count + 1) * sizeof *plan->weight_of);
    plan->timed = memory_zeroed((samples->count + 1) * sizeof *plan->timed);
    plan->in_order = memory_zeroed((samples->count + 1) * sizeof *plan->in_order);
}

static void block_plan_add(struct block_plan *plan, size_t index, size_t stratum)
{
    double weight = plan->samples->items[index].weight;
    plan->stratum_of[index] = stratum;
    plan->weight_of[index] = weight;
    plan->strata[stratum].count++;
    plan->strata[stratum].weight += weight;
    plan->weight += weight;
    plan->in_order[plan->timed_count++] = index;
}

/* Groups by stratum what stands in the file's order. */
static void block_plan_close(struct block_plan *plan)
{
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

void block_plan_init(struct block_plan *plan, const struct sample_set *samples)
{
    size_t capacity = 0;
    block_plan_open(plan, samples);
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->items[i];
        if (sample->weight > 0 && !sample->held_out)
            block_plan_add(plan, i, block_find_stratum(plan, sample->stratum, &capacity));
    }
    block_plan_close(plan);
}

/* Each stratum with the weight that it has among the visible samples. */
static void block_plan_scale(struct block_plan *plan, const struct block_plan *visible)
{
    plan->weight = 0;
    for (size_t s = 0; s < plan->stratum_count; s++) {
        struct block_stratum *stratum = &plan->strata[s];
        if (stratum->count == 0)
            continue;
        double factor = visible->strata[s].weight / stratum->weight;
        for (size_t k = 0; k < stratum->count; k++)
            plan->weight_of[plan->timed[stratum->first + k]] *= factor;
        stratum->weight = visible->strata[s].weight;
        plan->weight += stratum->weight;
    }
}

void block_plan_init_held_out(struct block_plan *plan, const struct block_plan *visible)
{
    const struct sample_set *samples = visible->samples;
    block_plan_open(plan, samples);
    plan->strata = memory_zeroed((visible->stratum_count + 1) * sizeof *plan->strata);
    plan->stratum_count = visible->stratum_count;
    for (size_t s = 0; s < plan->stratum_count; s++)
        plan->strata[s].name = visible->strata[s].name;
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->items[i];
        size_t s = 0;
        while (s < plan->stratum_count && strcmp(plan->strata[s].name, sample->stratum) != 0)
            s++;
        if (sample->weight > 0 && sample->held_out && s < plan->stratum_count)
            block_plan_add(plan, i, s);
    }
    block_plan_close(plan);
    block_plan_scale(plan, visible);
}

void block_plan_fini(struct block_plan *plan)
{
    free(plan->timed);
    free(plan->in_order);
    free(plan->strata);
    free(plan->stratum_of);
    free(plan->weight_of);
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
    double offset = draw_uniform(state);
    double passed = 0;
    size_t at = 0;
    for (size_t k = 0; k < size; k++) {
        double target = (offset + (double)k) * step;
        while (at + 1 < plan->timed_count && passed + plan->weight_of[order[at]] <= target)
            passed += plan->weight_of[order[at++]];
        block->indices[k] = order[at];
    }
    block->count = size;
}

static void block_draw_window(const struct block_plan *plan, size_t size, uint64_t *state,
                              struct block *block)
{
    size_t count = size < plan->timed_count ? size : plan->timed_count;
    size_t start = draw_below(state, plan->timed_count - count + 1);
    memcpy(block->indices, plan->in_order + start, count * sizeof *block->indices);
    block->count = count;
}

/* Draws one sample of a stratum by weight. */
static size_t block_draw_one(const struct block_plan *plan, const struct block_stratum *stratum,
                             uint64_t *state)
{
    double target = draw_uniform(state) * stratum->weight;
    size_t at = stratum->first;
    size_t last = stratum->first + stratum->count - 1;
    while (at < last && (target -= plan->weight_of[plan->timed[at]]) >= 0)
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
        if (seen[s] || plan->strata[s].count == 0)
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

/* The places of a shuffled run over both blocks, in one array. */
static void block_join(const struct block *first, const struct block *second, bool shuffle, uint64_t *state,
                       struct block *block)
{
    size_t count = first->count + second->count;
    cleanup_free size_t *order = memory_zeroed((count + 1) * sizeof *order);
    for (size_t k = 0; k < count; k++)
        order[k] = k;
    if (shuffle)
        block_shuffle(order, count, state);
    block->indices = memory_zeroed((count + 1) * sizeof *block->indices);
    block->extra = memory_zeroed((count + 1) * sizeof *block->extra);
    block->count = count;
    for (size_t k = 0; k < count; k++) {
        const struct block *from = order[k] < first->count ? first : second;
        size_t at = order[k] < first->count ? order[k] : order[k] - first->count;
        block->indices[k] = from->indices[at];
        block->extra[k] = from->extra[at];
    }
}

void block_draw_both(const struct block_plan *visible, const struct block_plan *held_out, size_t size,
                     enum workload_cache cache, uint64_t seed, struct block *block)
{
    uint64_t state = seed;
    uint64_t other_seed = draw_bits(&state) >> 11;
    bool held_out_first = cache == WORKLOAD_CACHE_REPLAY && draw_below(&state, 2) == 1;
    struct block seen;
    struct block unseen;
    block_draw(visible, size, cache, true, seed, &seen);
    block_draw(held_out, size, cache, true, other_seed, &unseen);
    memset(unseen.extra, true, unseen.count * sizeof *unseen.extra);
    block_join(held_out_first ? &unseen : &seen, held_out_first ? &seen : &unseen,
               cache != WORKLOAD_CACHE_REPLAY, &state, block);
    block_fini(&seen);
    block_fini(&unseen);
}

void block_fini(struct block *block)
{
    free(block->indices);
    free(block->extra);
    *block = (struct block){0};
}
