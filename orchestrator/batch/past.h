/*
 * What the ledger knows of a batch that an earlier process began. Reads what journal.h wrote; the ledger has
 * checked each entry's digest, so what doesn't fit is a ledger of another cupel: ERR_INVALID.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_PAST_H
#define CUPEL_ORCHESTRATOR_BATCH_PAST_H

#include "orchestrator/batch/roster.h"
#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/ledger/ledger.h"
#include "orchestrator/recheck/stored.h"

/* How a batch began. */
struct past_batch {
    char id[REPORT_ID + 1];
    cJSON *body;    /* as journal_batch() was given it; owned */
    size_t family;  /* distinct trees; 0: its sift did not end */
    bool evaluated; /* no evidence changes any more, errors included */
    bool closed;    /* its reports are written */
};

/* Shows each batch, newest first, without `family`;
 * `visit` returns as in ledger_each(), and takes the body over by zeroing it. */
WARN_UNUSED int past_each(struct ledger *ledger,
                          int (*visit)(struct past_batch *batch, void *data, struct err *err), void *data,
                          struct err *err);

/*
 * The batch whose id begins with `prefix`; NULL: the newest that isn't closed. ERR_NOT_FOUND where there is
 * none, ERR_INVALID where the prefix is that of several. past_batch_fini() whenever 0 came back.
 */
WARN_UNUSED int past_find(struct ledger *ledger, const char *prefix, struct past_batch *batch,
                          struct err *err);
void past_batch_fini(struct past_batch *batch);

/* Its candidates, as far as they were read, without how far their evaluations came. */
WARN_UNUSED int past_read_candidates(struct ledger *ledger, const char *batch, struct roster *roster,
                                     struct err *err);
/* With it: reads the newest evidence of each. */
WARN_UNUSED int past_read_roster(struct ledger *ledger, const char *batch, struct roster *roster,
                                 struct err *err);

/* Of a batch whose evaluations are over: what ended by an error stays so. */
WARN_UNUSED int past_keep_errors(struct ledger *ledger, const char *batch, struct roster *roster,
                                 struct err *err);

/* The newest evidence of a candidate or base: the body of its last stage's entry (cJSON_Delete()), NULL where
 * there is none. `errors`: an evaluation that ended by an error counts, too. */
WARN_UNUSED int past_read_evidence(struct ledger *ledger, const char *batch, const char *id, bool errors,
                                   cJSON **body, struct err *err);

/* The report that such a body holds: stored_report_fini() it. `id` is the candidate's, for errors. */
WARN_UNUSED int past_read_report(const cJSON *body, const char *id, struct stored_report *stored,
                                 struct err *err);

/* What an evaluation need not repeat. */
struct past_stages {
    bool known; /* there is something */
    struct evidence evidence;
    struct evaluation_kept kept;
};
WARN_UNUSED int past_read_stages(struct ledger *ledger, const char *batch, const char *id,
                                 struct past_stages *past, struct err *err);
void past_stages_fini(struct past_stages *past);

#endif
