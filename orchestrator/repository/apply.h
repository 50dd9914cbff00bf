/* A parsed patch against a tree, in memory:
 * which files there are before, what they become, and their text. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_APPLY_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_APPLY_H

#include "orchestrator/repository/store.h"

/*
 * Applies every mail of the patch after the one before it. 0 with *failure set (owned sentence) when it does
 * not apply; notes about displaced hunks and line ends go into `patch`.
 */
WARN_UNUSED int apply_patch(struct repository *repository, const git_oid *base, struct patch *patch,
                            git_oid *out, char **failure, struct err *err);

#endif
