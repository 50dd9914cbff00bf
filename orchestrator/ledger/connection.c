#include "orchestrator/ledger/connection.h"

#include "orchestrator/ledger/chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION_WAL_BYTES "4194304"
#define CONNECTION_ADVICE                                                                                    \
    "; nothing was changed: move " LEDGER_NAME "* out of that folder to keep them, and cupel starts a new "  \
    "ledger; reports and decision refs are still there"

/* Without a checkpoint at close, a damaged file stays as it was found. */
static void connection_keep_wal(struct ledger *ledger, bool keep)
{
    sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)keep, NULL);
}

static void connection_note_damage(struct ledger *ledger)
{
    ledger->damaged = true;
    connection_keep_wal(ledger, true);
    sqlite3_wal_autocheckpoint(ledger->db, 0);
}

int connection_damage(struct ledger *ledger, struct err *err, const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    connection_note_damage(ledger);
    return err_set(err, ERR_SYSTEM, "ledger %s is damaged: %s" CONNECTION_ADVICE, ledger->path, what);
}

int connection_fail(struct ledger *ledger, int result, const char *what, struct err *err)
{
    switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return connection_damage(ledger, err, "%s: %s", what, sqlite3_errstr(result & 0xff));
    case SQLITE_FULL:
        return err_set(err, ERR_SYSTEM, "ledger %s: %s: the disk is full; nothing was written, make room",
                       ledger->path, what);
    case SQLITE_BUSY:
        return err_set(err, ERR_SYSTEM, "ledger %s: %s: another cupel kept it locked for too long",
                       ledger->path, what);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_INVALID, "ledger %s: %s: %s", ledger->path, what, sqlite3_errmsg(ledger->db));
    case SQLITE_NOMEM:
        fputs("cupel: out of memory in the ledger\n", stderr);
        abort();
    default: {
        int number = sqlite3_system_errno(ledger->db);
        return err_set(err, ERR_SYSTEM, "ledger %s: %s: %s%s%s", ledger->path, what,
                       sqlite3_errmsg(ledger->db), number ? ": " : "", number ? strerror(number) : "");
    }
    }
}

int connection_prepare(struct ledger *ledger, const char *sql, sqlite3_stmt **statement, const char *what,
                       struct err *err)
{
    int result = sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return result == SQLITE_OK ? 0 : connection_fail(ledger, result, what, err);
}

int connection_execute(struct ledger *ledger, const char *sql, const char *what, struct err *err)
{
    int result = sqlite3_exec(ledger->db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? 0 : connection_fail(ledger, result, what, err);
}

int connection_read_number(struct ledger *ledger, const char *sql, int64_t *number, const char *what,
                           struct err *err)
{
    sqlite3_stmt *statement cleanup_statement = NULL;
    if (connection_prepare(ledger, sql, &statement, what, err) < 0)
        return err->code;
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW)
        return connection_fail(ledger, result, what, err);
    *number = sqlite3_column_int64(statement, 0);
    return 0;
}

/* A file system without shared memory maps leaves the old mode, and says so in the row alone. */
static int connection_use_wal(struct ledger *ledger, struct err *err)
{
    sqlite3_stmt *statement cleanup_statement = NULL;
    if (connection_prepare(ledger, "PRAGMA journal_mode = WAL", &statement, "open", err) < 0)
        return err->code;
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW)
        return connection_fail(ledger, result, "open", err);
    const char *mode = (const char *)sqlite3_column_text(statement, 0);
    if (!mode || strcmp(mode, "wal") != 0)
        return err_set(err, ERR_SYSTEM,
                       "ledger %s: this file system can't hold a write-ahead log; set XDG_STATE_HOME to a "
                       "folder on a local disk",
                       ledger->path);
    return 0;
}

int connection_open(struct ledger *ledger, int busy_ms, struct err *err)
{
    int result = sqlite3_open_v2(ledger->path, &ledger->db,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    if (result != SQLITE_OK)
        return connection_fail(ledger, result, "open", err);
    sqlite3_extended_result_codes(ledger->db, 1);
    sqlite3_busy_timeout(ledger->db, busy_ms);
    sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    connection_keep_wal(ledger, true); /* until the file is known to be ours */
    return connection_execute(ledger, "PRAGMA cell_size_check = ON", "open", err);
}

int connection_prepare_writing(struct ledger *ledger, struct err *err)
{
    if (connection_use_wal(ledger, err) < 0 ||
        connection_execute(ledger,
                           "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                           "PRAGMA journal_size_limit = " CONNECTION_WAL_BYTES,
                           "open", err) < 0)
        return err->code;
    connection_keep_wal(ledger, false);
    return 0;
}

void connection_close(struct ledger *ledger)
{
    sqlite3_finalize(ledger->insert);
    sqlite3_finalize(ledger->last);
    sqlite3_close(ledger->db);
    ledger->insert = NULL;
    ledger->last = NULL;
    ledger->db = NULL;
}

static bool connection_read_digest(sqlite3_stmt *statement, int column, struct digest *digest)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    if (!bytes || sqlite3_column_bytes(statement, column) != DIGEST_BYTES)
        return false;
    memcpy(digest->bytes, bytes, DIGEST_BYTES);
    return true;
}

static const char *connection_read_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

bool connection_read_row(sqlite3_stmt *statement, struct ledger_row *row)
{
    const char *kind = connection_read_text(statement, 2);
    row->seq = sqlite3_column_int64(statement, 0);
    row->at = connection_read_text(statement, 1);
    row->entry.batch = connection_read_text(statement, 3);
    row->entry.candidate = connection_read_text(statement, 4);
    row->entry.stage = connection_read_text(statement, 5);
    row->entry.subject = connection_read_text(statement, 6);
    row->entry.body = connection_read_text(statement, 7);
    return row->at && row->entry.body && kind && chain_read_kind(kind, &row->entry.kind) &&
           connection_read_digest(statement, 8, &row->previous) &&
           connection_read_digest(statement, 9, &row->digest);
}
