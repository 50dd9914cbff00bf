#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/connection.h"
#include "orchestrator/ledger/stamp.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define APPEND_WHAT "append"

static int append_check_text(const char *name, const char *text, size_t limit, struct err *err)
{
    if (text && strlen(text) > limit)
        return err_set(err, ERR_LIMIT, "the ledger takes a %s of at most %zu bytes", name, limit);
    return 0;
}

static int append_check_entry(const struct ledger_entry *entry, struct err *err)
{
    assert((unsigned)entry->kind < LEDGER_KINDS && entry->body);
    if (append_check_text("batch id", entry->batch, LEDGER_ID_MAX, err) < 0 ||
        append_check_text("candidate id", entry->candidate, LEDGER_ID_MAX, err) < 0 ||
        append_check_text("stage name", entry->stage, LEDGER_ID_MAX, err) < 0 ||
        append_check_text("subject", entry->subject, LEDGER_ID_MAX, err) < 0)
        return err->code;
    return append_check_text("body", entry->body, LEDGER_BODY_MAX, err);
}

static void append_bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC); /* NULL binds NULL */
}

static int append_insert(struct ledger *ledger, const struct ledger_row *row, struct err *err)
{
    sqlite3_stmt *insert = ledger->insert;
    sqlite3_bind_int64(insert, 1, row->seq);
    append_bind_text(insert, 2, row->at);
    append_bind_text(insert, 3, ledger_kind_name(row->entry.kind));
    append_bind_text(insert, 4, row->entry.batch);
    append_bind_text(insert, 5, row->entry.candidate);
    append_bind_text(insert, 6, row->entry.stage);
    append_bind_text(insert, 7, row->entry.subject);
    append_bind_text(insert, 8, row->entry.body);
    sqlite3_bind_blob(insert, 9, row->previous.bytes, DIGEST_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 10, row->digest.bytes, DIGEST_BYTES, SQLITE_STATIC);
    int result = sqlite3_step(insert);
    int status = result == SQLITE_DONE ? 0 : connection_fail(ledger, result, APPEND_WHAT, err);
    sqlite3_reset(insert);
    sqlite3_clear_bindings(insert);
    return status;
}

/* Inside a transaction, behind the entry that is the last one by then. */
static int append_chain(struct ledger *ledger, const struct ledger_entry *entries, size_t count,
                        struct ledger_head *heads, struct err *err)
{
    struct ledger_head last;
    if (ledger_head(ledger, &last, err) < 0)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        char at[STAMP_MAX];
        stamp_now(at);
        struct ledger_row row = {.seq = last.seq + 1, .at = at, .entry = entries[i], .previous = last.digest};
        row.digest = chain_digest(&row);
        if (append_insert(ledger, &row, err) < 0)
            return err->code;
        last = (struct ledger_head){.seq = row.seq, .digest = row.digest};
        if (heads)
            heads[i] = last;
    }
    return 0;
}

static int append_prepare(struct ledger *ledger, struct err *err)
{
    if (ledger->damaged)
        return err_set(err, ERR_SYSTEM, "ledger %s is damaged: nothing is appended to it", ledger->path);
    if (ledger->read_only)
        return err_set(err, ERR_INVALID, "ledger %s is open for reading", ledger->path);
    if (ledger->insert)
        return 0;
    return connection_prepare(ledger,
                              "INSERT INTO entries (" CONNECTION_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?)",
                              &ledger->insert, APPEND_WHAT, err);
}

int ledger_append(struct ledger *ledger, const struct ledger_entry *entries, size_t count,
                  struct ledger_head *heads, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (append_check_entry(&entries[i], err) < 0)
            return err->code;
    }
    if (append_prepare(ledger, err) < 0 ||
        connection_execute(ledger, "BEGIN IMMEDIATE", APPEND_WHAT, err) < 0)
        return err->code;
    int status = append_chain(ledger, entries, count, heads, err);
    if (status == 0)
        status = connection_execute(ledger, "COMMIT", APPEND_WHAT, err);
    /* Some failures roll back by themselves. */
    if (!sqlite3_get_autocommit(ledger->db))
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
