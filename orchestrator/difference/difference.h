/* What `cupel diff` found between two documents, for a person and for a program. Pure. */
#ifndef CUPEL_ORCHESTRATOR_DIFFERENCE_DIFFERENCE_H
#define CUPEL_ORCHESTRATOR_DIFFERENCE_DIFFERENCE_H

#include "base/text.h"
#include "workloads/contract/contract.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct difference_side {
    const char *name; /* as it was asked for; borrowed */
    size_t bytes;     /* its length */
};

struct difference {
    struct difference_side before;
    struct difference_side after;
    enum workload_stdout kind; /* how they were read: never auto */
    enum contract_outcome outcome;
    struct contract_summary summary; /* owned by whoever made it */
};

/* For a terminal: `color`, and `width` columns, at least 40. */
void difference_format(const struct difference *difference, bool color, int width, struct text *out);
/* As policies/schema/difference.json has it; the caller's (cJSON_Delete). */
cJSON *difference_build(const struct difference *difference);

#endif
