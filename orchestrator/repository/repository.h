/*
 * Git objects through libgit2, read-only: resolves what a user names, applies a patch in memory to a tree,
 * and hands out the files of trees. Never touches the user's checkout, index, refs or object store. Bare
 * repositories too. libgit2's thread-local errors end here.
 *
 * A handle may be read from several threads; intake, which adds objects in memory, is one thread at a time.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_H

#include "base/digest.h"
#include "base/error.h"
#include "policies/patch.h"
#include "policies/screen.h"

#include <git2.h>
#include <stdbool.h>

#define REPOSITORY_MAX_BLOB    ((size_t)1 << 30) /* bytes of one file */
#define REPOSITORY_MAX_ENTRIES 5000000 /* files of one tree; trees that repeat themselves end here */

struct repository;

/* `path`: any folder inside a checkout, or a bare repository.
 * Names what is missing: no repository, no commits. */
WARN_UNUSED int repository_open(struct repository **out, const char *path, struct err *err);
void repository_close(struct repository *repository);
/* Absolute path of the work tree, or of the bare repository. */
const char *repository_path(const struct repository *repository);
/* Stable across clones in place: hexadecimal digest of the canonical path of the common git folder. */
const char *repository_id(const struct repository *repository);

/* Commit of a revision ("HEAD" when NULL). */
WARN_UNUSED int repository_resolve_commit(struct repository *repository, const char *revision,
                                          git_oid *commit, git_oid *tree, struct err *err);

/*
 * The commit whose configuration may be trusted for a base: the base itself where HEAD holds it, otherwise
 * the newest commit that both hold, since whoever wrote a branch may have written its parent commits too.
 */
WARN_UNUSED int repository_trust(struct repository *repository, const git_oid *base, git_oid *commit,
                                 git_oid *tree, struct err *err);

enum candidate_kind { CANDIDATE_ANY, CANDIDATE_PATCH, CANDIDATE_COMMIT };

/* One path that differs between base and candidate. Of a submodule (0160000) the "blob" is a commit. */
struct candidate_change {
    char *old_path;              /* NULL: added; of a rename, the path that went */
    char *new_path;              /* NULL: deleted */
    uint32_t old_mode, new_mode; /* git's; 0: absent */
    git_oid old_blob, new_blob;  /* zero: absent */
    uint32_t added, removed;     /* lines; 0 of a binary */
    bool binary;                 /* either side holds a NUL near its start */
};

/* A candidate that was read and applied: both trees, in an in-memory object store. */
struct candidate {
    char *name;                       /* as given */
    git_oid base_commit;              /* for a commit, branch or range: see repository_intake() */
    git_oid base_tree;                /* of base_commit */
    git_oid tree;                     /* of the candidate; zero where it does not apply */
    git_oid tip;                      /* the last commit of a commit, branch or range; zero for a patch */
    struct patch patch;               /* as read; for a commit the diff that git would show */
    struct digest patch_digest;       /* of the normalised text: the same change has the same digest */
    char *normalised;                 /* git diff text of base tree against candidate tree, full object ids */
    size_t normalised_length;         /* of normalised */
    struct candidate_change *changes; /* every path that differs, in tree order */
    size_t change_count;              /* of changes */
    char **authors;                   /* "Name <mail>" of authors, committers, co-authors; NULL-terminated */
    size_t author_count;              /* of authors, without the NULL */
};

/*
 * CANDIDATE is a patch file, "-" (stdin, bytes given), a commit, a branch, or a range A..B or A...B. `base`
 * NULL: HEAD for a patch; the first parent for a commit; the merge base with HEAD for a branch; A for A..B,
 * the merge base for A...B. CANDIDATE_ANY takes whichever of file and revision exists, and is ERR_INVALID for
 * both.
 *
 * Returns 0 with *applied false and *failure (owned sentence: file, hunk, expected and found) when it does
 * not apply: that is a verdict, not an error. Unreadable input is ERR_INVALID. The candidate needs
 * candidate_fini() whenever 0 came back.
 */
struct intake_request {
    const char *name;         /* what the user wrote */
    enum candidate_kind kind; /* --patch or --commit, or neither */
    const char *base;         /* revision or NULL */
    const char *bytes;        /* patch text already read ("-"), or NULL */
    size_t length;            /* of bytes */
    bool proposed;            /* one of many: text that is no patch, or a branch without a change, does not
                                 apply, where a person who names one candidate is told of an error */
    const char *fault;        /* already known why it does not apply (then nothing is read), or NULL */
    const char *author;       /* who declares to have written it, besides those that it names, or NULL */
};
WARN_UNUSED int repository_intake(struct repository *repository, const struct intake_request *request,
                                  struct candidate *candidate, bool *applied, char **failure,
                                  struct err *err);
void candidate_fini(struct candidate *candidate);

/* Bytes of a blob, copied; reads the in-memory store too. ERR_NOT_FOUND names a missing object and why. */
WARN_UNUSED int repository_blob(struct repository *repository, const git_oid *blob, char **bytes,
                                size_t *length, struct err *err);
/* Bytes of a path in a tree; ERR_NOT_FOUND when it is not there. */
WARN_UNUSED int repository_file(struct repository *repository, const git_oid *tree, const char *path,
                                char **bytes, size_t *length, struct err *err);
/* Mode of a path in a tree (0040000 for a folder), 0 when there is none or it can't be read. */
uint32_t repository_mode_at(struct repository *repository, const git_oid *tree, const char *path);

/*
 * Each entry of a tree, all levels, folders left out, in tree order. Names that a checkout must not see
 * ("..",
 * ".git", slashes, the same name twice) are ERR_INVALID. Return non-zero from `each` to stop, which is no
 * error.
 */
typedef int (*repository_entry_cb)(const char *path, uint32_t mode, const git_oid *blob, void *data);
WARN_UNUSED int repository_walk(struct repository *repository, const git_oid *tree, repository_entry_cb each,
                                void *data, struct err *err);

/* What a tree names and does not hold. */
struct tree_gaps {
    char **submodules;      /* paths; NULL-terminated */
    size_t submodule_count; /* of submodules */
    char **lfs_pointers;    /* paths whose content is a Git LFS pointer; NULL-terminated */
    size_t lfs_count;       /* of lfs_pointers */
    char **missing;         /* paths whose object is not in the store; NULL-terminated */
    size_t missing_count;   /* of missing */
    char *missing_advice;   /* how to get those, or NULL */
};
WARN_UNUSED int repository_check_tree(struct repository *repository, const git_oid *tree,
                                      struct tree_gaps *gaps, struct err *err);
void tree_gaps_fini(struct tree_gaps *gaps);

/* screen_input.base_uses_module over a tree, with a cache inside. `data` of the callback is the handle. */
struct module_index;
struct module_index *module_index_new(struct repository *repository, const git_oid *tree);
bool module_index_uses(const char *language, const char *module, void *index);
void module_index_free(struct module_index *index);

#endif
