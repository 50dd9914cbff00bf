/*
 * What of a repository's state folder can be made again, and so may go: exported trees, kept builds, working
 * folders of evaluations that ended without removing theirs, temporaries of killed writers. Only what has a
 * name and a type that cupel gives is listed. Symbolic links are never followed: where one stands in the
 * place of a folder or an entry, it is a stranger.
 */
#ifndef CUPEL_ORCHESTRATOR_CACHES_INVENTORY_H
#define CUPEL_ORCHESTRATOR_CACHES_INVENTORY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum cache_kind {
    CACHE_TREE,      /* a base as folder */
    CACHE_KEPT,      /* layers that a batch keeps for --resume */
    CACHE_WORK,      /* what an evaluation under way needs; whoever made it is dead */
    CACHE_TEMPORARY, /* half of a tree, a report or a patch; what a killed collector had moved away */
    CACHE_KINDS
};
const char *cache_kind_name(enum cache_kind kind); /* "tree", "kept", "work", "temporary" */

struct cache_item {
    enum cache_kind kind;
    char *path;        /* below the state folder; owned */
    int64_t changed_s; /* its inode's last change, seconds since the epoch: nobody inside can set it */
    uint64_t bytes;    /* allocated, once it was weighed */
};

struct cache_stranger {
    char *path; /* below the state folder; owned */
    char *why;  /* it is left alone: "is a symbolic link"; owned */
};

struct inventory {
    struct cache_item *items;
    size_t count, capacity;
    struct cache_stranger *strangers;
    size_t stranger_count, stranger_capacity;
};

/* Blocks. Working folders and moved ones whose lease is held are left out. */
WARN_UNUSED int inventory_take(struct inventory *inventory, const char *state, struct err *err);
/* Leaves out what changed later than that. */
void inventory_keep_older(struct inventory *inventory, int64_t than_s);
/* A path (copied) and a sentence (taken over). */
void inventory_add_stranger(struct inventory *inventory, const char *path, char *why);
void inventory_fini(struct inventory *inventory);

/*
 * Allocated bytes below a path, each file once. What can't be entered counts nothing, so it is a lower bound.
 * Symbolic links and other file systems are not followed.
 */
uint64_t inventory_weigh(const char *path);

#endif
