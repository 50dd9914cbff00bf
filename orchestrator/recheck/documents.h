/* The canonical documents inside a view:
 * of `run --json`, of `batch --json`, or one that is canonical itself. */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_DOCUMENTS_H
#define CUPEL_ORCHESTRATOR_RECHECK_DOCUMENTS_H

#include "base/text.h"

#include <cjson/cJSON.h>

/*
 * The document of one candidate of a view that report_parse() gave: top level, what its `evaluation` says
 * otherwise, and the candidate without the view's keys. The caller's (cJSON_Delete).
 */
cJSON *documents_take(const cJSON *view, const cJSON *candidate);

/*
 * Where a value of that document stands in the view: "/candidates/0/e_value" is "/candidates/7/e_value" for
 * candidate 7, "/environment/cpu" is "/candidates/7/evaluation/environment/cpu" where its evaluation says so.
 */
void documents_append_pointer(struct text *out, const cJSON *candidate, size_t index, const char *pointer);

#endif
