/* What a tape holds in memory while it is recorded or played; for the two rooms that do so. */
#ifndef CUPEL_WORKLOADS_TAPE_STATE_H
#define CUPEL_WORKLOADS_TAPE_STATE_H

#include "workloads/contract/table.h"
#include "workloads/tape/format.h"
#include "workloads/tape/tape.h"

#include <stdio.h>

struct tape_recorder {
    FILE *file;                  /* PATH.part; NULL: finished */
    char *part;                  /* its path; owned */
    struct digest_stream stream; /* of all that was written */
    uint64_t bytes;              /* written */
    uint64_t count;              /* answers and repeats */
    struct digest *contents;     /* of each answer; owned */
    size_t content_count;
    size_t content_capacity;
    struct table by_digest; /* from a digest's first bytes to its content */
    struct err err;         /* first failure: the tape comes to nothing */
};

struct tape_content {
    uint64_t offset; /* in the file */
    uint64_t length;
    struct digest digest;
};

struct tape_item {
    uint64_t index;   /* of the sample */
    uint32_t content; /* into the contents */
    uint8_t side;     /* an enum arm_side */
};

struct tape_player {
    int fd;
    struct tape_content *contents; /* owned */
    size_t content_count;
    size_t content_capacity;
    struct tape_item *items; /* in the order of recording; owned */
    size_t count;
    size_t capacity;
    size_t next; /* item */
    double sample_seconds;
    bool left;
};

struct tape {
    char *path; /* owned */
    bool recording;
    struct tape_recorder recorder; /* while recording */
    struct tape_player player;     /* else */
};

void tape_recorder_fini(struct tape_recorder *recorder);

#endif
