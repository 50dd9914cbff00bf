/*
 * Where control groups can be made on this machine, and the lease that lets a later start clean up after a
 * killed one.
 *
 * Each zygote gets one folder per hierarchy, named in a file under STATE/leases/ that its client keeps
 * locked (flock(2)). A lease that can be locked belongs to a dead client: its folders are removed.
 */
#ifndef CUPEL_SANDBOX_GROUPS_H
#define CUPEL_SANDBOX_GROUPS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum groups_kind { GROUPS_V2, GROUPS_MEMORY, GROUPS_PIDS, GROUPS_CPU, GROUPS_KINDS };

struct groups_place {
    char *parent; /* folder in which we may make groups, or NULL; owned */
    char *folder; /* ours below it once opened, or NULL; owned */
};

struct groups {
    struct groups_place places[GROUPS_KINDS]; /* v2, and v1 memory, pids, cpuacct */
    bool memory2;                             /* v2 folder has the memory controller */
    bool pids2;                               /* and pids */
    char *scratch;                            /* folder on disk for runs' uppers, made when needed; owned */
    char *lease_path;                         /* owned */
    int lease;                                /* locked while we live, or -1 */
};

/* Looks at the mounted hierarchies; makes nothing. Kinds that v2 serves are left out of v1. */
void groups_find(struct groups *groups);
/* Sweeps dead leases, writes ours and makes our folders. */
WARN_UNUSED int groups_open(struct groups *groups, const char *state, struct err *err);
/* Folder of a kind, "" for none; borrowed. */
const char *groups_folder(const struct groups *groups, enum groups_kind kind);
/* Removes folders and lease, when everything inside is dead. */
void groups_close(struct groups *groups);
/* Frees what groups_find() found, for those who only looked. */
void groups_fini(struct groups *groups);

#endif
