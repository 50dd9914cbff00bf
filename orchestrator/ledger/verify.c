#include "orchestrator/ledger/verify.h"

#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/connection.h"
#include "orchestrator/ledger/schema.h"

#include <string.h>

/* The entry must follow *head, which moves on to it. */
static int verify_entry(struct ledger *ledger, const struct ledger_row *row, struct ledger_head *head,
                        struct err *err)
{
    const long long expected = (long long)head->seq + 1;
    if (row->seq != expected)
        return connection_damage(ledger, err, "entry %lld is missing: %lld stands in its place", expected,
                                 (long long)row->seq);
    if (memcmp(&row->previous, &head->digest, sizeof head->digest) != 0)
        return connection_damage(ledger, err,
                                 "entry %lld does not follow entry %lld: it was written behind another one",
                                 expected, expected - 1);
    struct digest digest = chain_digest(row);
    if (memcmp(&row->digest, &digest, sizeof digest) != 0)
        return connection_damage(ledger, err, "entry %lld was changed: its digest is not that of its content",
                                 expected);
    *head = (struct ledger_head){.seq = row->seq, .digest = digest};
    return 0;
}

static int verify_step(struct ledger *ledger, sqlite3_stmt *statement, struct ledger_head *head,
                       struct err *err)
{
    struct ledger_row row;
    const long long expected = (long long)head->seq + 1;
    int result = sqlite3_step(statement);
    if (result == SQLITE_DONE)
        return 0;
    if ((result & 0xff) == SQLITE_CORRUPT)
        return connection_damage(ledger, err, "entry %lld and what follows can't be read: %s", expected,
                                 sqlite3_errmsg(ledger->db));
    if (result != SQLITE_ROW)
        return connection_fail(ledger, result, "verify", err);
    if (!connection_read_row(statement, &row))
        return connection_damage(ledger, err, "entry %lld was changed: it is no entry any more", expected);
    int status = verify_entry(ledger, &row, head, err);
    return status < 0 ? status : 1;
}

/* The chain alone leaves out what hangs beside it: indices, free pages. */
static int verify_structure(struct ledger *ledger, struct err *err)
{
    sqlite3_stmt *statement cleanup_statement = NULL;
    if (connection_prepare(ledger, "PRAGMA integrity_check(1)", &statement, "verify", err) < 0)
        return err->code;
    int result = sqlite3_step(statement);
    if (result != SQLITE_ROW)
        return connection_fail(ledger, result, "verify", err);
    const char *found = (const char *)sqlite3_column_text(statement, 0);
    if (found && strcmp(found, "ok") == 0)
        return 0;
    return connection_damage(ledger, err, "every entry is whole, but not the file around them: %.300s",
                             found ? found : "?");
}

int verify_until(struct ledger *ledger, int64_t wanted, struct digest *digest, struct ledger_head *head,
                 int64_t *broken, struct err *err)
{
    sqlite3_stmt *statement cleanup_statement = NULL;
    int status = 1;
    *head = (struct ledger_head){0};
    *broken = 0;
    if (schema_check(ledger, err) < 0 ||
        connection_prepare(ledger, "SELECT " CONNECTION_COLUMNS " FROM entries ORDER BY seq", &statement,
                           "verify", err) < 0)
        return err->code;
    while (status > 0) {
        if (head->seq == wanted)
            *digest = head->digest;
        status = verify_step(ledger, statement, head, err);
    }
    if (status < 0) {
        *broken = head->seq + 1;
        return status;
    }
    return verify_structure(ledger, err);
}

int ledger_verify(struct ledger *ledger, struct ledger_head *head, int64_t *broken, struct err *err)
{
    struct ledger_head end;
    struct digest none;
    int64_t first = 0;
    int status = verify_until(ledger, -1, &none, &end, &first, err);
    if (status == 0 && head)
        *head = end;
    if (broken)
        *broken = first;
    return status;
}
