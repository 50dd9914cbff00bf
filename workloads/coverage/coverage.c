#include "workloads/coverage/coverage.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct coverage_stratum *coverage_find(struct coverage *coverage, const char *name)
{
    for (size_t i = 0; i < coverage->stratum_count; i++) {
        if (!strcmp(coverage->strata[i].name, name))
            return &coverage->strata[i];
    }
    coverage->strata = memory_resize(coverage->strata, coverage->stratum_count + 1, sizeof *coverage->strata);
    struct coverage_stratum *fresh = &coverage->strata[coverage->stratum_count++];
    *fresh = (struct coverage_stratum){.name = memory_copy_string(name)};
    return fresh;
}

static int coverage_order(const void *left, const void *right)
{
    const struct coverage_stratum *a = left;
    const struct coverage_stratum *b = right;
    return strcmp(a->name, b->name);
}

/* Shares are weights until here. */
static void coverage_scale(struct coverage *coverage)
{
    double sum = 0;
    for (size_t i = 0; i < coverage->stratum_count; i++)
        sum += fmax(coverage->strata[i].share, 0);
    for (size_t i = 0; i < coverage->stratum_count; i++) {
        struct coverage_stratum *stratum = &coverage->strata[i];
        stratum->share = sum > 0 && stratum->share >= 0 ? stratum->share / sum : -1;
    }
}

/* The manifest counts production itself; where it doesn't, the weights of the samples stand for it. */
static bool coverage_knows_population(const struct sample_set *set)
{
    for (size_t i = 0; i < set->stratum_count; i++) {
        if (!(set->strata[i].population >= 0))
            return false;
    }
    return set->stratum_count > 0;
}

void coverage_count(struct coverage *coverage, const struct sample_set *set,
                    bool (*was_compared)(const char *id, void *data), void *data)
{
    bool by_population = coverage_knows_population(set);
    *coverage = (struct coverage){.strata = NULL};
    for (size_t i = 0; i < set->stratum_count; i++)
        coverage_find(coverage, set->strata[i].name)->share = by_population ? set->strata[i].population : 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct sample *sample = &set->items[i];
        size_t known = coverage->stratum_count;
        struct coverage_stratum *stratum = coverage_find(coverage, sample->stratum);
        if (by_population && coverage->stratum_count > known)
            stratum->share = -1; /* the manifest doesn't know it */
        else if (!by_population)
            stratum->share += sample->weight;
        stratum->samples++;
        stratum->compared += was_compared(sample->id, data);
    }
    coverage_scale(coverage);
    if (coverage->stratum_count > 1)
        qsort(coverage->strata, coverage->stratum_count, sizeof *coverage->strata, coverage_order);
}

void coverage_fini(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->stratum_count; i++)
        free(coverage->strata[i].name);
    free(coverage->strata);
    json_free_strings(coverage->fixed);
    *coverage = (struct coverage){0};
}

size_t coverage_samples(const struct coverage *coverage)
{
    size_t samples = 0;
    for (size_t i = 0; i < coverage->stratum_count; i++)
        samples += coverage->strata[i].samples;
    return samples;
}

size_t coverage_compared(const struct coverage *coverage)
{
    size_t compared = 0;
    for (size_t i = 0; i < coverage->stratum_count; i++)
        compared += coverage->strata[i].compared;
    return compared;
}

double coverage_bound(size_t compared)
{
    return compared ? -expm1(log(0.05) / (double)compared) : 1;
}
