/*
 * Frees the caches of one repository, or says what it would free. What is freed is first moved into a folder
 * of its own, which takes moments and keeps starting cupels waiting; it is removed when they may go on. A
 * killed collector leaves that folder, and the next one removes it. Evidence (ledger, reports, patches, logs)
 * is never touched, and nothing is while a cupel uses the repository's state.
 */
#ifndef CUPEL_ORCHESTRATOR_CACHES_COLLECT_H
#define CUPEL_ORCHESTRATOR_CACHES_COLLECT_H

#include "orchestrator/caches/inventory.h"

#include <stdbool.h>

#define COLLECT_PREFIX ".gc-" /* of such folders, in the state folder */

struct collect_options {
    int64_t older_than_s; /* only what changed before: seconds since the epoch; INT64_MAX: everything */
    bool dry_run;         /* changes nothing */
};

struct collected {
    struct inventory inventory; /* items that are freed, or would be; strangers that were left alone */
    char *busy;                 /* why nothing was: "is used by …"; NULL: nobody is there */
    uint64_t bytes;             /* of all items */
};

/*
 * `state` is a repository's state folder. Blocks. 0 also where somebody is there. ERR_SYSTEM: something could
 * not be moved or removed; `out` holds what was freed all the same. collected_fini() in either case.
 */
WARN_UNUSED int collect_repository(const char *state, const struct collect_options *options,
                                   struct collected *out, struct err *err);

/*
 * The same for the state folder of the sandboxes, which all repositories share: what dead ones left on the
 * disk (and, unless it is a dry run, their control groups).
 */
WARN_UNUSED int collect_sandboxes(const char *state, const struct collect_options *options,
                                  struct collected *out, struct err *err);
void collected_fini(struct collected *collected);

#endif
