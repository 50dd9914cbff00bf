/*
 * Which of a row of items can be left out (Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing
 * Input", IEEE TSE 28(2), 2002, section 3): nothing at all is tried first, then all but one chunk of ever
 * smaller chunks, until no single item can go. At two chunks that keeps one half alone, which is where
 * keeping a chunk alone pays; it is not tried of smaller ones.
 *
 * Pure; knows numbers of items and nothing of what they are.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_DDMIN_H
#define CUPEL_WORKLOADS_REDUCE_DDMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ddmin {
    uint32_t *kept; /* numbers of the items that stay so far, ascending; owned */
    size_t count;   /* of them */
    size_t total;   /* items at the start */
    size_t chunks;  /* that they are divided into; 0: nothing at all is on trial */
    size_t at;      /* the chunk on trial */
    size_t failed;  /* chunks in a row that could not go */
};

/* At most UINT32_MAX items. */
void ddmin_init(struct ddmin *ddmin, size_t total);
void ddmin_fini(struct ddmin *ddmin);

/* What to try next: `keep` has a place for each item. False: nothing is left to try. */
bool ddmin_next(const struct ddmin *ddmin, bool *keep);
/* How that went: `enough`, the kept items do. */
void ddmin_tell(struct ddmin *ddmin, bool enough);
/* The items that stay as far as is known. */
void ddmin_result(const struct ddmin *ddmin, bool *keep);

#endif
