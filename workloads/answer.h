/* What one arm answered to one sample: the thing that the contract compares. */
#ifndef CUPEL_WORKLOADS_ANSWER_H
#define CUPEL_WORKLOADS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_PART_MOST ((size_t)128 << 20) /* bytes; a longer part is cut, and equal to nothing */

struct answer_part {
    char *bytes; /* owned; NULL when absent */
    size_t length;
    bool present; /* a declared output file may be missing; stdout and stderr never are */
    bool cut;     /* longer than the limit: can't be called equal */
};

/* A field of a response's head (RFC 9110, section 5); a name that comes several times has several. */
struct answer_header {
    char *name;  /* as it was received: case says nothing; owned */
    char *value; /* without white space around it; owned */
};

struct answer {
    bool ended;                  /* by itself: an exit status; otherwise `ending` tells why not */
    int status;                  /* exit status */
    char ending[96];             /* "exit status 3", "killed by SIGSEGV", "timed out after 10.0 s" */
    unsigned leftovers;          /* processes that still ran when it ended, and were killed */
    struct answer_part out;      /* stdout */
    struct answer_part error;    /* stderr */
    struct answer_part *outputs; /* one for each declared output file, in that order; owned */
    size_t output_count;
    struct answer_header *headers; /* in their order; owned; NULL for kinds whose answers have none */
    size_t header_count;
};

void answer_fini(struct answer *answer);
/*
 * Died or timed out; or a shell says that its child died (128 + the signal's number): of a signal that only a
 * crash or a killer sends, or of any where nothing but white space was printed. Other programs give such
 * numbers a meaning of their own.
 */
bool answer_is_crash(const struct answer *answer);
/* Bytes of all parts, headers included. */
size_t answer_weigh(const struct answer *answer);
/* Same ending, same bytes everywhere (stderr only where asked), same headers, nothing cut. */
bool answer_is_identical(const struct answer *a, const struct answer *b, bool with_stderr);

#endif
