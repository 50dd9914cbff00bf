/* A published schema against a document, as far as ours use JSON Schema. */
#ifndef CUPEL_TESTS_REPORT_SCHEMA_H
#define CUPEL_TESTS_REPORT_SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Fails the test when it can't be read. cJSON_Delete() it. */
cJSON *schema_read(const char *path);

/* The words that they use: type, enum, const, properties,
 * required, items, anyOf. False with the key in *where. */
bool schema_allows(const cJSON *schema, const cJSON *value, const char **where);

#endif
