/* `cupel list --checkpoint` and `--against`: is this machine's ledger whole, and the one that it was? */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_CHAIN_H
#define CUPEL_ORCHESTRATOR_COMMANDS_CHAIN_H

#include "base/error.h"

/* Verifies the ledger below `state` and prints its checkpoint, a line to be kept elsewhere. */
WARN_UNUSED int chain_print_checkpoint(const char *state, struct err *err);

/* Verifies it and holds it against the checkpoint in a file;
 * prints one sentence, or *err says what is wrong. */
WARN_UNUSED int chain_check(const char *state, const char *file, struct err *err);

#endif
