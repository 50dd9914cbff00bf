/*
 * Git objects through libgit2, read-only: resolves what a user names, applies a patch in memory to a tree, and
 * writes files into folders of ours. Never touches the user's checkout, index, refs or object store.
 * Bare repositories too. libgit2's thread-local errors end here.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_H

#include "base/error.h"
#include "policies/patch.h"
#include "policies/screen.h"

#include <git2.h>
#include <stdbool.h>

struct repository;

/* `path`: any folder inside a checkout, or a bare repository. Names what is missing: no repository, no commits. */
WARN_UNUSED int repository_open(struct repository **out, const char *path, struct err *err);
void repository_close(struct repository *repository);
/* Absolute path of the work tree, or of the bare repository. */
const char *repository_path(const struct repository *repository);
/* Stable across clones in place: hexadecimal digest of the canonical path of the common git folder. */
const char *repository_id(const struct repository *repository);

/* Commit of a revision ("HEAD" when NULL). */
WARN_UNUSED int repository_resolve_commit(struct repository *repository, const char *revision, git_oid *commit,
                                          git_oid *tree, struct err *err);

enum candidate_kind { CANDIDATE_ANY, CANDIDATE_PATCH, CANDIDATE_COMMIT };

/* A candidate that was read and applied: both trees, in an in-memory object store. */
struct candidate {
    char *name;             /* as given */
    git_oid base_commit;    /* for a commit, branch or range: see repository_intake() */
    git_oid base_tree;
    git_oid tree;           /* of the candidate */
    struct patch patch;     /* as read; for a commit the diff that git would show */
    struct digest patch_digest; /* of the normalised text: the same change has the same digest */
    char *normalised;       /* git diff text of base tree against candidate tree */
    size_t normalised_length;
    struct candidate_change *changes; /* every path that differs */
    size_t change_count;
};

struct candidate_change {
    char *old_path;    /* NULL: added */
    char *new_path;    /* NULL: deleted */
    uint32_t old_mode, new_mode;
    git_oid old_blob, new_blob;
    uint32_t added, removed;
};

/*
 * CANDIDATE is a patch file, "-" (stdin, bytes given), a commit, a branch, or a range A..B. `base` NULL: HEAD for
 * a patch; the first parent for a commit; the merge base with HEAD for a branch; A for a range.
 *
 * Returns 0 with *applied false and *failure (owned sentence: file, hunk, expected and found) when it does not
 * apply: that is a verdict, not an error. Unreadable input is ERR_INVALID.
 */
struct intake_request {
    const char *name;
    enum candidate_kind kind;
    const char *base;          /* revision or NULL */
    const char *bytes;         /* patch text already read ("-"), or NULL */
    size_t length;
};
WARN_UNUSED int repository_intake(struct repository *repository, const struct intake_request *request,
                                  struct candidate *candidate, bool *applied, char **failure, struct err *err);
void candidate_fini(struct candidate *candidate);

/* Bytes of a blob, copied; reads the in-memory store too. ERR_NOT_FOUND names a missing object and why. */
WARN_UNUSED int repository_blob(struct repository *repository, const git_oid *blob, char **bytes, size_t *length,
                                struct err *err);
/* Bytes of a path in a tree; ERR_NOT_FOUND when it is not there. */
WARN_UNUSED int repository_file(struct repository *repository, const git_oid *tree, const char *path,
                                char **bytes, size_t *length, struct err *err);

/* Each entry of a tree, all levels, folders left out. Return non-zero to stop. */
typedef int (*repository_entry_cb)(const char *path, uint32_t mode, const git_oid *blob, void *data);
WARN_UNUSED int repository_walk(struct repository *repository, const git_oid *tree, repository_entry_cb each,
                                void *data, struct err *err);

/* screen_input.base_uses_module over a tree, with a cache inside. `data` of the callback is the handle. */
struct module_index;
struct module_index *module_index_new(struct repository *repository, const git_oid *tree);
bool module_index_uses(const char *language, const char *module, void *index);
void module_index_free(struct module_index *index);

#endif
