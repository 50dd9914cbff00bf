/*
 * What differs between two trees: the changed paths, and a diff text that depends on the trees alone, not on
 * the user's git settings or attributes, so that its digest names the change however it came.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_DIFFERENCE_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_DIFFERENCE_H

#include "orchestrator/repository/store.h"

/* Fills changes, normalised and patch_digest of a candidate whose two trees are set. */
WARN_UNUSED int difference_fill(struct repository *repository, struct candidate *candidate, struct err *err);

#endif
