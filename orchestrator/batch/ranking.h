/*
 * The ranked report of a batch, from the ledger and the stored reports: shown at its end and whenever again.
 * One report is in memory at a time, however many there are and whatever they hold.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_RANKING_H
#define CUPEL_ORCHESTRATOR_BATCH_RANKING_H

#include "orchestrator/batch/past.h"

/* Borrowed. */
struct ranking_input {
    struct ledger *ledger;
    const char *reports;            /* folder of the store */
    const struct past_batch *batch; /* closed */
    /* What people decided on the report of that digest ("awaiting" …, borrowed). Asked once a candidate. */
    const char *(*state_of)(const cJSON *document, const struct digest *digest, void *data);
    void *data; /* of state_of */
};

/*
 * What text and Markdown show of the batch, as ranked_view_brief() says (cJSON_Delete() it). ERR_INVALID for
 * a batch that isn't closed, and for reports that are gone or not the ones that the ledger knows.
 */
WARN_UNUSED int ranking_view(const struct ranking_input *input, cJSON **view, struct err *err);

/* The view of `--json` in canonical form, as ranked_write_json() hands it out. Errors as above; all reports
 * are looked at before the first piece is written. */
WARN_UNUSED int ranking_write_json(const struct ranking_input *input,
                                   int (*write)(const char *bytes, size_t length, void *data,
                                                struct err *err),
                                   void *data, struct err *err);

#endif
