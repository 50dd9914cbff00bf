/*
 * Trees as folders: the base exported once a tree id, and one layer an arm for what the patch changes.
 * Both arms get the same layers: the base's patch layer holds the base's content of the same files, so that
 * an overlay's copy-up favours nobody. Everything here blocks; run it on the pool.
 */
#ifndef CUPEL_ORCHESTRATOR_ARMS_WORKTREE_H
#define CUPEL_ORCHESTRATOR_ARMS_WORKTREE_H

#include "orchestrator/repository/repository.h"

#include <time.h>

/* mtime of every exported file: fixed, so that equal trees are equal; 2001-09-09T01:46:40Z. */
#define WORKTREE_BASE_TIME ((time_t)1000000000)

/*
 * Exports `tree` below `trees` unless it is there already, complete. *path is its folder (free()). Two
 * processes at once are fine: the first rename wins. Submodules and LFS pointers are ERR_INVALID naming them.
 */
WARN_UNUSED int worktree_export(struct repository *repository, const git_oid *tree, const char *trees,
                                char **path, struct err *err);

/*
 * Fills two existing empty folders with the files that the candidate changes: its content (deleted paths as
 * overlay whiteouts) and the base's content of the same paths. O(patch). Files get a time as mtime, which
 * has to lie behind everything that was built below: otherwise make keeps what it built from the base.
 * `times` are the base layer's and the candidate layer's.
 */
WARN_UNUSED int worktree_write_patch(struct repository *repository, const struct candidate *candidate,
                                     const char *base_layer, const char *candidate_layer,
                                     const struct timespec times[2], struct err *err);

#endif
