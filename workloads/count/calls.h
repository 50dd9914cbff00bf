/*
 * System calls that an arm's runs made, by name. Pure. As other counts they are taken in two passes; what
 * came out alike both times is steady and may be compared exactly.
 */
#ifndef CUPEL_WORKLOADS_COUNT_CALLS_H
#define CUPEL_WORKLOADS_COUNT_CALLS_H

#include "sandbox/sandbox.h"

struct calls_row {
    char *call;     /* "read"; "other calls" for those that found no row in a sample's run; owned */
    uint64_t count; /* of the pass that made more */
    bool steady;    /* both passes made as many */
};

/* All zero: nothing was counted. */
struct calls {
    struct calls_row *rows; /* in the order in which they came up; owned */
    size_t row_count;
    size_t row_capacity;
    uint64_t total; /* of the pass that made more */
    bool known;     /* counted at all */
    bool more;      /* there were more than were counted: `total` and rows are a part */
    bool steady;    /* both passes made as many, of every name */
};

/* Adds one sample's run, in which at most `most` calls were to be counted; nothing where none were. */
void calls_add(struct calls *calls, const struct sandbox_result *result, uint64_t most);
/* Takes in the second pass of the same arm. */
void calls_merge(struct calls *calls, const struct calls *again);
/* Calls of that name; 0: none. */
uint64_t calls_of(const struct calls *calls, const char *name);
void calls_fini(struct calls *calls);

#endif
