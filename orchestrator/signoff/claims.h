/*
 * What a report says of git, held against git: a report that came from elsewhere may name a tree that isn't
 * its commit's, or leave out an author.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_CLAIMS_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_CLAIMS_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/signoff/subject.h"

struct claims {
    bool has_base;     /* the base commit is in this repository */
    git_oid base_tree; /* of it; zero where it isn't */
    git_oid tree;      /* of the candidate, as the report says; zero: it has none */
    char **people;     /* who wrote the patch, by the report and by the commits; NULL-terminated; owned */
};

/*
 * ERR_INVALID names what contradicts the commits; those that aren't here contradict nothing. claims_fini() in
 * either case.
 */
WARN_UNUSED int claims_check(struct claims *claims, struct repository *repository,
                             const struct subject *subject, const cJSON *document, struct err *err);
void claims_fini(struct claims *claims);

#endif
