/* One evaluation in a session: what `run` and `check` do. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_SINGLE_H
#define CUPEL_ORCHESTRATOR_COMMANDS_SINGLE_H

#include "orchestrator/commands/engine.h"

struct single {
    struct engine engine;
    struct evaluation *evaluation; /* NULL before it was started; owned */
    struct token_claim claim;
    enum { SINGLE_NO_TURN, SINGLE_WAITS, SINGLE_MEASURES } turn;
    bool recorded; /* the ledger knows the candidate */
    struct err outcome;
};

/*
 * Starts the sandbox and evaluates; 0 when the evaluation came to an end that its evidence tells. `identity`:
 * a candidate's evaluation is recorded under it; NULL: it isn't. single_fini() in either case; the session's
 * loop is free again.
 */
WARN_UNUSED int single_evaluate(struct single *single, struct session *session,
                                const struct journal_identity *identity, struct evaluation_input *input,
                                struct err *err);
void single_fini(struct single *single);

/* A report that is kept. */
struct single_report {
    cJSON *document;
    struct report_context context; /* it was written in; borrows from identity, session and evaluation */
    struct decision decision;
    struct digest digest; /* of the canonical bytes */
};
/* Decides, and writes the report of an ended evaluation to the store and `ledger`.
 * single_report_fini() in either case. */
WARN_UNUSED int single_report(const struct single *single, struct journal_identity *identity,
                              struct ledger *ledger, struct single_report *report, struct err *err);
void single_report_fini(struct single_report *report);

#endif
