/*
 * What two answers of the base to one question teach. A value that differs at its place is noise; values that
 * have only changed places are not: rows that come in another order differ in every field, and would excuse
 * each.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_LESSONS_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_LESSONS_H

#include "workloads/contract/noise.h"

/* All differing values of one path, array indices left out. */
struct lesson {
    uint64_t path;   /* path_hash_noise() */
    uint64_t before; /* sum of the values' hashes */
    uint64_t after;
    size_t places;
    bool unordered; /* elements of a multiset that were paired in order, for want of a better way */
    bool boolean;   /* these change places by chance too often to tell of anything */
};

struct lessons {
    struct lesson *items; /* owned */
    size_t count;
    size_t capacity;
    struct table by_path;
};

/* One place: its path, what the values hash to, and how it was found. */
void lessons_add(struct lessons *lessons, const struct lesson *place);
/* Makes noise of what differs. False where values have only changed places, which was left out. */
bool lessons_settle(const struct lessons *lessons, struct noise *noise, const char *part, uint64_t sample);
void lessons_fini(struct lessons *lessons);

#endif
