#include "workloads/contract/compare/matching.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdbool.h>

struct match_entry {
    uint64_t hash;
    uint32_t index;
};

static int matching_order(const void *left, const void *right)
{
    const struct match_entry *a = left;
    const struct match_entry *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void matching_sort(struct match_entry *entries, size_t count)
{
    if (count > 24) {
        qsort(entries, count, sizeof *entries, matching_order);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct match_entry moving = entries[i];
        size_t j = i;
        for (; j && matching_order(&entries[j - 1], &moving) > 0; j--)
            entries[j] = entries[j - 1];
        entries[j] = moving;
    }
}

static struct match_entry *matching_entries(const uint64_t *hashes, size_t count)
{
    struct match_entry *entries = memory_resize(NULL, count + 1, sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct match_entry){.hash = hashes[i], .index = (uint32_t)i};
    matching_sort(entries, count);
    return entries;
}

/* Entries of the same hash from `start` on. */
static size_t matching_run(const struct match_entry *entries, size_t start, size_t count)
{
    size_t end = start;
    while (end < count && entries[end].hash == entries[start].hash)
        end++;
    return end - start;
}

/* One group on both sides. */
static void matching_pair(const struct match_entry *left, size_t left_count, const struct match_entry *right,
                          size_t right_count, int32_t *before, int32_t *after)
{
    bool equal = left_count == right_count;
    int32_t verdict = left_count && right_count ? MATCH_COUNT : MATCH_NONE;
    for (size_t i = 0; i < left_count; i++)
        before[left[i].index] = equal ? (int32_t)right[i].index : verdict;
    for (size_t i = 0; i < right_count; i++)
        after[right[i].index] = equal ? (int32_t)left[i].index : verdict;
}

void matching_build(const uint64_t *before_hashes, size_t before_count, const uint64_t *after_hashes,
                    size_t after_count, int32_t *before, int32_t *after)
{
    cleanup_free struct match_entry *left = matching_entries(before_hashes, before_count);
    cleanup_free struct match_entry *right = matching_entries(after_hashes, after_count);
    size_t i = 0;
    size_t j = 0;
    while (i < before_count || j < after_count) {
        bool take_left = i < before_count && (j >= after_count || left[i].hash <= right[j].hash);
        bool take_right = j < after_count && (i >= before_count || right[j].hash <= left[i].hash);
        size_t left_run = take_left ? matching_run(left, i, before_count) : 0;
        size_t right_run = take_right ? matching_run(right, j, after_count) : 0;
        matching_pair(left + i, left_run, right + j, right_run, before, after);
        i += left_run;
        j += right_run;
    }
}
