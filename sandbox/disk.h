/*
 * How much of a disk a run's upper folder takes, and whether that is too much. No loop here: watch.c calls
 * these on its pool.
 *
 * Free space of the whole file system is asked first, since that is one call; the folder is walked (allocated
 * blocks, not apparent sizes) when enough is gone, and now and then in any case. What is hidden from a walk
 * (files without a name that are still open) is bounded by a reserve of the file system that no run may take.
 */
#ifndef CUPEL_SANDBOX_DISK_H
#define CUPEL_SANDBOX_DISK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum disk_resource { DISK_BYTES, DISK_FILES, DISK_RESOURCES };

struct disk_amount {
    uint64_t of[DISK_RESOURCES]; /* allocated bytes; files, folders and links */
};

/* Of a file system. */
struct disk_room {
    struct disk_amount free;  /* to unprivileged users; UINT64_MAX: it doesn't count them */
    struct disk_amount whole; /* all that it has; 0: it doesn't count them */
};

enum disk_state {
    DISK_WITHIN,  /* the limits */
    DISK_OVER,    /* the folder takes more than its limit of `which` */
    DISK_RESERVE, /* the file system has no more than its reserve of `which` left */
};

struct disk {
    int folder;                /* the upper; -1: none, nothing is watched */
    struct disk_amount limit;  /* of the folder */
    struct disk_room start;    /* before the run */
    struct disk_room now;      /* at the last look */
    struct disk_amount before; /* in the folder before the run */
    struct disk_amount used;   /* in the folder at the last walk */
    struct disk_room walked;   /* at the last walk */
    uint64_t walked_ns;        /* its time, CLOCK_MONOTONIC */
    uint64_t walk_ns;          /* what it took */
    bool hidden;               /* it could not see all: what is gone from the disk is charged too */
    bool blamed;               /* of DISK_RESERVE: at least half of what is gone is this run's */
    enum disk_state state;     /* what was found; what is not DISK_WITHIN stays */
    enum disk_resource which;  /* of `state` */
};

/* Opens the folder and takes what is free. disk_close() is right after success and failure. */
WARN_UNUSED int disk_open(struct disk *disk, const char *upper, const struct disk_amount *limit,
                          struct err *err);
void disk_close(struct disk *disk);

/* While the run lives; the first look takes what is there already. */
void disk_look(struct disk *disk);
/* When everything inside is dead: the exact amount, and whose fault a full disk is. */
void disk_conclude(struct disk *disk);

/* Pure: what stays free of a resource of which the file system has `whole`:
 * a twentieth, at most 1 GiB and 100000 files. */
uint64_t disk_reserve(enum disk_resource which, uint64_t whole);
/* Pure: so much is gone since the last walk that the folder could come close to its limit. */
bool disk_is_due(const struct disk *disk, uint64_t now_ns);

#endif
