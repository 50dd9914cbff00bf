/*
 * The statement that a person signs: an in-toto Statement v1 (in-toto attestation framework, spec/v1) whose
 * subject is the report by its digest and whose predicate names everything that the decision stands on.
 * Canonical JSON (RFC 8785): a statement has exactly one spelling, and those bytes are signed.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_STATEMENT_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_STATEMENT_H

#include "base/text.h"
#include "orchestrator/signoff/subject.h"

#include <stdbool.h>
#include <stdint.h>

#define STATEMENT_TYPE       "https://in-toto.io/Statement/v1"
#define STATEMENT_PREDICATE  "urn:cupel:decision:v1"
#define STATEMENT_BYTES_MAX  ((size_t)1 << 20)
#define STATEMENT_REASON_MAX 4096 /* bytes of a person's reason */

struct statement {
    struct subject subject; /* what is decided */
    char *repository_root;  /* first commit of the trust ref's first-parent history: which repository */
    char *repository_name;  /* as the operator's file names it; NULL: unnamed */
    char *trust_ref;        /* whose tip said who may sign, "refs/heads/main"; informative */
    char *trust_commit;     /* that tip */
    char *signer;           /* principal of allowed_signers: an e-mail address */
    bool approve;           /* else reject */
    char *reason;           /* why; NULL: not said */
    char *issued, *expires; /* RFC 3339, UTC, whole seconds */
    int64_t issued_s;       /* the same since the epoch */
    int64_t expires_s;
    char *ledger; /* digest naming the ledger that took the decision too; NULL: none did */
};

/* Canonical bytes. ERR_INVALID for a string that is no UTF-8. */
WARN_UNUSED int statement_write(const struct statement *statement, struct text *out, struct err *err);

/*
 * Strict: exactly the keys of version 1, each once, of the right type and form, and canonical. ERR_INVALID
 * names the place. statement_fini() when 0 came back.
 */
WARN_UNUSED int statement_read(struct statement *statement, const char *name, const char *bytes,
                               size_t length, struct err *err);
void statement_fini(struct statement *statement);

/* "2026-03-01T12:00:00Z" of seconds since the epoch; owned. */
char *statement_format_time(int64_t seconds);

#endif
