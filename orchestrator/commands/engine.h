/*
 * What runs beside evaluations, be it one or many: the sandbox, the measuring token, the journal and the
 * signals that end it all.
 *
 * Happy path: engine_start(); evaluations run on the session's loop; engine_stop() closes everything, and
 * then the loop has nothing left and returns. Failure: a sandbox or ledger that can't be had ends before
 * anything started. A signal is told once; a second one changes nothing, the first is being obeyed.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_ENGINE_H
#define CUPEL_ORCHESTRATOR_COMMANDS_ENGINE_H

#include "orchestrator/commands/session.h"
#include "orchestrator/pairs/book.h"
#include "orchestrator/token.h"

struct engine {
    struct session *session; /* borrowed */
    struct sandbox *sandbox;
    struct token *token;
    struct journal *journal; /* NULL: nothing is recorded */
    struct pairs_book pairs; /* where there is a journal */
    uv_signal_t signals[2];  /* SIGINT, SIGTERM */
    void (*interrupted)(void *data, const char *reason);
    void *data;     /* of `interrupted` */
    struct err err; /* of the journal, once it is closed */
};

/* `identity`: what the ledger knows this by; NULL: nothing is recorded.
 * `command` is shown to other cupels. */
WARN_UNUSED int engine_start(struct engine *engine, struct session *session,
                             const struct journal_identity *identity, const char *command,
                             void (*interrupted)(void *data, const char *reason), void *data,
                             struct err *err);
/* Fills what all evaluations have in common, but for the repository. */
void engine_fill(const struct engine *engine, struct evaluation_input *input);
void engine_stop(struct engine *engine);

#endif
