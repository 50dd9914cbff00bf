#include "workloads/contract/compare/compare.h"
#include "workloads/contract/compare/sketch.h"
#include "workloads/contract/hash.h"

static uint64_t hash_scalar(const struct json_value *value)
{
    enum json_type type = json_type(value);
    uint64_t seed = hash_seed() + type;
    if (type == JSON_STRING)
        return hash_bytes(seed, value->bytes, value->count);
    return type == JSON_NUMBER ? sketch_number(value, seed) : hash_mix(seed, 1);
}

/* One member's part in the sum of an object, whose order says nothing. */
static uint64_t hash_member(const struct json_value *key, uint64_t value)
{
    return hash_bytes(value, key->bytes, key->count);
}

static uint64_t hash_object_end(size_t count, uint64_t sum)
{
    return hash_mix(hash_seed() + JSON_OBJECT, sum + count);
}

uint64_t compare_hash_plain(const struct json_value *value)
{
    enum json_type type = json_type(value);
    uint64_t sum = 0;
    if (type == JSON_OBJECT) {
        for (size_t i = 0; i < json_count(value); i++)
            sum += hash_member(json_key(value, i), compare_hash_plain(json_key(value, i) + 1));
        return hash_object_end(json_count(value), sum);
    }
    if (type != JSON_ARRAY)
        return hash_scalar(value);
    uint64_t hash = hash_seed() + JSON_ARRAY + json_count(value);
    for (size_t i = 0; i < json_count(value); i++)
        hash = hash_mix(hash, compare_hash_plain(json_item(value, i)));
    return hash_mix(hash, sum);
}

static bool hash_is_noisy(struct comparison *c, const struct rule_binding *binding)
{
    return binding->noisy ||
           (compare_heeds_noise(c) && noise_find(c->noise, c->part, &c->path, c->sample) != NULL);
}

/* What excuses a value, or may. */
static uint64_t hash_bound_scalar(struct comparison *c, const struct json_value *value,
                                  const struct rule_binding *binding)
{
    enum json_type type = json_type(value);
    bool bent = !c->exact &&
                (binding->alias || binding->nfc || binding->absolute || binding->relative || binding->format);
    bool excused = bent || hash_is_noisy(c, binding);
    if (binding->numeric_string && (excused || !c->exact) && (type == JSON_NUMBER || type == JSON_STRING))
        return hash_seed();
    return excused ? hash_seed() + (type == JSON_TRUE ? JSON_FALSE : type) : hash_scalar(value);
}

static uint64_t hash_bound_object(struct comparison *c, const struct json_value *value,
                                  struct rule_scope scope)
{
    uint64_t sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < json_count(value); i++) {
        const struct json_value *key = json_key(value, i);
        struct rule_scope below = rule_walk_key(&c->walk, scope, key);
        path_push_key(&c->path, key);
        if (!below.count || !rule_walk_bind(&c->walk, below).ignore) { /* else it may be missing, too */
            sum += hash_member(key, compare_hash(c, key + 1, below));
            count++;
        }
        path_pop(&c->path);
        c->walk.count = below.first;
    }
    return hash_object_end(count, sum);
}

static uint64_t hash_bound_array(struct comparison *c, const struct json_value *value,
                                 struct rule_scope scope, bool ordered)
{
    uint64_t hash = hash_seed() + JSON_ARRAY + json_count(value);
    uint64_t sum = 0;
    for (size_t i = 0; i < json_count(value); i++) {
        struct rule_scope below = rule_walk_index(&c->walk, scope, i);
        path_push_index(&c->path, i);
        uint64_t element = compare_hash(c, json_item(value, i), below);
        path_pop(&c->path);
        if (ordered)
            hash = hash_mix(hash, element);
        else
            sum += hash_mix(hash, element);
        c->walk.count = below.first;
    }
    return hash_mix(hash, sum);
}

uint64_t compare_hash(struct comparison *c, const struct json_value *value, struct rule_scope scope)
{
    if (!scope.count && !compare_heeds_noise(c))
        return compare_hash_plain(value);
    struct rule_binding binding = rule_walk_bind(&c->walk, scope);
    if (binding.ignore)
        return hash_seed();
    if (json_type(value) == JSON_OBJECT)
        return hash_bound_object(c, value, scope);
    if (json_type(value) == JSON_ARRAY)
        return hash_bound_array(c, value, scope, !binding.multiset && !binding.key);
    return hash_bound_scalar(c, value, &binding);
}
