/*
 * A decision as it travels: one JSON document with the statement and its SSH signature, in a file, in a ref's
 * commit and in the ledger alike. Reading one proves nothing: keygen.h verifies, judge.h weighs.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_ENVELOPE_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_ENVELOPE_H

#include "orchestrator/signoff/sshsig.h"
#include "orchestrator/signoff/statement.h"

#define ENVELOPE_BYTES_MAX ((size_t)2 << 20)

struct envelope {
    struct statement statement;
    struct text signed_bytes; /* the statement's canonical bytes: what the signature is over */
    char *signature;          /* armoured, as ssh-keygen writes it */
    struct sshsig sshsig;     /* what the signature says of itself */
    struct text bytes;        /* the whole document, canonical, without a newline */
};

/* Canonical document of a statement and the signature over its bytes. */
WARN_UNUSED int envelope_write(const struct statement *statement, const char *signature, struct text *out,
                               struct err *err);
/* Strict, as statement_read(). `name` is for messages. envelope_fini() when 0 came back. */
WARN_UNUSED int envelope_read(struct envelope *envelope, const char *name, const char *bytes, size_t length,
                              struct err *err);
void envelope_fini(struct envelope *envelope);

#endif
