#include "workloads/contract/compare/matching.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdbool.h>

#define MATCHING_END UINT32_MAX

/* The elements of one side that share a hash: a chain through matching_side.next, the last one first. */
struct matching_chain {
    uint32_t last; /* index, or MATCHING_END */
    uint32_t count;
};

/* One hash. */
struct matching_group {
    uint64_t hash;
    struct matching_chain before;
    struct matching_chain after;
};

/* Open addressing: hashes are seeded, so nobody can crowd a place. */
struct matching_groups {
    struct matching_group *items; /* owned; a power of two of them; one without elements is free */
    size_t mask;
};

static struct matching_group *matching_find(const struct matching_groups *groups, uint64_t hash)
{
    for (size_t i = (size_t)hash;; i++) {
        struct matching_group *group = &groups->items[i & groups->mask];
        if (!group->before.count && !group->after.count) {
            *group = (struct matching_group){
                .hash = hash, .before = {.last = MATCHING_END}, .after = {.last = MATCHING_END}};
            return group;
        }
        if (group->hash == hash)
            return group;
    }
}

static void matching_add(struct matching_chain *chain, uint32_t index, int32_t *next)
{
    next[index] = (int32_t)chain->last;
    chain->last = index;
    chain->count++;
}

/* The chains are in `before` and `after`, where the verdicts go. */
static void matching_settle(const struct matching_group *group, int32_t *before, int32_t *after)
{
    bool equal = group->before.count == group->after.count;
    int32_t verdict = group->before.count && group->after.count ? MATCH_COUNT : MATCH_NONE;
    uint32_t i = group->before.last;
    uint32_t j = group->after.last;
    while (i != MATCHING_END || j != MATCHING_END) {
        uint32_t left = i;
        uint32_t right = j;
        if (left != MATCHING_END) {
            i = (uint32_t)before[left];
            before[left] = equal ? (int32_t)right : verdict;
        }
        if (right != MATCHING_END) {
            j = (uint32_t)after[right];
            after[right] = equal ? (int32_t)left : verdict;
        }
    }
}

void matching_build(const uint64_t *before_hashes, size_t before_count, const uint64_t *after_hashes,
                    size_t after_count, int32_t *before, int32_t *after)
{
    struct matching_groups groups = {.mask = 15};
    while (groups.mask < (before_count + after_count) * 3 / 2)
        groups.mask = groups.mask * 2 + 1;
    cleanup_free struct matching_group *items = memory_zeroed((groups.mask + 1) * sizeof *items);
    groups.items = items;
    for (size_t i = 0; i < before_count; i++)
        matching_add(&matching_find(&groups, before_hashes[i])->before, (uint32_t)i, before);
    for (size_t j = 0; j < after_count; j++)
        matching_add(&matching_find(&groups, after_hashes[j])->after, (uint32_t)j, after);
    for (size_t i = 0; i <= groups.mask; i++) {
        if (items[i].before.count || items[i].after.count)
            matching_settle(&items[i], before, after);
    }
}
