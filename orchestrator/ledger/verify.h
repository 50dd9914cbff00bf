/* The walk behind ledger_verify(), which checkpoints share. */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_VERIFY_H
#define CUPEL_ORCHESTRATOR_LEDGER_VERIFY_H

#include "orchestrator/ledger/ledger.h"

/*
 * As ledger_verify(); besides, *digest gets the digest of entry `wanted` (zeros for 0) when the walk comes
 * by, and stays as it is when the ledger ends before. `head` is how far the chain is whole.
 */
WARN_UNUSED int verify_until(struct ledger *ledger, int64_t wanted, struct digest *digest,
                             struct ledger_head *head, int64_t *broken, struct err *err);

#endif
