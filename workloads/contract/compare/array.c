/*
 * Arrays in order. Position decides, except where that would bury the reader: a mere permutation is one
 * `order`, and a different number of elements is one `length`, after which only elements without an equal are
 * compared.
 */
#include "workloads/contract/compare/compare.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/compare/matching.h"

#include <stdio.h>

void compare_pair(struct comparison *c, const struct json_value *before, size_t i,
                  const struct json_value *after, size_t j, struct rule_scope scope)
{
    if (compare_is_plain(c, scope) &&
        compare_is_identical(c, json_element(before, i), json_element(after, j)))
        return;
    struct rule_scope below = scope.count ? rule_walk_index(&c->walk, scope, i) : scope;
    path_push_index(&c->path, i);
    compare_values(c, json_element(before, i), json_element(after, j), below);
    path_pop(&c->path);
    if (scope.count)
        c->walk.count = below.first;
}

static uint64_t array_hash_element(struct comparison *c, const struct json_value *array, size_t index,
                                   struct rule_scope scope)
{
    struct rule_scope below = scope.count ? rule_walk_index(&c->walk, scope, index) : scope;
    uint64_t hash = compare_hash(c, json_element(array, index), below);
    if (scope.count)
        c->walk.count = below.first;
    return hash;
}

/* Pairs the listed elements of both sides by content. */
static void array_match(struct comparison *c, const struct json_value *before, const int32_t *before_indices,
                        size_t before_count, const struct json_value *after, const int32_t *after_indices,
                        size_t after_count, struct rule_scope scope, int32_t *left, int32_t *right)
{
    cleanup_free uint64_t *before_hashes = memory_resize(NULL, before_count + 1, sizeof *before_hashes);
    cleanup_free uint64_t *after_hashes = memory_resize(NULL, after_count + 1, sizeof *after_hashes);
    for (size_t i = 0; i < before_count; i++)
        before_hashes[i] = array_hash_element(c, before, (size_t)before_indices[i], scope);
    for (size_t j = 0; j < after_count; j++)
        after_hashes[j] = array_hash_element(c, after, (size_t)after_indices[j], scope);
    matching_build(before_hashes, before_count, after_hashes, after_count, left, right);
}

/* Keeps the indices whose match is none; how many. */
static size_t array_keep_lone(int32_t *indices, const int32_t *matches, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (matches[i] < 0)
            indices[kept++] = indices[i];
    }
    return kept;
}

/* Compares what is left on both sides, in order, as far as both go. */
static void array_compare_lone(struct comparison *c, const struct json_value *before,
                               const int32_t *lone_before, size_t before_count,
                               const struct json_value *after, const int32_t *lone_after, size_t after_count,
                               struct rule_scope scope)
{
    for (size_t k = 0; k < before_count && k < after_count; k++)
        compare_pair(c, before, (size_t)lone_before[k], after, (size_t)lone_after[k], scope);
}

/* The positions at which elements differ, into `indices`; how many. */
static size_t array_list_unequal(struct comparison *c, const struct json_value *before,
                                 const struct json_value *after, struct rule_scope scope, int32_t *indices)
{
    size_t count = 0;
    for (size_t i = 0; i < json_count(before); i++) {
        if (!compare_is_equal_pair(c, before, i, after, i, scope))
            indices[count++] = (int32_t)i;
    }
    return count;
}

static bool array_holds_containers(const struct json_value *array)
{
    enum json_type type = json_type(json_element(array, 0));
    return type == JSON_ARRAY || type == JSON_OBJECT;
}

/*
 * Several positions differ. If they hold the same elements, that is one `order`. If most of the elements have
 * only moved (rows of a table, one inserted and one dropped), it is `order` and what the others became.
 * Otherwise position by position.
 */
static void array_compare_unequal(struct comparison *c, const struct json_value *before,
                                  const struct json_value *after, int32_t *indices, size_t count,
                                  struct rule_scope scope)
{
    cleanup_free int32_t *matches = memory_resize(NULL, 2 * count, sizeof *matches);
    cleanup_free int32_t *other = memory_resize(NULL, count, sizeof *other);
    array_match(c, before, indices, count, after, indices, count, scope, matches, matches + count);
    for (size_t k = 0; k < count; k++)
        other[k] = indices[k];
    size_t lone = 0;
    for (size_t k = 0; k < count; k++)
        lone += matches[k] < 0;
    bool rows = array_holds_containers(before) || array_holds_containers(after);
    if (lone && (lone * 2 > count || !rows)) {
        array_compare_lone(c, before, indices, count, after, indices, count, scope);
        return;
    }
    compare_report_values(c, CLASS_ORDER, before, after);
    size_t lone_before = array_keep_lone(indices, matches, count);
    size_t lone_after = array_keep_lone(other, matches + count, count);
    array_compare_lone(c, before, indices, lone_before, after, other, lone_after, scope);
}

static void array_compare_even(struct comparison *c, const struct json_value *before,
                               const struct json_value *after, struct rule_scope scope)
{
    if (c->quick || c->collecting) {
        for (size_t i = 0; i < json_count(before) && !c->unequal; i++)
            compare_pair(c, before, i, after, i, scope);
        return;
    }
    cleanup_free int32_t *indices = memory_resize(NULL, json_count(before) + 1, sizeof *indices);
    size_t unequal = array_list_unequal(c, before, after, scope, indices);
    if (unequal == 1)
        compare_pair(c, before, (size_t)indices[0], after, (size_t)indices[0], scope);
    else if (unequal > 1)
        array_compare_unequal(c, before, after, indices, unequal, scope);
}

static void array_report_length(struct comparison *c, size_t before, size_t after)
{
    char words[2][48];
    snprintf(words[0], sizeof words[0], "%zu element%s", before, before == 1 ? "" : "s");
    snprintf(words[1], sizeof words[1], "%zu element%s", after, after == 1 ? "" : "s");
    compare_report(c, CLASS_LENGTH, (struct shown){.words = words[0]}, (struct shown){.words = words[1]});
}

/* Behind a `length`: leaves out the common beginning and end, pairs equal elements between, compares the
 * others. */
static void array_compare_middle(struct comparison *c, const struct json_value *before,
                                 const struct json_value *after, struct rule_scope scope)
{
    size_t before_end = json_count(before);
    size_t after_end = json_count(after);
    size_t start = 0;
    while (start < before_end && start < after_end &&
           compare_is_equal_pair(c, before, start, after, start, scope))
        start++;
    while (before_end > start && after_end > start &&
           compare_is_equal_pair(c, before, before_end - 1, after, after_end - 1, scope)) {
        before_end--;
        after_end--;
    }
    size_t before_count = before_end - start;
    size_t after_count = after_end - start;
    if (!before_count || !after_count)
        return;
    cleanup_free int32_t *left = memory_resize(NULL, 2 * before_count, sizeof *left);
    cleanup_free int32_t *right = memory_resize(NULL, 2 * after_count, sizeof *right);
    for (size_t k = 0; k < before_count; k++)
        left[k] = (int32_t)(start + k);
    for (size_t k = 0; k < after_count; k++)
        right[k] = (int32_t)(start + k);
    array_match(c, before, left, before_count, after, right, after_count, scope, left + before_count,
                right + after_count);
    before_count = array_keep_lone(left, left + before_count, before_count);
    after_count = array_keep_lone(right, right + after_count, after_count);
    array_compare_lone(c, before, left, before_count, after, right, after_count, scope);
}

void compare_elements(struct comparison *c, const struct json_value *before, const struct json_value *after,
                      struct rule_scope scope)
{
    if (json_count(before) == json_count(after)) {
        array_compare_even(c, before, after, scope);
        return;
    }
    array_report_length(c, json_count(before), json_count(after));
    if (!c->quick)
        array_compare_middle(c, before, after, scope);
}

/* [x] that became [] is an empty answer; [null] that did is only shorter. */
static bool array_is_emptied(const struct json_value *before, const struct json_value *after)
{
    if (json_count(after))
        return false;
    for (size_t i = 0; i < json_count(before); i++) {
        if (json_type(json_element(before, i)) != JSON_NULL)
            return true;
    }
    return false;
}

/* A multiset's leftovers: paired in order. Their elements have no index to be named by. */
static void array_compare_strangers(struct comparison *c, const struct json_value *before,
                                    const int32_t *left, const struct json_value *after, const int32_t *right,
                                    struct rule_scope scope)
{
    size_t outer = c->unaddressed;
    c->unaddressed = c->path.depth + 1;
    size_t j = 0;
    for (size_t i = 0; i < json_count(before); i++) {
        if (left[i] != MATCH_NONE)
            continue;
        while (j < json_count(after) && right[j] != MATCH_NONE)
            j++;
        if (j == json_count(after))
            break;
        compare_pair(c, before, i, after, j++, scope);
    }
    c->unaddressed = outer;
}

void compare_multisets(struct comparison *c, const struct json_value *before, const struct json_value *after,
                       struct rule_scope scope, const struct rule *rule)
{
    size_t before_count = json_count(before);
    size_t after_count = json_count(after);
    size_t most = before_count > after_count ? before_count : after_count;
    cleanup_free int32_t *all = memory_resize(NULL, most + 1, sizeof *all);
    cleanup_free int32_t *left = memory_resize(NULL, before_count + 1, sizeof *left);
    cleanup_free int32_t *right = memory_resize(NULL, after_count + 1, sizeof *right);
    for (size_t i = 0; i < most; i++)
        all[i] = (int32_t)i;
    array_match(c, before, all, before_count, after, all, after_count, scope, left, right);
    bool moved = false;
    bool uneven = false;
    for (size_t i = 0; i < before_count && !c->unequal; i++) {
        moved = moved || (left[i] >= 0 && left[i] != (int32_t)i);
        uneven = uneven || left[i] == MATCH_COUNT;
        if (left[i] >= 0)
            compare_pair(c, before, i, after, (size_t)left[i], scope);
    }
    if (before_count != after_count)
        array_report_length(c, before_count, after_count);
    else if (uneven)
        compare_report_values(c, CLASS_MULTIPLICITY, before, after);
    array_compare_strangers(c, before, left, after, right, scope);
    if (moved)
        compare_excuse(c, CLASS_ORDER, rule, "multiset");
}

void compare_arrays(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope, const struct rule_binding *binding)
{
    if (array_is_emptied(before, after)) {
        compare_report_values(c, CLASS_EMPTIED, before, after);
        return;
    }
    if (binding->key && compare_by_key(c, before, after, scope, binding->key))
        return;
    if (binding->multiset)
        compare_multisets(c, before, after, scope, binding->multiset);
    else
        compare_elements(c, before, after, scope);
}
