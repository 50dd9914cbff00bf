/* What an attempt could leave behind: processes, mounts, control groups, files. */
#ifndef CUPEL_SANDBOX_CORPUS_SURVIVORS_H
#define CUPEL_SANDBOX_CORPUS_SURVIVORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct survivors_view {
    size_t processes; /* descendants of this process */
    size_t mounts;    /* of this process and of those whose mounts may be read */
    size_t groups;    /* control groups with members below the leased folders */
    size_t files;     /* of the state folder, and what attempts make, found on the machine */
    uint64_t layer;   /* FNV-1a over names, sizes, modes, owners and times of the layer */
};

/* Looks now. `state` is the sandbox's folder, `layer` the lower folder that runs must not change. */
void survivors_look(const char *state, const char *layer, struct survivors_view *view);
/* Looks until two looks 20 ms apart agree, for 2 s at most:
 * a run is reported before its process 1 has gone. */
void survivors_settle(const char *state, const char *layer, struct survivors_view *view);
/*
 * Looks until everything is as in `baseline`, for 2 s at most. False: `words` names what is left, such as
 * "2 processes, 1 mounts".
 */
bool survivors_are_none(const char *state, const char *layer, const struct survivors_view *baseline,
                        char words[static 128]);

/* The folders that the sandbox has leased (sandbox/lease.h), one a line; free() it. */
char *survivors_read_leases(const char *state);
/* How many of those are still there; after the sandbox is closed, none. */
size_t survivors_count_existing(const char *lines);

#endif
