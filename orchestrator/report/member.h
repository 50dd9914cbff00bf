/*
 * Members of a report document: writers that make foreign text valid UTF-8 on its way in, and readers that
 * take whatever a stored document holds without a fault, since a view must show a damaged one too.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_MEMBER_H
#define CUPEL_ORCHESTRATOR_REPORT_MEMBER_H

#include "workloads/measure/measurement.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* Values go behind what `object` holds; a key is added once. NULL strings become null. */
void member_add_string(cJSON *object, const char *key, const char *foreign);
void member_add_number(cJSON *object, const char *key, double number); /* null when it is not finite */
void member_add_figure(cJSON *object, const char *key, double figure); /* null when negative, too */
void member_add_bool(cJSON *object, const char *key, bool value);
void member_add_digest(cJSON *object, const char *key, const char *hexadecimal); /* "sha256:…", or null */
void member_add_strings(cJSON *object, const char *key, char *const *strings); /* NULL-terminated, or NULL */
void member_add_gain(cJSON *object, const struct gain *gain);
cJSON *member_add_object(cJSON *object, const char *key);
cJSON *member_add_array(cJSON *object, const char *key);
cJSON *member_append_object(cJSON *array);

/* The member, or NULL; `object` may be NULL or anything. */
const cJSON *member_get(const cJSON *object, const char *key);
/* The string, or "" for everything else. */
const char *member_string(const cJSON *object, const char *key);
/* The number, or NaN for everything else. */
double member_number(const cJSON *object, const char *key);
bool member_is_true(const cJSON *object, const char *key);
/* The first element or member of an array or object, or NULL: for (e = member_first(…); e; e = e->next). */
const cJSON *member_first(const cJSON *object, const char *key);
size_t member_count(const cJSON *object, const char *key);
struct gain member_gain(const cJSON *object);

#endif
