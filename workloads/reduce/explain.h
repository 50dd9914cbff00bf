/*
 * What the difference hangs on, once nothing more can be left out: each value that is left is replaced by
 * others near it. Where none of them shows the difference it is the value itself ("stdin /status is 0");
 * where only one place is left and others do, that it is there.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_EXPLAIN_H
#define CUPEL_WORKLOADS_REDUCE_EXPLAIN_H

#include "workloads/reduce/tree.h"

#define EXPLAIN_PLACES 8 /* with more left, nothing is explained */
#define EXPLAIN_NAMED  3 /* places that one sentence names */

struct explain_place {
    uint32_t node;
    char *name;     /* "stdin /status", "argument --limit"; owned */
    size_t asked;   /* values near its own */
    size_t showing; /* of them: the difference is still there */
};

struct explain {
    struct explain_place places[EXPLAIN_PLACES];
    size_t count;
    bool many;    /* more than EXPLAIN_PLACES */
    size_t place; /* under way */
    size_t which; /* of its neighbours */
    char *bytes;  /* its own value; owned; NULL: none is under way */
    size_t length;
};

void explain_begin(struct explain *explain, const struct tree *tree);
/* Makes the next change; false: there is none. */
bool explain_next(struct explain *explain, struct tree *tree);
/* Takes it back. */
void explain_tell(struct explain *explain, struct tree *tree, bool shows);
/* Behind "differs only when"; the caller's. NULL: nothing can be said so. */
char *explain_words(const struct explain *explain, const struct tree *tree);
void explain_fini(struct explain *explain);

#endif
