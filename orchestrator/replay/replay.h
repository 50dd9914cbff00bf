/* One finding of a report, asked again:
 * which one, and what came of it, for a person and for a program. Pure. */
#ifndef CUPEL_ORCHESTRATOR_REPLAY_REPLAY_H
#define CUPEL_ORCHESTRATOR_REPLAY_REPLAY_H

#include "base/error.h"
#include "base/text.h"
#include "workloads/contract/contract.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* A finding of a report's document; strings are borrowed from it. */
struct replay_finding {
    size_t number;        /* its place in the report, from 1 */
    const char *workload; /* name */
    const char *class;
    const char *part, *pattern;
    const char *sample;   /* id */
    const char *request;  /* the smallest input, a line of a sample file; NULL: none was found */
    const char *why_none; /* then; NULL: none was looked for */
};

/*
 * The finding that `name` means: its number, or its class and where it is, as in "emptied:/items"; the class
 * alone will do where one finding has it. ERR_NOT_FOUND names what there is, ERR_INVALID for several.
 */
WARN_UNUSED int replay_choose(const cJSON *document, const char *name, struct replay_finding *finding,
                              struct err *err);

/* What came of it. Borrowed. */
struct replay {
    const char *report; /* id */
    struct replay_finding finding;
    const char *input;                      /* what was asked, a line of a sample file */
    const struct contract_summary *summary; /* of that input alone */
    const char *problem; /* why there are no answers to compare, a sentence; NULL: there are */
};

/* The same class is there, at the same place. */
bool replay_is_reproduced(const struct replay *replay);

/* For a terminal: `color`, and `width` columns, at least 40. */
void replay_format(const struct replay *replay, bool color, int width, struct text *out);
/* As policies/schema/reproduction.json has it; the caller's (cJSON_Delete). */
cJSON *replay_build(const struct replay *replay);

#endif
