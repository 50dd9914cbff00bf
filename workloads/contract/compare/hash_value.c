#include "base/decimal.h"
#include "workloads/contract/compare/compare.h"
#include "workloads/contract/hash.h"

static uint64_t compare_hash_scalar(const struct json_value *value, const struct rule_binding *binding)
{
    enum json_type type = json_type(value);
    uint64_t seed = hash_seed() + type;
    if (binding->numeric_string && (type == JSON_NUMBER || type == JSON_STRING))
        return hash_seed();
    if (binding->noisy || binding->alias || binding->nfc || binding->absolute || binding->relative ||
        binding->format)
        return type == JSON_TRUE ? hash_seed() + JSON_FALSE : seed;
    if (type == JSON_STRING)
        return hash_bytes(seed, value->bytes, value->count);
    struct decimal decimal;
    if (type == JSON_NUMBER && decimal_parse(&decimal, value->bytes, value->count))
        return decimal_hash(&decimal, seed);
    return hash_mix(seed, 1);
}

static uint64_t compare_hash_object(struct comparison *c, const struct json_value *value,
                                    struct rule_scope scope)
{
    uint64_t sum = json_count(value);
    for (size_t i = 0; i < json_count(value); i++) {
        const struct json_value *key = json_key(value, i);
        struct rule_scope below = scope.count ? rule_walk_key(&c->walk, scope, key) : scope;
        uint64_t member = compare_hash(c, key + 1, below);
        sum += hash_mix(hash_bytes(hash_seed(), key->bytes, key->count), member);
        if (scope.count)
            c->walk.count = below.first;
    }
    return hash_mix(hash_seed() + JSON_OBJECT, sum);
}

static uint64_t compare_hash_array(struct comparison *c, const struct json_value *value,
                                   struct rule_scope scope, bool ordered)
{
    uint64_t hash = hash_seed() + JSON_ARRAY + json_count(value);
    uint64_t sum = 0;
    for (size_t i = 0; i < json_count(value); i++) {
        struct rule_scope below = scope.count ? rule_walk_index(&c->walk, scope, i) : scope;
        uint64_t element = compare_hash(c, json_element(value, i), below);
        if (ordered)
            hash = hash_mix(hash, element);
        else
            sum += hash_mix(hash, element);
        if (scope.count)
            c->walk.count = below.first;
    }
    return hash_mix(hash, sum);
}

uint64_t compare_hash(struct comparison *c, const struct json_value *value, struct rule_scope scope)
{
    struct rule_binding binding = {0};
    if (scope.count)
        binding = rule_walk_bind(&c->walk, scope);
    if (binding.ignore)
        return hash_seed();
    if (json_type(value) == JSON_OBJECT)
        return compare_hash_object(c, value, scope);
    if (json_type(value) == JSON_ARRAY)
        return compare_hash_array(c, value, scope, !binding.multiset && !binding.key);
    return compare_hash_scalar(value, &binding);
}
