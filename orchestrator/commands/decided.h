/*
 * The sign-off state of stored reports, for list and show: what gate would say, without its exit status. How
 * things stand in the repository is looked at once for all of them.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_DECIDED_H
#define CUPEL_ORCHESTRATOR_COMMANDS_DECIDED_H

#include "orchestrator/commands/session.h"
#include "orchestrator/signoff/standing.h"

#include <cjson/cJSON.h>

struct decided {
    struct standing standing;
    struct text notes; /* sentences, a line each, for a person */
    bool can_tell;     /* otherwise a note says why not */
};

/* Never fails: a report can be shown where its state can't be told. `session` is borrowed. */
void decided_open(struct decided *decided, const struct session *session);
void decided_close(struct decided *decided);

/* "awaiting", "approved", "rejected" or "stale"; "awaiting" with a note where it can't be told. */
const char *decided_state(struct decided *decided, const cJSON *document, const struct digest *digest);

/* The same, as ranking_view() asks for it; `decided` is one. */
const char *decided_state_of(const cJSON *document, const struct digest *digest, void *decided);

/* "cupel: note: …" on standard error for each line; forgets them. */
void decided_print_notes(struct decided *decided);

#endif
