#include "workloads/contract/compare/alias.h"

#include "base/decimal.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"

#include <stdlib.h>

/* However a number is spelled. */
static uint64_t alias_key(const struct json_value *id)
{
    struct decimal decimal;
    if (json_type(id) == JSON_NUMBER && decimal_parse(&decimal, id->bytes, id->count))
        return decimal_hash(&decimal, hash_seed());
    return hash_bytes(hash_seed() + json_type(id), id->bytes, id->count);
}

void aliases_add(struct aliases *aliases, const struct json_value *before, const struct json_value *after,
                 const struct rule *rule)
{
    uint64_t before_key = alias_key(before);
    uint64_t after_key = alias_key(after);
    if (table_find(&aliases->by_before, before_key) >= 0)
        return;
    MEMORY_GROW(aliases->pairs, aliases->count, aliases->capacity);
    table_add(&aliases->by_before, before_key, (uint32_t)aliases->count);
    if (table_find(&aliases->by_after, after_key) < 0)
        table_add(&aliases->by_after, after_key, (uint32_t)aliases->count);
    aliases->pairs[aliases->count++] = (struct alias_pair){.before = before, .after = after, .rule = rule};
}

const struct alias_pair *aliases_of_before(const struct aliases *aliases, const struct json_value *before)
{
    int64_t index = table_find(&aliases->by_before, alias_key(before));
    return index >= 0 && alias_is_equal(aliases->pairs[index].before, before) ? &aliases->pairs[index] : NULL;
}

const struct alias_pair *aliases_of_after(const struct aliases *aliases, const struct json_value *after)
{
    int64_t index = table_find(&aliases->by_after, alias_key(after));
    return index >= 0 && alias_is_equal(aliases->pairs[index].after, after) ? &aliases->pairs[index] : NULL;
}

bool alias_is_same(const struct json_value *a, const struct json_value *b)
{
    return json_type(a) == json_type(b) && json_has_same_bytes(a, b);
}

bool alias_is_equal(const struct json_value *a, const struct json_value *b)
{
    struct decimal left;
    struct decimal right;
    if (json_type(a) != JSON_NUMBER || json_type(b) != JSON_NUMBER)
        return alias_is_same(a, b);
    return decimal_parse(&left, a->bytes, a->count) && decimal_parse(&right, b->bytes, b->count) &&
           decimal_equal(&left, &right);
}

void aliases_fini(struct aliases *aliases)
{
    free(aliases->pairs);
    table_fini(&aliases->by_before);
    table_fini(&aliases->by_after);
    *aliases = (struct aliases){0};
}
