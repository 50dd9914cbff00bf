/*
 * Can candidates be applied together? Three-way merges of trees in memory, by libgit2 (the textual merge of
 * git's `merge-file`): nothing is checked out and nothing reaches the user's object store.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_COMBINE_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_COMBINE_H

#include "orchestrator/repository/repository.h"

/* Two candidates that can't be applied together. */
struct combine_conflict {
    size_t first, second; /* indexes into the candidates, first < second */
    char **paths;         /* where they collide; NULL-terminated; owned */
};

/* Where a candidate stands in the combination. */
enum combine_place {
    COMBINE_TAKEN,     /* part of it */
    COMBINE_CONFLICTS, /* collides with what was taken before it */
    COMBINE_CONTAINED, /* applies, but adds nothing to what was taken before it */
};

struct combination {
    struct combine_conflict *conflicts; /* every pair that collides, in order of first, then second */
    size_t conflict_count;              /* of conflicts */
    enum combine_place *places;         /* of each candidate, by its index */
    size_t taken;                       /* how many are COMBINE_TAKEN */
    git_oid tree;                       /* base with all that were taken; the base's tree when none was */
    char *bytes;   /* the same as a patch text that repository_intake() takes; NULL: taken < 2 */
    size_t length; /* of bytes */
};

#define COMBINE_MAX_CANDIDATES 200 /* pairs are tried, so their number grows with the square */

/*
 * Merges `theirs` into `ours`, both made from `base`. 0 with *paths NULL and *out set, or with *paths (owned,
 * NULL-terminated) naming the files that collide.
 */
WARN_UNUSED int combine_trees(struct repository *repository, const git_oid *base, const git_oid *ours,
                              const git_oid *theirs, git_oid *out, char ***paths, struct err *err);
void combine_paths_free(char **paths);

/*
 * `trees` of candidates that all stand on the tree `base`, best first: tries each pair, and takes in that
 * order each that merges with what was taken before. ERR_LIMIT beyond COMBINE_MAX_CANDIDATES. The handle's
 * objects in memory must still be there (repository.h). Two binary files, a file beside a folder of its name,
 * and submodules count as conflicts.
 */
WARN_UNUSED int combine_candidates(struct repository *repository, const git_oid *base, const git_oid *trees,
                                   size_t count, struct combination *combination, struct err *err);
void combination_fini(struct combination *combination);

#endif
