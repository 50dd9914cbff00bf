/*
 * Cuts a file of JSON lines, or of one JSON array, into its records without reading it whole. Only the ends
 * of records are found here: whether a record is JSON is for its reader to say, so one bad record never hides
 * the next.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_RECORDS_H
#define CUPEL_ORCHESTRATOR_BATCH_RECORDS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum records_place { RECORDS_START, RECORDS_LINES, RECORDS_ELEMENTS, RECORDS_BEHIND, RECORDS_END };

struct records {
    FILE *file;               /* borrowed */
    enum records_place place; /* in lines, among an array's elements, or behind the array */
    size_t limit;             /* bytes kept of a record */
    uint32_t next_line;       /* of the next byte, 1-based */
    uint32_t line;            /* where the current record starts */
    bool cut;                 /* the current record was longer than `limit` */
    struct text record;       /* the current record */
};

void records_init(struct records *records, FILE *file, size_t limit);
void records_fini(struct records *records);

/* 1 with `record`, `line` and `cut` filled, 0 at the end, -1 with errno when reading fails. */
WARN_UNUSED int records_next(struct records *records);

#endif
