/*
 * cupel-gauge compute|memory ROUNDS: what `cupel calibrate` times. `compute` stays in registers; `memory`
 * walks through 32 MiB line by line, each step from where the one before ended, so that caches, prefetching
 * and memory of the neighbours are felt. It asks the system for nothing else, and its answer is always the
 * same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAUGE_LINE  64 /* bytes; of the caches */
#define GAUGE_LINES ((size_t)1 << 19)

struct gauge_line {
    uint32_t next;                                     /* index of the line that is visited after this one */
    unsigned char rest[GAUGE_LINE - sizeof(uint32_t)]; /* keeps each step on a line of its own */
};

/* Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t gauge_step(uint64_t x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ (x << 17);
}

static uint64_t gauge_compute(unsigned long rounds)
{
    uint64_t state = UINT64_C(88172645463325252);
    for (unsigned long i = 0; i < rounds; i++)
        state = gauge_step(state);
    return state;
}

/* One cycle through all lines (Sattolo, "An algorithm to generate a random cyclic permutation", 1986). */
static void gauge_link(struct gauge_line *lines)
{
    uint64_t state = UINT64_C(88172645463325252);
    for (uint32_t i = 0; i < GAUGE_LINES; i++)
        lines[i].next = i;
    for (size_t i = GAUGE_LINES - 1; i > 0; i--) {
        state = gauge_step(state);
        size_t other = (size_t)(state % i);
        uint32_t kept = lines[i].next;
        lines[i].next = lines[other].next;
        lines[other].next = kept;
    }
}

static uint64_t gauge_memory(unsigned long rounds)
{
    struct gauge_line *lines = calloc(GAUGE_LINES, sizeof *lines);
    if (!lines)
        return 0;
    gauge_link(lines);
    uint32_t at = 0;
    for (unsigned long i = 0; i < rounds; i++)
        at = lines[at].next;
    free(lines);
    return (uint64_t)at + 1;
}

int main(int argc, char **argv)
{
    uint64_t end = 0;
    if (argc == 3 && strcmp(argv[1], "compute") == 0)
        end = gauge_compute(strtoul(argv[2], NULL, 10));
    else if (argc == 3 && strcmp(argv[1], "memory") == 0)
        end = gauge_memory(strtoul(argv[2], NULL, 10));
    if (end == 0) {
        fputs("usage: cupel-gauge compute|memory ROUNDS\n", stderr);
        return 2;
    }
    puts("done");
    return 0;
}
