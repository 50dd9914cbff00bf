/*
 * Sketches: cheap hashes that equal values share, whatever the order of their members and the spelling of
 * their numbers and strings, since only the first level and the ends of strings are looked at. Where one side
 * has no such sketch, the value has no equal there and needs no whole hash.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_SKETCH_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_SKETCH_H

#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>

uint32_t sketch_value(const struct json_value *value);
/* The hash of a number, however it is spelled. */
uint64_t sketch_number(const struct json_value *value, uint64_t seed);

/* Which sketches a side has. A Bloom filter with one bit for each (B. H. Bloom, 1970). */
struct sketch_set {
    uint64_t *bits; /* owned; a power of two of words */
    uint32_t mask;  /* of a word's index */
};

/* Of about so many sketches. */
void sketch_set_init(struct sketch_set *set, size_t count);
void sketch_set_fini(struct sketch_set *set);
#define cleanup_sketches __attribute__((cleanup(sketch_set_fini)))

static inline void sketch_set_add(struct sketch_set *set, uint32_t sketch)
{
    set->bits[sketch >> 6 & set->mask] |= UINT64_C(1) << (sketch & 63);
}

/* False: surely not. */
static inline bool sketch_set_may_have(const struct sketch_set *set, uint32_t sketch)
{
    return set->bits[sketch >> 6 & set->mask] >> (sketch & 63) & 1;
}

#endif
