#include "orchestrator/ledger/ledger.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/connection.h"
#include "orchestrator/ledger/place.h"
#include "orchestrator/ledger/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

static int ledger_fill_new(const char *path, struct err *err)
{
    struct ledger draft = {.path = memory_copy_string(path)};
    int status = connection_open(&draft, LEDGER_BUSY_MS, err);
    if (status == 0)
        status = connection_prepare_writing(&draft, err);
    if (status == 0)
        status = schema_migrate(&draft, err);
    connection_close(&draft);
    free(draft.path);
    return status;
}

static int ledger_check_folder(const char *folder, const struct ledger_options *options, struct err *err)
{
    struct statfs place;
    int failed = options->statfs ? options->statfs(folder, &place) : statfs(folder, &place);
    if (failed < 0)
        return err_set_errno(err, errno, "look at the file system of %s", folder);
    return place_check_file_system(folder, (int64_t)place.f_type, err);
}

static int ledger_connect(struct ledger *ledger, const struct ledger_options *options, struct err *err)
{
    struct ledger_head head;
    if (connection_open(ledger, options->busy_ms ? options->busy_ms : LEDGER_BUSY_MS, err) < 0 ||
        schema_identify(ledger, err) < 0 || connection_prepare_writing(ledger, err) < 0 ||
        schema_migrate(ledger, err) < 0 || schema_check(ledger, err) < 0)
        return err->code;
    return ledger_head(ledger, &head, err);
}

int ledger_open(struct ledger **ledger, const char *state, const struct ledger_options *options,
                struct err *err)
{
    static const struct ledger_options defaults = {0};
    options = options ? options : &defaults;
    cleanup_free char *folder = realpath(state, NULL);
    if (!folder)
        return err_set_errno(err, errno, "state folder %s", state);
    cleanup_free char *path = memory_format("%s/" LEDGER_NAME, folder);
    if (ledger_check_folder(folder, options, err) < 0)
        return err->code;
    int there = place_look(path, err);
    if (there < 0)
        return there;
    if (!there && options->read_only)
        return err_set(err, ERR_NOT_FOUND, "there is no ledger in %s", folder);
    if (!there && place_create(folder, path, ledger_fill_new, err) < 0)
        return err->code;
    struct ledger *opened = MEMORY_NEW(struct ledger);
    opened->path = STEAL(path);
    opened->read_only = options->read_only;
    int status = ledger_connect(opened, options, err);
    if (status < 0)
        ledger_close(opened);
    else
        *ledger = opened;
    return status;
}

void ledger_close(struct ledger *ledger)
{
    if (!ledger)
        return;
    connection_close(ledger);
    free(ledger->path);
    free(ledger);
}

int ledger_head(struct ledger *ledger, struct ledger_head *head, struct err *err)
{
    static const char what[] = "read its last entry";
    struct ledger_row row;
    if (!ledger->last &&
        connection_prepare(ledger, "SELECT " CONNECTION_COLUMNS " FROM entries ORDER BY seq DESC LIMIT 1",
                           &ledger->last, what, err) < 0)
        return err->code;
    int result = sqlite3_step(ledger->last);
    int status = 0;
    *head = (struct ledger_head){0};
    if (result == SQLITE_ROW) {
        struct digest digest;
        bool whole = connection_read_row(ledger->last, &row);
        if (whole)
            digest = chain_digest(&row);
        if (!whole || memcmp(&digest, &row.digest, sizeof digest) != 0)
            status = connection_damage(ledger, err, "its last entry, %lld, does not have its digest",
                                       (long long)sqlite3_column_int64(ledger->last, 0));
        else
            *head = (struct ledger_head){.seq = row.seq, .digest = digest};
    } else if (result != SQLITE_DONE) {
        status = connection_fail(ledger, result, what, err);
    }
    sqlite3_reset(ledger->last);
    return status;
}
