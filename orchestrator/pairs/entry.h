/* One pair as the ledger has it: docs/ledger.md lists the members of such an entry's body. Pure. */
#ifndef CUPEL_ORCHESTRATOR_PAIRS_ENTRY_H
#define CUPEL_ORCHESTRATOR_PAIRS_ENTRY_H

#include "orchestrator/pairs/identity.h"
#include "workloads/measure/past.h"

#include <cjson/cJSON.h>

struct pairs_entry {
    struct digest process;
    const char *family;      /* of pairs_families; borrowed */
    const char *workload;    /* its name; borrowed */
    const char *environment; /* CPU, kernel and source of the figures, a phrase; borrowed */
    struct pair_record record;
};

/* What an evaluation asks for. */
struct pairs_search {
    const struct pairs_key *own; /* of each of its workloads */
    size_t own_count;
    size_t index; /* of the one whose pairs are wanted */
    enum pairs_family family;
};

/* What there is; zeroed before, measure_past_fini(&found.past) behind. */
struct pairs_found {
    struct measure_past past; /* the pairs */
    size_t others; /* processes of the same two trees in the family: each was a chance of its own */
};

/* The body; the caller's (cJSON_Delete). */
cJSON *pairs_entry_write(const struct pairs_entry *entry);

/* Borrows its strings from `body`. ERR_INVALID: it isn't what pairs_entry_write() gave. */
WARN_UNUSED int pairs_entry_read(const cJSON *body, struct pairs_entry *entry, struct err *err);

#endif
