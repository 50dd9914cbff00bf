#include "workloads/contract/hash.h"

#include <sys/auxv.h>

uint64_t hash_seed_cached; /* the same for every writer, so that a race changes nothing */

uint64_t hash_seed_read(void)
{
    uint64_t seed;
    memcpy(&seed, (const void *)getauxval(AT_RANDOM), sizeof seed); /* an address, getauxval(3) */
    seed |= 1;
    __atomic_store_n(&hash_seed_cached, seed, __ATOMIC_RELAXED);
    return seed;
}
