/* Can what a batch recommends be applied together? Reads the sources once more; blocks. */
#ifndef CUPEL_ORCHESTRATOR_BATCH_TOGETHER_H
#define CUPEL_ORCHESTRATOR_BATCH_TOGETHER_H

#include "orchestrator/batch/roster.h"
#include "orchestrator/batch/settle.h"

#include <cjson/cJSON.h>

struct together_input {
    struct repository *repository;
    const char *const *sources; /* as batch_source_open() takes them */
    size_t source_count;
    const char *base, *pinned_base; /* as in struct batch_input */
    const struct roster *roster;
    const struct settled *settled;
    size_t settled_count;
};

struct together {
    cJSON *conflicts; /* array of {first, second, why} by ids; owned */
    char *patch;      /* all that go together, as text; NULL: fewer than two. Owned */
    size_t length;
    char *names;  /* of those in it, "a + b"; owned */
    git_oid base; /* commit that it stands on */
};

/* Of those recommended, the ones on the base of the first. */
WARN_UNUSED int together_find(const struct together_input *input, struct together *together, struct err *err);
void together_fini(struct together *together);

#endif
