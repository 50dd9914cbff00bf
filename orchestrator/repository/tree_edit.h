/* A tree with some of its files changed, in the in-memory store.
 * Cost is the changed folders, not the tree. */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_TREE_EDIT_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_TREE_EDIT_H

#include "orchestrator/repository/store.h"

struct tree_edit {
    const char *path; /* borrowed; safe by patch_path_is_safe() */
    uint32_t mode;    /* git's; 0: the file goes */
    git_oid blob;     /* its new content */
};

/*
 * Sorts `edits` and writes the new tree. A file in place of a folder that keeps files, or below a file, is
 * *failure (owned sentence) with 0.
 */
WARN_UNUSED int tree_edit_apply(struct repository *repository, const git_oid *base, struct tree_edit *edits,
                                size_t count, git_oid *out, char **failure, struct err *err);

#endif
