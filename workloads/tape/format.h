/*
 * How a tape lies in its file: a line that names the version, records, one end. All numbers are
 * little-endian.
 *
 *     head    kind 1, side 1, first 8, second 8
 *     answer  head (first: sample, second: length of the content), SHA-256 of the content, content
 *     repeat  head (first: sample, second: which of the tape's answers, from 0)
 *     end     head (first: answers and repeats, second: bits of the sample's seconds); nothing follows
 *
 * A content is one answer: ended 1, status 4, leftovers 4, ending (length 1, bytes), parts stdout and stderr,
 * number of outputs 4, a part for each; a part is flags 1, length 8, bytes.
 */
#ifndef CUPEL_WORKLOADS_TAPE_FORMAT_H
#define CUPEL_WORKLOADS_TAPE_FORMAT_H

#include "workloads/answer.h"

#include <stdint.h>

#define TAPE_LINE      "cupel answers 1\n"
#define TAPE_LINE_KIND 14 /* bytes of it that every version begins with */
#define TAPE_HEAD      18 /* bytes */

enum tape_kind { TAPE_ANSWER = 'A', TAPE_REPEAT = 'R', TAPE_END = 'E' };

struct tape_head {
    uint8_t kind;    /* an enum tape_kind, where it was written by us */
    uint8_t side;    /* an enum arm_side; 0 at the end */
    uint64_t first;  /* see above */
    uint64_t second; /* see above */
};

void tape_head_write(const struct tape_head *head, uint8_t bytes[static TAPE_HEAD]);
struct tape_head tape_head_read(const uint8_t bytes[static TAPE_HEAD]);

/* Gives the content to `sink` piece by piece. */
void tape_content_write(const struct answer *answer,
                        void (*sink)(const void *bytes, size_t length, void *data), void *data);
/* False, with nothing in *answer, unless the bytes are what tape_content_write() makes of some answer. */
bool tape_content_read(const char *bytes, size_t length, struct answer *answer);

#endif
