/*
 * The SQLite connection behind a ledger: statements, and SQLite's results as errors of ours. For the rooms of
 * the ledger alone.
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_CONNECTION_H
#define CUPEL_ORCHESTRATOR_LEDGER_CONNECTION_H

#include "orchestrator/ledger/ledger.h"

#include <sqlite3.h>

struct ledger {
    sqlite3 *db;          /* owned */
    char *path;           /* of the file; owned */
    sqlite3_stmt *insert; /* owned; NULL until the first append */
    sqlite3_stmt *last;   /* seq and digest of the last entry; owned; NULL until it is wanted */
    bool read_only;       /* as opened */
    bool damaged;         /* damage was seen: nothing is written any more, not even a checkpoint */
};

static inline void connection_cleanup_statement(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define cleanup_statement __attribute__((cleanup(connection_cleanup_statement)))

/* Opens the file at ledger->path, which must be there, for reading: nothing is written yet. */
WARN_UNUSED int connection_open(struct ledger *ledger, int busy_ms, struct err *err);
/* Sets up what writing needs, on a file that is known to be a ledger. */
WARN_UNUSED int connection_prepare_writing(struct ledger *ledger, struct err *err);
void connection_close(struct ledger *ledger);

/*
 * The error of a failed call: ERR_SYSTEM and "ledger <path>: <what>: <why and what to do>". Damage is
 * remembered in ledger->damaged.
 */
int connection_fail(struct ledger *ledger, int result, const char *what, struct err *err);
/* Damage that we found and SQLite did not; ERR_SYSTEM, with the same advice. */
int connection_damage(struct ledger *ledger, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

WARN_UNUSED int connection_execute(struct ledger *ledger, const char *sql, const char *what, struct err *err);
WARN_UNUSED int connection_prepare(struct ledger *ledger, const char *sql, sqlite3_stmt **statement,
                                   const char *what, struct err *err);
/* The first column of the only row. */
WARN_UNUSED int connection_read_number(struct ledger *ledger, const char *sql, int64_t *number,
                                       const char *what, struct err *err);

/* Columns of a SELECT that connection_read_row() takes. */
#define CONNECTION_COLUMNS "seq, at, kind, batch, candidate, stage, subject, body, previous, digest"
/* The row that the statement stands on, borrowed from it. False where a column can't be one of ours. */
bool connection_read_row(sqlite3_stmt *statement, struct ledger_row *row);

#endif
