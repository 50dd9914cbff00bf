/*
 * The end of a batch: closes the family over all its candidates (e-BH), decides each, writes the reports and
 * says so in the ledger. Works from the ledger alone, one candidate at a time, so that memory does not grow
 * with their evidence and a killed cupel can do it again: the same evidence gives the same bytes. Blocks.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_SETTLE_H
#define CUPEL_ORCHESTRATOR_BATCH_SETTLE_H

#include "orchestrator/batch/roster.h"
#include "orchestrator/ledger/ledger.h"

struct settle_input {
    struct ledger *ledger;
    const char *batch;           /* id */
    const char *reports;         /* folder of the store */
    const struct roster *roster; /* nothing UNREAD or READY in it */
    size_t family;               /* distinct trees, frozen by the sift */
};

/* What became of one candidate; none for those that are the same as another. */
struct settled {
    size_t index; /* in the roster */
    enum verdict verdict;
    struct digest digest; /* of its report */
};

/* *settled is the caller's (free), in the order of the roster. Verdicts are durable on return. */
WARN_UNUSED int settle_batch(const struct settle_input *input, struct settled **settled, size_t *count,
                             struct err *err);

#endif
