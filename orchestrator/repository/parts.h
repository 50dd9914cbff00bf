/*
 * A candidate taken apart, so that its parts can be tried: the commits between base and tip where several
 * stand in one line, the mails of a series, or else the hunks of the change. A set of parts becomes a commit
 * in memory, a candidate like any other: hunks are applied as a patch, commits and mails are picked one after
 * the other as `git cherry-pick` does. Nothing reaches the user's object store.
 */
#ifndef CUPEL_ORCHESTRATOR_REPOSITORY_PARTS_H
#define CUPEL_ORCHESTRATOR_REPOSITORY_PARTS_H

#include "orchestrator/repository/repository.h"
#include "policies/patch/part.h"

#define PARTS_MOST        8  /* beyond, neighbours are put together, the smallest first */
#define PARTS_MAX_COMMITS 64 /* a candidate of more is taken apart by its hunks */

enum parts_kind { PARTS_HUNKS, PARTS_MAILS, PARTS_COMMITS };
const char *parts_kind_name(enum parts_kind kind); /* "hunks", "mails", "commits" */

struct part {
    char *name;            /* `hunk 2 of "src/a.c", line 40`; foreign text in it is escaped; owned */
    size_t files;          /* that it changes */
    size_t added, removed; /* lines */
    uint32_t needs;        /* parts (bits) without which it does not apply; itself: it never does */
};

struct parts {
    enum parts_kind kind;
    struct part items[PARTS_MOST]; /* part 1 first */
    size_t count;                  /* of items; 1: there is nothing to take apart */
    size_t pieces;                 /* hunks, mails or commits that they hold; more: some were put together */
    char *remark;                  /* why not by its commits or mails, a sentence; NULL: as asked */
    git_oid base_commit, base_tree;
    struct patch patch;       /* PARTS_HUNKS: against the base; parts borrow from it */
    struct patch_parts split; /* likewise */
    git_oid *steps;           /* otherwise: trees, part i leads from steps[i] to steps[i + 1]; owned */
};

/*
 * Reads the candidate again and takes it apart. ERR_INVALID when it does not apply or is no longer the one
 * with that digest (hexadecimal, of evidence); ERR_LIMIT when it has too many parts to tell apart.
 */
WARN_UNUSED int parts_find(struct repository *repository, const struct intake_request *request,
                           const char *patch_digest, struct parts *parts, struct err *err);
void parts_fini(struct parts *parts);

/* Some of the parts, in their order. */
struct parts_set {
    git_oid tree;   /* base with these parts */
    git_oid commit; /* in memory: this tree on the base commit */
};

/* 0 with *failure NULL and *set filled, or with *failure (owned sentence) where they don't apply together. */
WARN_UNUSED int parts_compose(struct repository *repository, const struct parts *parts, uint32_t take,
                              struct parts_set *set, char **failure, struct err *err);

/*
 * The set's change as a patch that `git apply` takes, and its digest. *bytes is owned; NULL where it changes
 * a binary file, which no patch text of ours holds.
 */
WARN_UNUSED int parts_write(struct repository *repository, const struct parts *parts,
                            const struct parts_set *set, char **bytes, size_t *length, struct digest *digest,
                            struct err *err);

#endif
