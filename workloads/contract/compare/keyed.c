/* Arrays whose elements are matched by an id, whatever their order. */
#include "workloads/contract/compare/compare.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/compare/matching.h"
#include "workloads/contract/hash.h"

/* One side: its elements' ids and how they match. */
struct keyed {
    const struct json_value *array;
    const struct json_value **ids; /* a string or number of each element; owned */
    uint64_t *hashes;              /* of the ids; owned */
    int32_t *matches;              /* owned */
};

static void keyed_fini(struct keyed *keyed)
{
    free(keyed->ids);
    free(keyed->hashes);
    free(keyed->matches);
}
#define cleanup_keyed __attribute__((cleanup(keyed_fini)))

/* False where an element has no id. */
static bool keyed_init(struct keyed *keyed, const struct json_value *array, const char *key)
{
    size_t count = json_count(array);
    *keyed = (struct keyed){.array = array};
    keyed->ids = memory_resize(NULL, count + 1, sizeof *keyed->ids);
    keyed->hashes = memory_resize(NULL, count + 1, sizeof *keyed->hashes);
    keyed->matches = memory_resize(NULL, count + 1, sizeof *keyed->matches);
    for (size_t i = 0; i < count; i++) {
        const struct json_value *element = json_item(array, i);
        const struct json_value *id = json_type(element) == JSON_OBJECT ? json_find(element, key) : NULL;
        if (!id || (json_type(id) != JSON_STRING && json_type(id) != JSON_NUMBER))
            return false;
        keyed->ids[i] = id;
        keyed->hashes[i] = compare_hash_plain(id);
    }
    return true;
}

/* 1 and "1" are different ids; where one became the other, that is said instead of missing and added. */
static void keyed_report_types(struct comparison *c, struct keyed *before, struct keyed *after)
{
    size_t before_count = json_count(before->array);
    size_t after_count = json_count(after->array);
    cleanup_free uint64_t *left_hashes = memory_resize(NULL, before_count + 1, sizeof *left_hashes);
    cleanup_free uint64_t *right_hashes = memory_resize(NULL, after_count + 1, sizeof *right_hashes);
    cleanup_free int32_t *left = memory_resize(NULL, before_count + 1, sizeof *left);
    cleanup_free int32_t *right = memory_resize(NULL, after_count + 1, sizeof *right);
    for (size_t i = 0; i < before_count; i++)
        left_hashes[i] = before->matches[i] == MATCH_NONE
                             ? hash_bytes(hash_seed(), before->ids[i]->bytes, before->ids[i]->count)
                             : before->hashes[i];
    for (size_t j = 0; j < after_count; j++)
        right_hashes[j] = after->matches[j] == MATCH_NONE
                              ? hash_bytes(hash_seed(), after->ids[j]->bytes, after->ids[j]->count)
                              : after->hashes[j];
    matching_build(left_hashes, before_count, right_hashes, after_count, left, right);
    for (size_t i = 0; i < before_count; i++) {
        if (before->matches[i] != MATCH_NONE || left[i] < 0)
            continue;
        compare_report_values(c, CLASS_TYPE, before->ids[i], after->ids[left[i]]);
        before->matches[i] = MATCH_COUNT; /* told */
        after->matches[left[i]] = MATCH_COUNT;
    }
}

static void keyed_report_absent(struct comparison *c, const struct keyed *keyed, enum finding_class class,
                                const char *key, struct rule_scope scope)
{
    for (size_t i = 0; i < json_count(keyed->array) && !c->unequal; i++) {
        if (keyed->matches[i] != MATCH_NONE)
            continue;
        struct rule_scope below = rule_walk_id(&c->walk, scope, i, key, keyed->ids[i]);
        path_push_id(&c->path, i, key, keyed->ids[i]);
        compare_absent(c, class, json_item(keyed->array, i), below);
        path_pop(&c->path);
        c->walk.count = below.first;
    }
}

/* Compares the elements that have a partner; whether any stands elsewhere. */
static bool keyed_compare_pairs(struct comparison *c, const struct keyed *before, const struct keyed *after,
                                const char *key, struct rule_scope scope)
{
    bool moved = false;
    int32_t last = -1;
    for (size_t i = 0; i < json_count(before->array) && !c->unequal; i++) {
        int32_t match = before->matches[i];
        if (match < 0)
            continue;
        moved = moved || match < last;
        last = match;
        struct rule_scope below = rule_walk_id(&c->walk, scope, i, key, before->ids[i]);
        path_push_id(&c->path, i, key, before->ids[i]);
        compare_values(c, json_item(before->array, i), json_item(after->array, (size_t)match), below);
        path_pop(&c->path);
        c->walk.count = below.first;
    }
    return moved;
}

bool compare_by_key(struct comparison *c, const struct json_value *before, const struct json_value *after,
                    struct rule_scope scope, const struct rule *rule)
{
    cleanup_keyed struct keyed left = {0};
    cleanup_keyed struct keyed right = {0};
    if (!keyed_init(&left, before, rule->key) || !keyed_init(&right, after, rule->key)) {
        compare_report_values(c, CLASS_KEY_MISSING_WARN, before, after);
        return false;
    }
    matching_build(left.hashes, json_count(before), right.hashes, json_count(after), left.matches,
                   right.matches);
    bool duplicates = false;
    for (size_t i = 0; i < json_count(before); i++)
        duplicates = duplicates || left.matches[i] == MATCH_COUNT;
    if (duplicates)
        compare_report_values(c, CLASS_DUPLICATE_ID, before, after);
    keyed_report_types(c, &left, &right);
    keyed_report_absent(c, &left, CLASS_MISSING, rule->key, scope);
    bool moved = keyed_compare_pairs(c, &left, &right, rule->key, scope);
    keyed_report_absent(c, &right, CLASS_ADDED, rule->key, scope);
    if (moved)
        compare_excuse(c, CLASS_ORDER, rule, "key");
    return true;
}
