/* The ranked report of a batch, from the ledger and the stored reports: shown at its end and whenever again.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_RANKING_H
#define CUPEL_ORCHESTRATOR_BATCH_RANKING_H

#include "orchestrator/batch/past.h"

/*
 * The view of a closed batch (cJSON_Delete() it). `reports`: folder of the store. `state_of` says what people
 * decided on the report of that digest ("awaiting" …, borrowed). ERR_INVALID for a batch
 * that isn't closed, and for reports that are gone or not the ones that the ledger knows.
 */
WARN_UNUSED int ranking_view(struct ledger *ledger, const char *reports, const struct past_batch *batch,
                             const char *(*state_of)(const cJSON *document, const struct digest *digest,
                                                     void *data),
                             void *data, cJSON **view, struct err *err);

#endif
