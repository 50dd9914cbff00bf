/*
 * What the difference hangs on, once nothing more can be left out: each value that is left is replaced by
 * others near it, and by what other samples have in its place. Where none of them shows the difference it is
 * the value itself ("stdin /status is 0"); where only one place is left and others do, that it is there.
 *
 * Values near its own are often no values at all for the program ("paie" for "paid"): both arms find nothing
 * and are equal. So what production asks elsewhere has its turn, too.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_EXPLAIN_H
#define CUPEL_WORKLOADS_REDUCE_EXPLAIN_H

#include "workloads/reduce/tree.h"

#define EXPLAIN_PLACES 8 /* with more left, nothing is explained */
#define EXPLAIN_NAMED  3 /* places that one sentence names */
#define EXPLAIN_OTHERS 3 /* values of other samples that are tried at a place */

struct explain_place {
    uint32_t node;
    char *name;                         /* "stdin /status", "argument --limit"; owned */
    size_t asked;                       /* values that say something */
    size_t showing;                     /* of them: the difference is still there */
    struct text others[EXPLAIN_OTHERS]; /* bytes of other samples, all different; owned */
    size_t other_count;
};

struct explain {
    struct explain_place places[EXPLAIN_PLACES];
    size_t count;
    bool many;    /* more than EXPLAIN_PLACES */
    size_t place; /* under way */
    size_t which; /* of its neighbours, and then of the others */
    char *bytes;  /* its own value; owned; NULL: none is under way */
    size_t length;
};

/* `others`: NULL, or samples whose values are tried; those that are held out never are. `plain`: as the tree
 * was made. */
void explain_begin(struct explain *explain, const struct tree *tree, const struct sample_set *others,
                   bool plain);
/* Makes the next change; false: there is none. */
bool explain_next(struct explain *explain, struct tree *tree);
/* Takes it back. `counts`: the answer says something. */
void explain_tell(struct explain *explain, struct tree *tree, bool shows, bool counts);
/* Behind "differs only when"; the caller's. NULL: nothing can be said so. */
char *explain_words(const struct explain *explain, const struct tree *tree);
void explain_fini(struct explain *explain);

#endif
