/* The candidates that one word of a batch names:
 * a revision, a pattern of branches, or the commits of a range. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_REVISIONS_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_REVISIONS_H

#include "orchestrator/repository/repository.h"

#define REVISIONS_MAX 100000 /* commits of a range, branches of a pattern */

struct revisions {
    char **names;     /* as repository_intake() takes them; owned */
    size_t count;     /* of names */
    size_t capacity;  /* of names */
    bool own_parents; /* commits of a range: each stands against its own first parent */
};

/*
 * 1 with *revisions filled, 0 when the word is no revision, pattern or range of this repository. A pattern
 * that no branch matches and a range without commits are ERR_INVALID. Branches come by name, commits oldest
 * first.
 */
WARN_UNUSED int revisions_find(struct repository *repository, const char *word, struct revisions *revisions,
                               struct err *err);
/* Is it a branch, tag or other ref, by its short or full name? (Not:
 * the first digits of some object's id.) */
bool revisions_is_reference(struct repository *repository, const char *word);
void revisions_fini(struct revisions *revisions);

#endif
