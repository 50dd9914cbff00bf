#include "workloads/contract/compare/compare.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/compare/matching.h"
#include "workloads/contract/hash.h"

#define OBJECT_SMALL 32 /* members up to which keys are simply searched; bits of the mask below */

static bool object_is_same_key(const struct json_value *a, const struct json_value *b)
{
    return ((a->meta ^ b->meta) & JSON_META_HASH) == 0 && json_has_same_bytes(a, b);
}

static bool object_has_same_order(const struct json_value *before, const struct json_value *after)
{
    if (json_count(before) != json_count(after))
        return false;
    for (size_t i = 0; i < json_count(before); i++) {
        if (!object_is_same_key(json_key(before, i), json_key(after, i)))
            return false;
    }
    return true;
}

/* Finds a partner for each of a few members; false when one has none. */
static bool object_match_few(const struct json_value *before, const struct json_value *after,
                             int32_t *matches)
{
    size_t count = json_count(before);
    uint32_t used = 0;
    if (count != json_count(after) || count > OBJECT_SMALL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct json_value *key = json_key(before, i);
        size_t j = 0;
        while (j < count && ((used >> j & 1) || !object_is_same_key(key, json_key(after, j))))
            j++;
        if (j == count)
            return false;
        used |= UINT32_C(1) << j;
        matches[i] = (int32_t)j;
    }
    return true;
}

static uint64_t *object_hash_keys(const struct json_value *object)
{
    uint64_t *hashes = memory_resize(NULL, json_count(object) + 1, sizeof *hashes);
    for (size_t i = 0; i < json_count(object); i++)
        hashes[i] = hash_bytes(hash_seed(), json_key(object, i)->bytes, json_key(object, i)->count);
    return hashes;
}

static void object_match_many(const struct json_value *before, const struct json_value *after, int32_t *left,
                              int32_t *right)
{
    cleanup_free uint64_t *before_hashes = object_hash_keys(before);
    cleanup_free uint64_t *after_hashes = object_hash_keys(after);
    matching_build(before_hashes, json_count(before), after_hashes, json_count(after), left, right);
    for (size_t i = 0; i < json_count(before); i++) {
        int32_t match = left[i];
        if (match < 0 || object_is_same_key(json_key(before, i), json_key(after, (size_t)match)))
            continue;
        left[i] = MATCH_NONE; /* only the hashes are equal */
        right[match] = MATCH_NONE;
    }
}

/* A member without a partner: absent on one side, or there in different numbers (`other`: one of those, or
 * NULL). */
static void object_report_lone(struct comparison *c, const struct json_value *key, enum finding_class class,
                               const struct json_value *other, struct rule_scope scope)
{
    struct rule_scope below = scope.count ? rule_walk_key(&c->walk, scope, key) : scope;
    const struct rule *outer = c->hidden_by;
    path_push_key(&c->path, key);
    if (class == CLASS_DUPLICATE_KEY) {
        if (below.count && !outer)
            c->hidden_by = rule_walk_bind(&c->walk, below).ignore;
        compare_report_values(c, class, key + 1, other);
    } else {
        compare_absent(c, class, key + 1, below);
    }
    c->hidden_by = outer;
    path_pop(&c->path);
    if (scope.count)
        c->walk.count = below.first;
}

static void object_compare_member(struct comparison *c, const struct json_value *before,
                                  const struct json_value *after, struct rule_scope scope)
{
    bool escaped = json_is_escaped(before) || json_is_escaped(after);
    if (compare_is_plain(c, scope) && !escaped && compare_is_identical(c, before + 1, after + 1))
        return;
    bool respelled = escaped && !compare_is_identical(c, before, after);
    if (respelled && !compare_is_same_string(c, before, after)) {
        object_report_lone(c, before, CLASS_MISSING, NULL, scope);
        object_report_lone(c, after, CLASS_ADDED, NULL, scope);
        return;
    }
    struct rule_scope below = scope.count ? rule_walk_key(&c->walk, scope, before) : scope;
    path_push_key(&c->path, before);
    if (respelled)
        compare_report_values(c, CLASS_ESCAPE, before, after);
    compare_values(c, before + 1, after + 1, below);
    path_pop(&c->path);
    if (scope.count)
        c->walk.count = below.first;
}

/* A value of that key, or NULL. */
static const struct json_value *object_find_key(const struct json_value *object, const struct json_value *key)
{
    for (size_t i = 0; i < json_count(object); i++) {
        if (object_is_same_key(json_key(object, i), key))
            return json_key(object, i) + 1;
    }
    return NULL;
}

/* Members whose keys fit one to one, in another order. */
static void object_compare_shuffled(struct comparison *c, const struct json_value *before,
                                    const struct json_value *after, size_t matches, struct rule_scope scope)
{
    compare_report_values(c, CLASS_KEY_ORDER, before, after);
    for (size_t i = 0; i < json_count(before) && !c->unequal; i++) {
        size_t j = (size_t)c->scratch[matches + i];
        object_compare_member(c, json_key(before, i), json_key(after, j), scope);
    }
}

static void object_compare_uneven(struct comparison *c, const struct json_value *before,
                                  const struct json_value *after, size_t left, size_t right,
                                  struct rule_scope scope)
{
    size_t duplicates = 0;
    for (size_t i = 0; i < json_count(before) && !c->unequal; i++) {
        const struct json_value *key = json_key(before, i);
        int32_t match = c->scratch[left + i];
        if (match >= 0)
            object_compare_member(c, key, json_key(after, (size_t)match), scope);
        else if (match == MATCH_NONE)
            object_report_lone(c, key, CLASS_MISSING, NULL, scope);
        else /* looking for the other one is linear */
            object_report_lone(c, key, CLASS_DUPLICATE_KEY,
                               ++duplicates <= FINDINGS_MOST_GROUPS ? object_find_key(after, key) : NULL,
                               scope);
    }
    for (size_t j = 0; j < json_count(after) && !c->unequal; j++) {
        if (c->scratch[right + j] == MATCH_NONE)
            object_report_lone(c, json_key(after, j), CLASS_ADDED, NULL, scope);
    }
}

static bool object_is_even(const int32_t *matches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (matches[i] < 0)
            return false;
    }
    return true;
}

void compare_objects(struct comparison *c, const struct json_value *before, const struct json_value *after,
                     struct rule_scope scope)
{
    if (object_has_same_order(before, after)) {
        for (size_t i = 0; i < json_count(before) && !c->unequal; i++)
            object_compare_member(c, json_key(before, i), json_key(after, i), scope);
        return;
    }
    size_t left = compare_take_scratch(c, json_count(before) + json_count(after));
    size_t right = left + json_count(before);
    bool even = object_match_few(before, after, c->scratch + left);
    if (!even) {
        object_match_many(before, after, c->scratch + left, c->scratch + right);
        even =
            json_count(before) == json_count(after) && object_is_even(c->scratch + left, json_count(before));
    }
    if (even)
        object_compare_shuffled(c, before, after, left, scope);
    else
        object_compare_uneven(c, before, after, left, right, scope);
    c->scratch_count = left;
}
