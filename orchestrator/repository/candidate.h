/* Where a candidate comes from: what the user's word means, and who wrote it. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_CANDIDATE_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_CANDIDATE_H

#include "orchestrator/repository/store.h"

/* Two ends in the history: what `base` and `tip` of a commit, branch or range are. */
struct candidate_span {
    git_oid base, tip;           /* commits */
    git_oid base_tree, tip_tree; /* their trees */
};

/* Does the word name a revision or range here? */
bool candidate_is_revision(struct repository *repository, const char *name);

/* Resolves a commit, branch or range by the rules of repository_intake(). */
WARN_UNUSED int candidate_resolve_span(struct repository *repository, const char *name, const char *base,
                                       struct candidate_span *span, struct err *err);

/* Everybody who wrote something between the two,
 * and subject and author of the tip. ERR_LIMIT: too many commits. */
WARN_UNUSED int candidate_read_people(struct repository *repository, const struct candidate_span *span,
                                      struct patch *patch, struct err *err);

#endif
