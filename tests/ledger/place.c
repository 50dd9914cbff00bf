#include "tests/ledger/place.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int place_make(void **state)
{
    struct place *place = MEMORY_NEW(struct place);
    strcpy(place->folder, "/tmp/cupel-ledger-XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    snprintf(place->file, sizeof place->file, "%s/" LEDGER_NAME, place->folder);
    *state = place;
    return 0;
}

int place_remove(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    int status = folder_remove(place->folder, &err);
    free(place);
    return status;
}

struct ledger *place_open(const struct place *place)
{
    struct ledger *ledger = NULL;
    struct err err = {0};
    if (ledger_open(&ledger, place->folder, NULL, &err) < 0)
        fail_msg("%s", err.message);
    return ledger;
}

void place_refuses(const struct place *place, const struct ledger_options *options, int code,
                   const char *words)
{
    struct ledger *ledger = NULL;
    struct err err = {0};
    assert_int_equal(code, ledger_open(&ledger, place->folder, options, &err));
    assert_null(ledger);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, err.message);
}

void place_fill(struct ledger *ledger, int count, size_t size)
{
    struct err err = {0};
    struct ledger_entry *entries = memory_resize(NULL, (size_t)count, sizeof *entries);
    char *body = memory_zeroed(size + 16);
    memset(body, 'x', size + 8);
    memcpy(body, "{\"text\":\"", 9);
    memcpy(body + size + 8, "\"}", 2);
    for (int i = 0; i < count; i++)
        entries[i] = (struct ledger_entry){
            .kind = LEDGER_STAGE, .batch = "b1", .candidate = "c1", .stage = "build", .body = body};
    if (ledger_append(ledger, entries, (size_t)count, NULL, &err) < 0)
        fail_msg("%s", err.message);
    free(entries);
    free(body);
}

const char *place_tamper(const struct place *place, const char *sql)
{
    static char message[256];
    sqlite3 *db = NULL;
    char *error = NULL;
    assert_int_equal(SQLITE_OK, sqlite3_open(place->file, &db));
    sqlite3_exec(db, sql, NULL, NULL, &error);
    snprintf(message, sizeof message, "%s", error ? error : "");
    sqlite3_free(error);
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    return message;
}

static int place_keep_guard(void *data, int columns, char **values, char **names)
{
    (void)columns;
    (void)names;
    text_printf(data, "%s;", values[0]);
    return 0;
}

void place_forge(const struct place *place, const char *sql)
{
    struct text script cleanup_text = {0};
    sqlite3 *db = NULL;
    text_printf(&script,
                "DROP TRIGGER entries_only_append; DROP TRIGGER entries_never_update;"
                "DROP TRIGGER entries_never_delete; %s;",
                sql);
    assert_int_equal(SQLITE_OK, sqlite3_open(place->file, &db));
    sqlite3_exec(db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'", place_keep_guard, &script, NULL);
    assert_int_equal(SQLITE_OK, sqlite3_exec(db, text_string(&script), NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
}

void place_hold(const struct place *place, int ready, int finish)
{
    sqlite3 *db = NULL;
    char byte = 'x';
    if (sqlite3_open(place->file, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK || write(ready, &byte, 1) != 1 ||
        read(finish, &byte, 1) != 1)
        _exit(1);
    sqlite3_close(db);
    _exit(0);
}

static int place_count_row(const struct ledger_row *row, void *data, struct err *err)
{
    (void)row;
    (void)err;
    ++*(int64_t *)data;
    return 0;
}

int64_t place_try_count(struct ledger *ledger, const struct ledger_query *query, struct err *err)
{
    int64_t count = 0;
    int status = ledger_each(ledger, query, place_count_row, &count, err);
    return status < 0 ? status : count;
}

int64_t place_count(struct ledger *ledger, const struct ledger_query *query)
{
    struct err err = {0};
    int64_t count = place_try_count(ledger, query, &err);
    if (count < 0)
        fail_msg("%s", err.message);
    return count;
}
