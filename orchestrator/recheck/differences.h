/* Where two documents differ, value by value. Pure. */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_DIFFERENCES_H
#define CUPEL_ORCHESTRATOR_RECHECK_DIFFERENCES_H

#include <cjson/cJSON.h>
#include <stddef.h>

#define DIFFERENCES_MAX  200 /* rows kept; the others are counted */
#define DIFFERENCES_TEXT 200 /* bytes kept of a value */

struct difference {
    char *pointer;    /* JSON Pointer (RFC 6901) */
    char *said;       /* canonical JSON, cut with an ellipsis; NULL: nothing is there */
    char *recomputed; /* likewise */
};

struct differences {
    struct difference *rows; /* in the order of the document that says; owned */
    size_t count;            /* of rows */
    size_t dropped;          /* further ones */
};

/*
 * Adds every scalar, and every array or object that only one side has. Numbers that are apart by less than a
 * billionth are equal: they come from another maths library or processor, and decide nothing (the verdict is
 * a string and compared as such). `prefix` stands before each pointer. No deeper than the 64 levels that a
 * parsed report has.
 */
void differences_find(struct differences *differences, const char *prefix, const cJSON *said,
                      const cJSON *recomputed);
/* One more; copies. NULL: nothing is there. */
void differences_add(struct differences *differences, const char *pointer, const char *said,
                     const char *recomputed);
void differences_fini(struct differences *differences);

#endif
