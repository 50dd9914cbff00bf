/*
 * What a program of a warm run can leave behind for the next one, besides its process number: entries of the
 * folders that it may write to, ipc objects, and attributes of what both hold open.
 */
#ifndef CUPEL_SANDBOX_RESIDUE_H
#define CUPEL_SANDBOX_RESIDUE_H

#include "sandbox/zygote/failure.h"

#include <sys/stat.h>

enum residue_place { RESIDUE_TMP, RESIDUE_SHM, RESIDUE_UPPER, RESIDUE_QUEUES, RESIDUE_PLACES };

struct residue_folder {
    int fd;            /* or -1: the kernel has no such thing */
    struct stat first; /* as it was before the first program */
};

struct residue_pipe {
    int flags;   /* F_GETFL */
    int bytes;   /* F_GETPIPE_SZ */
    mode_t mode; /* of its inode, which an ordinary user's program owns */
};

struct residue {
    struct residue_folder folders[RESIDUE_PLACES]; /* empty before each program */
    struct residue_pipe pipes[2];                  /* descriptors 1 and 2 */
    int policy;                                    /* scheduling policy: a program may lower that of others */
};

/* Before the first program, while everything may still be opened.
 * `upper`: of the workspace, open to be read; taken over. -1 with errno. */
WARN_UNUSED int residue_open(struct residue *residue, int upper);
/* Everything inside is dead: the next program would find all as the first one did. */
bool residue_is_none(const struct residue *residue);

#endif
