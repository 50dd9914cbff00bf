/* A request as a worker reads it: any JSON value, on one line. Pure. */
#ifndef CUPEL_WORKLOADS_WORKER_REQUEST_H
#define CUPEL_WORKLOADS_WORKER_REQUEST_H

#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The value as it was written but for the white space between tokens, and a final '\n'; numbers, escapes,
 * keys and their order stay. `source` is the text of one JSON value. The caller's.
 */
char *request_make_line(const char *source, size_t length, size_t *line_length);

/* `id` of a request that is an object and has one; of an answer likewise. */
struct request_id {
    enum json_type type; /* JSON_STRING or JSON_NUMBER; else there is none */
    char *bytes;         /* decoded, or the number as written; owned */
    size_t length;
};

void request_read_id(struct request_id *id, const struct json_value *value);
void request_id_fini(struct request_id *id);
/* Strings by code points, numbers by value; false only where both have an id. */
bool request_ids_agree(const struct request_id *asked, const struct request_id *answered);
/* "7", "\"a\"", or "another" where that can't be shown in few plain characters. */
void request_id_describe(const struct request_id *id, char words[static 20]);

#endif
