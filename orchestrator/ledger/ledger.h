/*
 * The ledger: what cupel found and what people decided, one row an event, append-only and hash-chained, in
 * `<state>/ledger.sqlite` (SQLite: WAL, STRICT, synchronous=FULL). An entry that ledger_append() took
 * survives a killed process and a power cut. See docs/ledger.md.
 *
 * A `struct ledger` is one connection: one thread at a time. Several may be open at once, in one process or
 * in many; readers never wait for a writer.
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_LEDGER_H
#define CUPEL_ORCHESTRATOR_LEDGER_LEDGER_H

#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct statfs;
struct ledger;

#define LEDGER_NAME     "ledger.sqlite"
#define LEDGER_BODY_MAX ((size_t)64 << 20) /* bytes of an entry's body */
#define LEDGER_ID_MAX   256                /* bytes of batch, candidate, stage and subject each */

enum ledger_kind {
    LEDGER_BATCH,     /* a batch or a single evaluation began: base, sources, configuration, policy, family */
    LEDGER_CANDIDATE, /* a candidate is known: name, patch digest, resulting tree */
    LEDGER_STAGE,     /* a stage ended: its evidence */
    LEDGER_VERDICT,   /* a report was written; subject: its digest */
    LEDGER_DECISION,  /* a signed statement; subject: the digest of the report it decides on */
    LEDGER_GC,        /* what was removed from the caches */
    LEDGER_NOTE,      /* whatever a person should find later */
    LEDGER_PAIR,      /* a pair of timed runs; subject: digest of the two trees that they are of */
};
#define LEDGER_KINDS          8
#define LEDGER_KIND_BIT(kind) (1u << (kind))

/* "batch", "candidate", …: as stored. */
const char *ledger_kind_name(enum ledger_kind kind);

/* What a caller says. Strings are NUL-terminated UTF-8 and borrowed; NULL where an entry has none. */
struct ledger_entry {
    enum ledger_kind kind;
    const char *batch;     /* id of the batch or evaluation */
    const char *candidate; /* id of the candidate */
    const char *stage;     /* the stage's name */
    const char *subject;   /* digest that the entry is looked up by: of a report, or of what was evaluated */
    const char *body;      /* canonical JSON text (RFC 8785); never NULL */
};

/* An entry as stored. Everything is borrowed until the visitor returns. */
struct ledger_row {
    int64_t seq;               /* 1, 2, 3, … without a gap */
    const char *at;            /* RFC 3339, UTC, milliseconds: the clock when it was appended */
    struct ledger_entry entry; /* as it was given */
    struct digest previous;    /* digest of entry seq - 1; zeros before the first */
    struct digest digest;      /* of all the above, see chain.h */
};

/* The end of the chain; seq 0 and zeros while it is empty. */
struct ledger_head {
    int64_t seq;
    struct digest digest;
};

struct ledger_options {
    bool read_only; /* the ledger must be there (ERR_NOT_FOUND); ledger_append() is refused */
    int busy_ms;    /* how long to wait for another process's commit; 0: LEDGER_BUSY_MS */
    int (*statfs)(const char *path, struct statfs *out); /* NULL: statfs(2) */
};
#define LEDGER_BUSY_MS 15000

/*
 * Opens `<state>/ledger.sqlite`; makes it (mode 0600) where there is none, migrates an older one, recovers
 * what a killed process left. `state` must exist. Options may be NULL.
 *
 * ERR_SYSTEM, and nothing is changed, for a network file system, a damaged or foreign file, and one of a
 * newer cupel; the message says what to do.
 */
WARN_UNUSED int ledger_open(struct ledger **ledger, const char *state, const struct ledger_options *options,
                            struct err *err);
/* NULL is fine. */
void ledger_close(struct ledger *ledger);

/*
 * Appends all of the entries, in this order and one after the other, in one transaction that is durable on
 * return; or none. `heads` (may be NULL) has room for `count`: seq and digest of each. ERR_INVALID (a body
 * that is no JSON) and ERR_LIMIT are the caller's fault; ERR_SYSTEM (a full disk, an I/O error, a ledger that
 * stays locked) is worth a retry. Where the disk itself fails while the entries are being synced, they may
 * still be there after a crash: an error means "not known to be durable".
 */
WARN_UNUSED int ledger_append(struct ledger *ledger, const struct ledger_entry *entries, size_t count,
                              struct ledger_head *heads, struct err *err);

/* Which entries; a zeroed one means all. Strings are borrowed for the call. */
struct ledger_query {
    unsigned kinds;        /* set of LEDGER_KIND_BIT(); 0: any */
    const char *batch;     /* NULL: any */
    const char *candidate; /* NULL: any */
    const char *stage;     /* NULL: any */
    const char *subject;   /* NULL: any */
    int64_t after;         /* only entries behind this seq */
    int64_t limit;         /* at most so many; 0: all */
    bool newest_first;     /* else in the order of the chain */
};

/*
 * Shows each entry to `visit` until it returns other than 0: a negative code with *err filled, or a positive
 * number of its own, which ledger_each() returns. One snapshot, whatever is appended meanwhile; memory does
 * not grow with the number of entries. Each row's own digest is checked before it is shown (ERR_SYSTEM).
 * `visit` may not append by this connection.
 */
WARN_UNUSED int ledger_each(struct ledger *ledger, const struct ledger_query *query,
                            int (*visit)(const struct ledger_row *row, void *data, struct err *err),
                            void *data, struct err *err);

WARN_UNUSED int ledger_head(struct ledger *ledger, struct ledger_head *head, struct err *err);

/*
 * Walks the whole chain and SQLite's own structure. 0 and the head (may be NULL), or ERR_SYSTEM with *broken
 * (may be NULL) the first seq that is wrong, 0 when no single entry is, and the message saying how.
 */
WARN_UNUSED int ledger_verify(struct ledger *ledger, struct ledger_head *head, int64_t *broken,
                              struct err *err);

#endif
