/*
 * The paths that differ between two trees, found without entering folders that are equal. libgit2's own diff
 * visits every file of both (27 ms at 50,000 files), unless it is given the paths.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_CHANGED_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_CHANGED_H

#include "orchestrator/repository/store.h"

struct changed_paths {
    char **paths;    /* files of either tree, each once; owned */
    size_t count;    /* of paths */
    size_t capacity; /* of paths */
};

WARN_UNUSED int changed_find(struct repository *repository, const git_oid *before, const git_oid *after,
                             struct changed_paths *changed, struct err *err);
void changed_fini(struct changed_paths *changed);

#endif
