/*
 * The candidates of a batch, in the order of their proposals: what is known of each besides its evidence,
 * which stands in the ledger. About 150 bytes and a name each. Pure.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_ROSTER_H
#define CUPEL_ORCHESTRATOR_BATCH_ROSTER_H

#include "orchestrator/report/report.h"

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

enum roster_state {
    ROSTER_UNREAD,  /* its intake and screen have not ended */
    ROSTER_READY,   /* passed the screen: to be evaluated */
    ROSTER_SETTLED, /* nothing more is to be found out: its evidence decides */
    ROSTER_SAME,    /* gives the same tree as one before it, whose evidence decides */
    ROSTER_FAILED,  /* an error of ours: neither accepted nor refused */
};

struct roster_entry {
    char *name;              /* as its proposal calls it; foreign text; owned; NULL: not read yet */
    char id[REPORT_ID + 1];  /* of its report; "": not read yet */
    git_oid base_commit;     /* what it is compared with */
    git_oid base_tree, tree; /* tree is zero where it does not apply */
    enum roster_state state;
    char *error;  /* ROSTER_FAILED: what went wrong; owned */
    size_t first; /* ROSTER_SAME: index of that other one */
};

struct roster {
    struct roster_entry *entries;
    size_t count;    /* proposals */
    size_t capacity; /* of entries */
};

/* The entry of that index, made with all before it where there is none yet. Borrowed until the next call. */
struct roster_entry *roster_at(struct roster *roster, size_t index);
void roster_fini(struct roster *roster);

/* What the sift found out: `name` and `id` are copied. */
void roster_note(struct roster_entry *entry, const char *name, const char *id,
                 const struct evidence *evidence);

/* Marks what gives the same tree on the same base as one before it.
 * Returns the size of the family: distinct trees that apply. */
size_t roster_mark_same(struct roster *roster);

/* An error of ours, copied: neither accepted nor refused. */
void roster_fail(struct roster_entry *entry, const char *error);

/* Candidates on one base that are still to be evaluated. */
struct roster_group {
    git_oid base_commit, base_tree;
    size_t count;
};

/* In the order of their first candidate; *groups is the caller's (free). Returns how many there are. */
size_t roster_group(const struct roster *roster, struct roster_group **groups);

#endif
