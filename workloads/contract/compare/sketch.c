#include "workloads/contract/compare/sketch.h"

#include "base/decimal.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"

#include <stdlib.h>

#define SKETCH_BITS_EACH 16 /* of a set: one in sixteen strangers is taken for a member */

/* Length and both ends. The padding lets eight bytes be loaded wherever a string ends. */
static inline uint64_t sketch_string(const struct json_value *string, uint64_t seed)
{
    uint64_t head;
    uint64_t tail = 0;
    uint32_t count = string->count;
    memcpy(&head, string->bytes, 8);
    if (count < 8)
        head = le64toh(head) & ((UINT64_C(1) << (8 * count)) - 1);
    else
        memcpy(&tail, string->bytes + count - 8, 8);
    return hash_mix(head + seed, tail ^ (uint64_t)count << 56 ^ count);
}

uint64_t sketch_number(const struct json_value *value, uint64_t seed)
{
    uint64_t hash;
    struct decimal decimal;
    if (decimal_hash_short(value->bytes, value->count, seed, &hash))
        return hash;
    return decimal_parse(&decimal, value->bytes, value->count) ? decimal_hash(&decimal, seed)
                                                               : hash_mix(seed, 1);
}

/* A scalar; of a container its size. */
static inline uint64_t sketch_shallow(const struct json_value *value, uint64_t seed)
{
    enum json_type type = json_type(value);
    if (type == JSON_STRING)
        return sketch_string(value, seed);
    if (type == JSON_NUMBER)
        return sketch_number(value, seed);
    bool container = type == JSON_ARRAY || type == JSON_OBJECT;
    return hash_mix(seed + type, container ? json_count(value) : 0);
}

uint32_t sketch_value(const struct json_value *value)
{
    enum json_type type = json_type(value);
    uint64_t sketch = hash_seed() + type;
    if (type == JSON_OBJECT) {
        for (size_t i = 0; i < json_count(value); i++) {
            const struct json_value *key = json_key(value, i);
            sketch += sketch_shallow(key + 1, hash_seed() + (key->meta & JSON_META_HASH));
        }
    } else if (type == JSON_ARRAY) {
        for (size_t i = 0; i < json_count(value); i++)
            sketch = hash_mix(sketch, sketch_shallow(json_item(value, i), hash_seed()));
    } else {
        sketch = sketch_shallow(value, sketch);
    }
    return (uint32_t)(hash_mix(sketch, 0) >> 32);
}

void sketch_set_init(struct sketch_set *set, size_t count)
{
    set->mask = 0;
    while ((uint64_t)set->mask * 64 < (uint64_t)count * SKETCH_BITS_EACH && set->mask < UINT32_MAX >> 7)
        set->mask = set->mask * 2 + 1;
    set->bits = memory_zeroed(((size_t)set->mask + 1) * sizeof *set->bits);
}

void sketch_set_fini(struct sketch_set *set)
{
    free(set->bits);
    set->bits = NULL;
}
