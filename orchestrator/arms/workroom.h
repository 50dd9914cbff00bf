/*
 * The folder in which one evaluation works: patch layers, build layers, throw-away uppers. A lock held by the
 * evaluation's process is its lease; a folder whose lease nobody holds was left by a killed cupel and is
 * removed at the next start.
 */
#ifndef CUPEL_ORCHESTRATOR_ARMS_WORKROOM_H
#define CUPEL_ORCHESTRATOR_ARMS_WORKROOM_H

#include "base/error.h"

#define WORKROOM_LEASE "lease" /* in the folder */

struct workroom {
    char *path; /* absolute; owned */
    int lease;  /* descriptor that holds the flock; -1: none */
};

/* Makes <state>/work/<unique>/ and takes its lease. Blocks. */
WARN_UNUSED int workroom_open(struct workroom *room, const char *state, struct err *err);
/* Removes the folder and gives the lease back; failures are told in *err but everything possible is done. */
WARN_UNUSED int workroom_close(struct workroom *room, struct err *err);
/* Removes rooms below <state>/work whose lease is free. Blocks. */
WARN_UNUSED int workroom_sweep(const char *state, struct err *err);

/* Makes a folder in another that belongs to the sandbox's user; free() the returned path. NULL on failure. */
char *workroom_folder(const char *parent, const char *name, struct err *err);

#endif
