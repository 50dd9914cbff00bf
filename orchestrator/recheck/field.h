/*
 * Members of a report read strictly: the first one that is missing, of another type or out of its bounds is
 * the error, named by file and JSON Pointer; after it every call gives nothing and changes nothing, so that a
 * reader asks for member after member and looks at `failed` once.
 */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_FIELD_H
#define CUPEL_ORCHESTRATOR_RECHECK_FIELD_H

#include "base/json_access.h"
#include "workloads/measure/measurement.h"

struct field_reader {
    const struct json_file *file; /* borrowed */
    struct err *err;              /* filled by the first failure */
    int failed;                   /* its code, or 0 */
};

#define FIELD_COUNT_MAX ((int64_t)1 << 53) /* what every reader of JSON keeps */

/* `object` may be NULL, after a failure. Values are borrowed from the file; NULL after a failure. */
const struct json_value *field_object(struct field_reader *reader, const struct json_value *object,
                                      const char *key);
/* At most `most` elements. */
const struct json_value *field_array(struct field_reader *reader, const struct json_value *object,
                                     const char *key, size_t most);
/* Elements of an array that field_array() gave; 0 after a failure. */
size_t field_length(const struct field_reader *reader, const struct json_value *array);
/* Is the member null? A missing one is a failure. */
bool field_is_null(struct field_reader *reader, const struct json_value *object, const char *key);

/* Borrowed; NULL after a failure. */
const char *field_string(struct field_reader *reader, const struct json_value *object, const char *key);
/* Copies, the caller's; NULL where the member is null. */
char *field_text(struct field_reader *reader, const struct json_value *object, const char *key);
/* The 64 digits of "sha256:…". */
char *field_digest(struct field_reader *reader, const struct json_value *object, const char *key);
/* NULL-terminated; NULL after a failure. */
char **field_strings(struct field_reader *reader, const struct json_value *object, const char *key);

bool field_bool(struct field_reader *reader, const struct json_value *object, const char *key);
double field_number(struct field_reader *reader, const struct json_value *object, const char *key, double low,
                    double high);
/* 0 and more; null is -1: not available. */
double field_figure(struct field_reader *reader, const struct json_value *object, const char *key);
/* An integer from 0 to `most`. */
size_t field_count(struct field_reader *reader, const struct json_value *object, const char *key,
                   int64_t most);
/* Index into the NULL-terminated `names`; 0 after a failure. */
int field_choice(struct field_reader *reader, const struct json_value *object, const char *key,
                 const char *const *names);
struct gain field_gain(struct field_reader *reader, const struct json_value *object);

/* Complains about a value that is of the right type and still can't be. */
void field_refuse(struct field_reader *reader, const struct json_value *value, const char *words);

#endif
