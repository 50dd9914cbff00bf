/*
 * `cupel run --attribute`: what the parts of a candidate carry, once its own report is kept. Nothing here
 * changes that report, its verdict or the exit status.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_ATTRIBUTE_H
#define CUPEL_ORCHESTRATOR_COMMANDS_ATTRIBUTE_H

#include "orchestrator/commands/single.h"
#include "orchestrator/report/report.h"

struct attribute_input {
    struct session *session;
    const struct journal_identity *identity; /* under which the ledger knows the run */
    struct evaluation *evaluation;           /* the candidate's, done */
    const struct evaluation_input *like;     /* how that was evaluated; the parts are too */
    const struct report_context *context;
    const cJSON *report;                /* the candidate's canonical document */
    const struct digest *report_digest; /* of its bytes */
    enum verdict verdict;               /* its own */
    bool quiet;                         /* no words on standard error */
};

/*
 * Evaluates the parts, keeps what came out of it beside the report and hands it over in *attribution (the
 * caller's, cJSON_Delete). NULL where there is nothing to tell apart; standard error says why. A signal ends
 * it, what is known is kept all the same, and session->caught is set.
 */
WARN_UNUSED int attribute_candidate(const struct attribute_input *input, cJSON **attribution,
                                    struct err *err);

#endif
