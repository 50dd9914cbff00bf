/*
 * Where attributions are kept: `attributions/<report id>.json` in the repository's state folder, canonical
 * bytes, and the offered patch beside it as `<report id>.patch`.
 */
#ifndef CUPEL_ORCHESTRATOR_ATTRIBUTION_SHELF_H
#define CUPEL_ORCHESTRATOR_ATTRIBUTION_SHELF_H

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* `id` of the report. */
WARN_UNUSED int shelf_write_document(const char *state, const char *id, const cJSON *document,
                                     struct err *err);
/* *path is the file's, owned. */
WARN_UNUSED int shelf_write_patch(const char *state, const char *id, const char *bytes, size_t length,
                                  char **path, struct err *err);

/* What is kept for the report with that digest ("sha256:…"),
 * the caller's (cJSON_Delete); NULL: nothing that names it. */
cJSON *shelf_read(const char *state, const char *id, const char *report);

#endif
