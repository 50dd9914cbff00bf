/*
 * Typed access to configuration: each error names file, line and JSON Pointer (RFC 6901), as in
 * `cupel.json:12: /workloads/0/run: must be a non-empty array of strings`.
 *
 *     struct json_file file;
 *     if (json_file_load(&file, path, options, err) < 0) …
 *     if (json_want_number(&file, json_find(root, "weight"), 0, 1, &weight, err) < 0) …
 */
#ifndef CUPEL_BASE_JSON_ACCESS_H
#define CUPEL_BASE_JSON_ACCESS_H

#include "base/json.h"

struct json_file {
    char *name;                     /* what errors call it; owned */
    struct json_document *document; /* owned */
};

/* From the disk (at most 64 MiB), or from bytes already in hand under a name. */
WARN_UNUSED int json_file_load(struct json_file *file, const char *path, const struct json_options *options,
                               struct err *err);
WARN_UNUSED int json_file_read(struct json_file *file, const char *name, const char *bytes, size_t length,
                               const struct json_options *options, struct err *err);
void json_file_fini(struct json_file *file);

/* "name:line: /pointer: words"; finds the pointer by walking the document. Returns ERR_INVALID. */
int json_complain(const struct json_file *file, const struct json_value *value, struct err *err,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Every key of `object` is in the NULL-terminated list and occurs once; the error names the nearest one. */
WARN_UNUSED int json_check_keys(const struct json_file *file, const struct json_value *object,
                                const char *const *known, struct err *err);

/* Out-parameters are borrowed from the document unless said otherwise. `value` is not NULL. */
WARN_UNUSED int json_want_object(const struct json_file *file, const struct json_value *value,
                                 struct err *err);
WARN_UNUSED int json_want_array(const struct json_file *file, const struct json_value *value,
                                struct err *err);
/* A string without NUL bytes. */
WARN_UNUSED int json_want_string(const struct json_file *file, const struct json_value *value,
                                 const char **out, struct err *err);
WARN_UNUSED int json_want_bool(const struct json_file *file, const struct json_value *value, bool *out,
                               struct err *err);
/* Inclusive bounds. */
WARN_UNUSED int json_want_number(const struct json_file *file, const struct json_value *value, double low,
                                 double high, double *out, struct err *err);
WARN_UNUSED int json_want_integer(const struct json_file *file, const struct json_value *value, int64_t low,
                                  int64_t high, int64_t *out, struct err *err);
/* A NULL-terminated array of copies: free with json_free_strings(). */
WARN_UNUSED int json_want_strings(const struct json_file *file, const struct json_value *value, char ***out,
                                  size_t *count, struct err *err);
void json_free_strings(char **strings);
/* Index into the NULL-terminated `names`. */
WARN_UNUSED int json_want_choice(const struct json_file *file, const struct json_value *value,
                                 const char *const *names, int *out, struct err *err);

#endif
