/* Random numbers of a seed: the same seed, the same numbers, on every machine. Pure. */
#ifndef CUPEL_WORKLOADS_MEASURE_DRAW_H
#define CUPEL_WORKLOADS_MEASURE_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static inline uint64_t draw_bits(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Below 1. */
static inline double draw_uniform(uint64_t *state)
{
    return (double)(draw_bits(state) >> 11) * 0x1.0p-53;
}

/* Below `bound`, which is at least 1. */
static inline size_t draw_below(uint64_t *state, size_t bound)
{
    size_t drawn = (size_t)(draw_uniform(state) * (double)bound);
    return drawn < bound ? drawn : bound - 1;
}

#endif
