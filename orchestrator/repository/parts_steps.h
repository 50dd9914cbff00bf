/* A candidate as trees one after the other: its commits, or the mails of its series. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_PARTS_STEPS_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_PARTS_STEPS_H

#include "orchestrator/repository/parts.h"
#include "orchestrator/repository/store.h"

struct parts_steps {
    git_oid *trees;         /* count + 1 of them, the base's first; owned */
    char **names;           /* of each step; foreign text in them is escaped; owned */
    size_t count, capacity; /* of names */
};
void parts_steps_fini(struct parts_steps *steps);

/* From the base to the tip by first parents.
 * None, and a sentence in *remark (owned), where that is no way. */
WARN_UNUSED int parts_steps_of_commits(struct repository *repository, const struct candidate *candidate,
                                       struct parts_steps *steps, char **remark, struct err *err);

/* Each mail applied to what the one before it left. */
WARN_UNUSED int parts_steps_of_mails(struct repository *repository, const struct candidate *candidate,
                                     struct parts_steps *steps, struct err *err);

#endif
