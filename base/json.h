/*
 * The lossless JSON reader (RFC 8259): numbers stay text, duplicate keys stay, strings keep NULs, invalid
 * UTF-8 and lone surrogates are not repaired. One reader serves configuration and contract alike.
 *
 * A document owns every value in one arena; values are borrowed from it and immutable.
 */
#ifndef CUPEL_BASE_JSON_H
#define CUPEL_BASE_JSON_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_options {
    bool comments;      /* configuration: accepts // and block comments, and a comma before ] or } */
    uint32_t max_depth; /* 0: JSON_DEFAULT_DEPTH */
    size_t max_bytes;   /* 0: JSON_DEFAULT_BYTES */
};

#define JSON_DEFAULT_DEPTH 1024
#define JSON_DEFAULT_BYTES ((size_t)1 << 30)

enum json_problem {
    JSON_PROBLEM_NONE,
    JSON_PROBLEM_SYNTAX,   /* not JSON */
    JSON_PROBLEM_TRAILING, /* a complete value, then something that is no white space */
    JSON_PROBLEM_EMPTY,    /* no value at all */
    JSON_PROBLEM_DEPTH,    /* deeper than max_depth */
    JSON_PROBLEM_SIZE,     /* longer than max_bytes */
};

struct json_error {
    enum json_problem problem;
    size_t offset;      /* byte where it was noticed */
    uint32_t line;      /* 1-based */
    uint32_t column;    /* 1-based, in bytes */
    char message[160];  /* what was expected and found, without the place */
};

struct json_value;    /* one value; see the accessors */
struct json_document; /* arena, source text, and the root */

/* Reads one value that fills `bytes` (copied). 0, or ERR_INVALID / ERR_LIMIT with *error filled. */
WARN_UNUSED int json_read(const char *bytes, size_t length, const struct json_options *options,
                          struct json_document **out, struct json_error *error);
void json_free(struct json_document *document);
const struct json_value *json_root(const struct json_document *document);

static inline void json_cleanup_document(struct json_document **document)
{
    json_free(*document);
}
#define cleanup_json __attribute__((cleanup(json_cleanup_document)))

/* Plain access: no errors, wrong types are a bug of the caller. */
enum json_type json_type(const struct json_value *value);
size_t json_count(const struct json_value *value); /* elements or members, duplicates included */
const struct json_value *json_element(const struct json_value *value, size_t index);
/* Member `index` in source order; key bytes (decoded, may hold NULs) and length out where wanted. */
const struct json_value *json_member(const struct json_value *value, size_t index, const char **key,
                                     size_t *key_length);
/* The last member of that NUL-terminated key, or NULL. */
const struct json_value *json_find(const struct json_value *value, const char *key);
/* Decoded bytes of a string, or the literal text of a number; NUL-terminated besides. */
const char *json_bytes(const struct json_value *value, size_t *length);
/* Source extent of the value in the document's text. */
const char *json_source(const struct json_document *document, const struct json_value *value, size_t *length);

#endif
