/* What sign, gate and apply share: one report on the desk, and how things stand in the repository. */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_DESK_H
#define CUPEL_ORCHESTRATOR_COMMANDS_DESK_H

#include "orchestrator/cli/cli.h"
#include "orchestrator/commands/session.h"
#include "orchestrator/signoff/review.h"

struct desk {
    const struct cli_arguments *arguments; /* borrowed */
    struct session session;
    struct standing standing;
    struct review review;
    cJSON *document;      /* canonical report; owned */
    struct digest digest; /* of it */
    bool is_ours;         /* it is in this machine's state, not only in --report's file */
};

/* Opens the repository, the report (ID, or --report FILE) and its review. desk_close() in either case. */
WARN_UNUSED int desk_open(struct desk *desk, const struct cli_arguments *arguments, struct err *err);
void desk_close(struct desk *desk);
/* The review again, after a decision was added. */
WARN_UNUSED int desk_review(struct desk *desk, struct err *err);

/*
 * Appends an entry about the desk's report to this machine's ledger, which has it; nothing where it hasn't.
 * `head` (may be NULL) gets the entry's place.
 */
WARN_UNUSED int desk_record(const struct desk *desk, enum ledger_kind kind, const char *body,
                            struct ledger_head *head, struct err *err);

/* "cupel: note: …" on standard error for each line. */
void desk_print_notes(const char *notes);
/* What a session's repository is reviewed by; borrows from the session. */
struct standing_source desk_standing_source(const struct session *session);

/* Runs a command on a desk: prints its error, closes, returns the exit status. */
int desk_run(const struct cli_arguments *arguments, int (*command)(struct desk *, struct err *));

#endif
