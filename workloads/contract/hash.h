/*
 * Seeded 64-bit hashing by folded multiplication (after W. Yi's wyhash, 2019). The seed is the kernel's
 * random bytes for this process (getauxval(3), AT_RANDOM), so that nobody can prepare answers that collide;
 * results mean nothing outside the process.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_HASH_H
#define CUPEL_WORKLOADS_CONTRACT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern uint64_t hash_seed_cached; /* 0 until it was read */
uint64_t hash_seed_read(void);

static inline uint64_t hash_seed(void)
{
    uint64_t seed = __atomic_load_n(&hash_seed_cached, __ATOMIC_RELAXED);
    return seed ? seed : hash_seed_read();
}

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ UINT64_C(0xa0761d6478bd642f)) * (b ^ UINT64_C(0xe7037ed1a0b428db));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Each word is masked by the process's own seed: one that makes a factor 0 would forget what stood before it.
 */
static inline uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length)
{
    const char *at = bytes;
    uint64_t mask = hash_seed() * UINT64_C(0xd6e8feb86659fd93);
    uint64_t hash = seed ^ length * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = 0;
    for (size_t left = length; left > 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        hash = hash_mix(hash, word ^ mask);
    }
    word = 0;
    memcpy(&word, at, length - (size_t)(at - (const char *)bytes));
    return hash_mix(hash, word ^ mask);
}

#endif
