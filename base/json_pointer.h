/* JSON Pointers (RFC 6901) and the place of a value in its document. */
#ifndef CUPEL_BASE_JSON_POINTER_H
#define CUPEL_BASE_JSON_POINTER_H

#include "base/json.h"
#include "base/text.h"

/* Appends "/" and the key, with ~ as ~0 and / as ~1. */
void json_pointer_append(struct text *text, const char *key, size_t length);
/* Appends the value's pointer; nothing for the root or for a value of another document. */
void json_pointer_of(const struct json_document *document, const struct json_value *value, struct text *text);
/* Line (1-based) on which the value begins. */
uint32_t json_line(const struct json_document *document, const struct json_value *value);

/*
 * The segments of a pointer, decoded, as a NULL-terminated array; free with json_free_strings().
 * ERR_INVALID for text that is neither empty nor begins with '/', or for a stray '~'.
 */
WARN_UNUSED int json_pointer_split(const char *pointer, char ***segments, size_t *count, struct err *err);

#endif
