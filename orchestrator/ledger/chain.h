/*
 * How an entry is digested. SHA-256 over, in this order:
 *
 *     field "cupel-ledger-entry-v1"
 *     seq, 8 bytes, little-endian
 *     field at
 *     field kind's name
 *     batch, candidate, stage, subject: each one byte 0 where there is none, else one byte 1 and a field
 *     field body
 *     previous digest, 32 bytes
 *
 * where a field is its length in bytes (8 bytes, little-endian) and its bytes: no two different entries have
 * the same encoding.
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_CHAIN_H
#define CUPEL_ORCHESTRATOR_LEDGER_CHAIN_H

#include "orchestrator/ledger/ledger.h"

/* Of all fields of the row but `digest`. */
struct digest chain_digest(const struct ledger_row *row);

/* False for a name that is no kind. */
bool chain_read_kind(const char *name, enum ledger_kind *kind);

#endif
