/*
 * The repository from inside: libgit2's handle with an object backend in memory on top, so that what we make
 * is found like any other object and never written to the user's store.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_STORE_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_STORE_H

#include "orchestrator/repository/repository.h"

struct repository {
    git_repository *git; /* owned */
    git_odb *odb;        /* owned; the user's store below, ours in memory on top */
    char *path;          /* work tree, or bare repository; absolute */
    char *id;            /* hexadecimal digest of the common folder's path */
};

/* Puts the memory backend on top. */
WARN_UNUSED int store_init(struct repository *repository, struct err *err);

/* Adds an object in memory unless it exists already. */
WARN_UNUSED int store_add(struct repository *repository, git_object_t type, const void *bytes, size_t length,
                          git_oid *oid, struct err *err);

/* libgit2's last error behind our words. `code` is what libgit2 returned. Returns the code of `err`. */
int store_fail(struct repository *repository, int code, struct err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Why an object may be missing here and what to do: partial clone, shallow clone, damage. Owned. */
char *store_missing_advice(struct repository *repository);

static inline void store_cleanup_tree(git_tree **tree)
{
    git_tree_free(*tree);
}
static inline void store_cleanup_commit(git_commit **commit)
{
    git_commit_free(*commit);
}
static inline void store_cleanup_object(git_object **object)
{
    git_object_free(*object);
}
static inline void store_cleanup_reference(git_reference **reference)
{
    git_reference_free(*reference);
}
static inline void store_cleanup_odb_object(git_odb_object **object)
{
    git_odb_object_free(*object);
}
#define cleanup_git_tree       __attribute__((cleanup(store_cleanup_tree)))
#define cleanup_git_commit     __attribute__((cleanup(store_cleanup_commit)))
#define cleanup_git_object     __attribute__((cleanup(store_cleanup_object)))
#define cleanup_git_reference  __attribute__((cleanup(store_cleanup_reference)))
#define cleanup_git_odb_object __attribute__((cleanup(store_cleanup_odb_object)))

#endif
