/*
 * A comparison as a JSON document, policies/schema/comparison.json: what was measured in full, pairs
 * included, and what follows from it, so that `cupel recheck` can draw the conclusions anew. Pure.
 */
#ifndef CUPEL_ORCHESTRATOR_CONTEST_TRANSCRIPT_H
#define CUPEL_ORCHESTRATOR_CONTEST_TRANSCRIPT_H

#include "base/json_access.h"
#include "orchestrator/contest/contest.h"
#include "orchestrator/recheck/differences.h"

#include <cjson/cJSON.h>

/* The caller's (cJSON_Delete); print it with report_canonicalise(). */
cJSON *transcript_build(const struct contest *contest);

/* Is that what the bytes of a JSON document call themselves? Anything else may be a report. */
bool transcript_is(const char *bytes, size_t length);

/*
 * What was measured, out of a document whose conclusions nobody has looked at; contest_conclude() it.
 * ERR_INVALID or ERR_LIMIT with the place of the first thing that can't be; then nothing is left to free.
 */
WARN_UNUSED int transcript_read(struct contest *contest, const struct json_file *file, struct err *err);

/* Every value that the document says and its raw data don't give. `name` is what errors call the bytes. */
WARN_UNUSED int transcript_recheck(const char *name, const char *bytes, size_t length,
                                   struct differences *differences, struct err *err);

#endif
