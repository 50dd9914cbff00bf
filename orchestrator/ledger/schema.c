#include "orchestrator/ledger/schema.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/ledger/connection.h"

#include <string.h>

/*
 * Released steps never change: files that had them are out there. INSERT OR REPLACE deletes without firing
 * the delete trigger (recursive_triggers is off by default), which is why the insert trigger wants the next
 * seq and nothing else.
 */
static const char *const schema_steps[SCHEMA_VERSION] = {
    [0] = "CREATE TABLE entries ("
          " seq INTEGER PRIMARY KEY,"
          " at TEXT NOT NULL,"
          " kind TEXT NOT NULL,"
          " batch TEXT,"
          " candidate TEXT,"
          " stage TEXT,"
          " subject TEXT,"
          " body TEXT NOT NULL CHECK (json_valid(body)),"
          " previous BLOB NOT NULL CHECK (length(previous) = 32),"
          " digest BLOB NOT NULL CHECK (length(digest) = 32)"
          ") STRICT;"
          "CREATE TRIGGER entries_only_append BEFORE INSERT ON entries"
          " WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)"
          " OR NEW.previous IS NOT"
          " coalesce((SELECT digest FROM entries ORDER BY seq DESC LIMIT 1), zeroblob(32))"
          " BEGIN SELECT RAISE(ABORT, 'the ledger only grows at its end'); END;"
          "CREATE TRIGGER entries_never_update BEFORE UPDATE ON entries"
          " BEGIN SELECT RAISE(ABORT, 'entries of the ledger never change'); END;"
          "CREATE TRIGGER entries_never_delete BEFORE DELETE ON entries"
          " BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never deleted'); END;",
    /* An index ends in the rowid, which is seq: each of these gives its entries in the chain's order. */
    [1] = "CREATE INDEX entries_of_batch ON entries (batch) WHERE batch IS NOT NULL;"
          "CREATE INDEX entries_of_candidate ON entries (candidate) WHERE candidate IS NOT NULL;"
          "CREATE INDEX entries_of_subject ON entries (subject) WHERE subject IS NOT NULL;"
          "CREATE INDEX entries_of_kind ON entries (kind);",
    /* Entries of kind `pair`. Older ones would take them for damage, and forget what was measured. */
    [2] = "-- their index is entries_of_subject",
};

static const char *const schema_guards[] = {"entries_only_append", "entries_never_update",
                                            "entries_never_delete"};

const char *schema_step(int from)
{
    return schema_steps[from];
}

static int schema_read_version(struct ledger *ledger, int64_t *version, struct err *err)
{
    return connection_read_number(ledger, "PRAGMA user_version", version, "read its version", err);
}

int schema_identify(struct ledger *ledger, struct err *err)
{
    int64_t application = 0;
    int64_t version = 0;
    if (connection_read_number(ledger, "PRAGMA application_id", &application, "read its header", err) < 0 ||
        schema_read_version(ledger, &version, err) < 0)
        return err->code;
    if (application != SCHEMA_APPLICATION || version < 1)
        return err_set(err, ERR_SYSTEM,
                       "%s is a database but no ledger of cupel's; nothing was changed: move it away",
                       ledger->path);
    if (version > SCHEMA_VERSION)
        return err_set(err, ERR_SYSTEM,
                       "ledger %s has version %lld, made by a newer cupel; this one knows versions up to %d: "
                       "use the newer cupel, or another XDG_STATE_HOME",
                       ledger->path, (long long)version, SCHEMA_VERSION);
    return 0;
}

/* The version is read again inside: another cupel may have been quicker. */
static int schema_take_step(struct ledger *ledger, int64_t *version, struct err *err)
{
    if (connection_execute(ledger, "BEGIN IMMEDIATE", "migrate", err) < 0)
        return err->code;
    int status = schema_read_version(ledger, version, err);
    if (status == 0 && *version < SCHEMA_VERSION) {
        cleanup_free char *stamp = memory_format("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                                 SCHEMA_APPLICATION, (int)*version + 1);
        status = connection_execute(ledger, schema_steps[*version], "migrate", err);
        if (status == 0)
            status = connection_execute(ledger, stamp, "migrate", err);
        if (status == 0)
            (*version)++;
    }
    if (status == 0)
        status = connection_execute(ledger, "COMMIT", "migrate", err);
    if (!sqlite3_get_autocommit(ledger->db))
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

int schema_migrate(struct ledger *ledger, struct err *err)
{
    int64_t version = 0;
    if (schema_read_version(ledger, &version, err) < 0)
        return err->code;
    while (version < SCHEMA_VERSION) {
        if (schema_take_step(ledger, &version, err) < 0)
            return err->code;
    }
    return 0;
}

int schema_check(struct ledger *ledger, struct err *err)
{
    for (size_t i = 0; i < sizeof schema_guards / sizeof *schema_guards; i++) {
        cleanup_free char *sql = memory_format(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = '%s'", schema_guards[i]);
        int64_t found = 0;
        if (connection_read_number(ledger, sql, &found, "read its schema", err) < 0)
            return err->code;
        if (found != 1)
            return connection_damage(ledger, err, "its trigger %s is missing", schema_guards[i]);
    }
    return 0;
}
