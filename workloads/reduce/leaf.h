/*
 * The bytes of one place: the pieces that can be left out of them, and values beside them. Spelling stays
 * valid: an escape or a UTF-8 sequence is one piece, and what is no JSON number is no number.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_LEAF_H
#define CUPEL_WORKLOADS_REDUCE_LEAF_H

#include "base/text.h"
#include "workloads/reduce/tree.h"

/* Where each piece begins, and behind the last one where it ends: pieces + 1 figures, the caller's (free).
 * NULL with *count 0: nothing of it can be left out. */
uint32_t *leaf_split(enum tree_kind kind, const char *bytes, size_t length, size_t *count);

/* The kept pieces of leaf_split() joined; a number of none is 0. False: that is no value. */
bool leaf_join(enum tree_kind kind, const char *bytes, size_t length, const uint32_t *starts, size_t count,
               const bool *keep, struct text *out);

#define LEAF_NEIGHBOURS 3

/* Another value of the same type, near this one; false: there is no such, or not so many. */
bool leaf_neighbour(enum tree_kind kind, const char *bytes, size_t length, size_t which, struct text *out);

/* An argument such as --limit: a word of the program's, and no value. */
bool leaf_is_option(const char *bytes, size_t length);

#endif
