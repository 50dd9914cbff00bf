/*
 * A checkpoint is one line of text that says how far a ledger had come, to be kept where the ledger's owner
 * can't rewrite it: `cupel-ledger-checkpoint-v1 <seq> sha256:<64 hexadecimal digits>`. A ledger that was cut
 * off or rewritten since no longer has that digest at that seq.
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_CHECKPOINT_H
#define CUPEL_ORCHESTRATOR_LEDGER_CHECKPOINT_H

#include "base/error.h"
#include "orchestrator/ledger/ledger.h"

#define CHECKPOINT_MAX 128 /* bytes of a line, the terminating NUL included */

/* The line of a head, without a newline. */
void checkpoint_format(const struct ledger_head *head, char line[static CHECKPOINT_MAX]);

/* Reads a line; one newline and a carriage return at its end are fine. ERR_INVALID says what a line is. */
WARN_UNUSED int checkpoint_parse(const char *line, size_t length, struct ledger_head *head, struct err *err);

/*
 * Verifies the ledger and holds it against a checkpoint. 0: it is the same ledger, continued or not.
 * ERR_SYSTEM: damaged, cut off before that entry, or rewritten; the message says which.
 */
WARN_UNUSED int checkpoint_check(struct ledger *ledger, const struct ledger_head *checkpoint,
                                 struct err *err);

#endif
