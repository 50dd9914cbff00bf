/* The ledger's everyday: what is appended is there in order,
 * nothing else can be done to it, old files migrate. */
#include "base/memory.h"
#include "orchestrator/ledger/chain.h"
#include "orchestrator/ledger/schema.h"
#include "tests/ledger/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ledger_entry story[] = {
    {.kind = LEDGER_BATCH, .batch = "b1", .body = "{\"base\":\"abc\"}"},
    {.kind = LEDGER_CANDIDATE, .batch = "b1", .candidate = "c1", .body = "{\"name\":\"one\"}"},
    {.kind = LEDGER_CANDIDATE, .batch = "b1", .candidate = "c2", .body = "{\"name\":\"two\"}"},
    {.kind = LEDGER_STAGE, .batch = "b1", .candidate = "c1", .stage = "build", .body = "{}"},
    {.kind = LEDGER_STAGE, .batch = "b1", .candidate = "c2", .stage = "build", .body = "{}"},
    {.kind = LEDGER_STAGE, .batch = "b1", .candidate = "c1", .stage = "tests", .body = "{}"},
    {.kind = LEDGER_VERDICT,
     .batch = "b1",
     .candidate = "c1",
     .subject = "d1",
     .body = "{\"report\":\"r1\"}"},
    {.kind = LEDGER_BATCH, .batch = "b2", .body = "{}"},
    {.kind = LEDGER_DECISION, .subject = "d1", .body = "{\"decision\":\"approve\"}"},
    {.kind = LEDGER_NOTE, .body = "\"\\u0001 \xc3\xa9 text\""},
};
#define STORY_COUNT (sizeof story / sizeof *story)

static void tell_story(struct ledger *ledger, struct ledger_head *heads)
{
    struct err err = {0};
    assert_int_equal(0, ledger_append(ledger, story, STORY_COUNT, heads, &err));
}

struct seen {
    char seqs[64];           /* "1 2 3 " */
    struct ledger_head head; /* of the last row */
    int stop_after;          /* rows; 0: never */
    int rows;
};

static int see(const struct ledger_row *row, void *data, struct err *err)
{
    struct seen *seen = data;
    (void)err;
    const struct ledger_entry *told = &story[row->seq - 1];
    assert_int_equal(told->kind, row->entry.kind);
    assert_string_equal(told->body, row->entry.body);
    assert_string_equal(told->batch ? told->batch : "-", row->entry.batch ? row->entry.batch : "-");
    assert_string_equal(told->candidate ? told->candidate : "-",
                        row->entry.candidate ? row->entry.candidate : "-");
    assert_string_equal(told->stage ? told->stage : "-", row->entry.stage ? row->entry.stage : "-");
    assert_string_equal(told->subject ? told->subject : "-", row->entry.subject ? row->entry.subject : "-");
    assert_int_equal(24, strlen(row->at));
    assert_int_equal('Z', row->at[23]);
    size_t used = strlen(seen->seqs);
    snprintf(seen->seqs + used, sizeof seen->seqs - used, "%d ", (int)row->seq);
    seen->head = (struct ledger_head){.seq = row->seq, .digest = row->digest};
    return ++seen->rows == seen->stop_after ? 7 : 0;
}

static void keeps_what_was_appended_over_a_restart(void **state)
{
    struct err err = {0};
    struct stat status;
    struct ledger_head heads[STORY_COUNT];
    struct ledger_head head;
    struct seen seen = {0};
    struct ledger *ledger = place_open(*state);
    assert_int_equal(0, ledger_head(ledger, &head, &err));
    assert_int_equal(0, head.seq);
    tell_story(ledger, heads);
    ledger_close(ledger);
    assert_int_equal(0, stat(((struct place *)*state)->file, &status));
    assert_int_equal(0600, status.st_mode & 0777);
    ledger = place_open(*state);
    assert_int_equal(0, ledger_each(ledger, &(struct ledger_query){0}, see, &seen, &err));
    assert_string_equal("1 2 3 4 5 6 7 8 9 10 ", seen.seqs);
    assert_memory_equal(&heads[STORY_COUNT - 1], &seen.head, sizeof head);
    assert_int_equal(0, ledger_verify(ledger, &head, NULL, &err));
    assert_memory_equal(&heads[STORY_COUNT - 1], &head, sizeof head);
    ledger_close(ledger);
}

static void finds_entries_by_what_they_are_about(void **state)
{
    static const struct {
        struct ledger_query query;
        const char *seqs;
    } cases[] = {
        {{.batch = "b1"}, "1 2 3 4 5 6 7 "},
        {{.batch = "b1", .kinds = LEDGER_KIND_BIT(LEDGER_CANDIDATE)}, "2 3 "},
        {{.candidate = "c1", .kinds = LEDGER_KIND_BIT(LEDGER_STAGE)}, "4 6 "},
        {{.candidate = "c1", .batch = "b1", .stage = "tests"}, "6 "},
        {{.candidate = "c1", .batch = "b2"}, ""},
        {{.subject = "d1", .kinds = LEDGER_KIND_BIT(LEDGER_DECISION)}, "9 "},
        {{.subject = "d1"}, "7 9 "},
        {{.kinds = LEDGER_KIND_BIT(LEDGER_BATCH), .newest_first = true, .limit = 1}, "8 "},
        {{.kinds = LEDGER_KIND_BIT(LEDGER_BATCH) | LEDGER_KIND_BIT(LEDGER_NOTE)}, "1 8 10 "},
        {{.after = 8}, "9 10 "},
        {{.after = 2, .limit = 3, .batch = "b1"}, "3 4 5 "},
        {{.batch = "b3"}, ""},
        {{.stage = "build", .newest_first = true}, "5 4 "},
    };
    struct err err = {0};
    struct ledger *ledger = place_open(*state);
    tell_story(ledger, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct seen seen = {0};
        assert_int_equal(0, ledger_each(ledger, &cases[i].query, see, &seen, &err));
        assert_string_equal(cases[i].seqs, seen.seqs);
    }
    struct seen seen = {.stop_after = 3};
    assert_int_equal(7, ledger_each(ledger, &(struct ledger_query){0}, see, &seen, &err));
    assert_string_equal("1 2 3 ", seen.seqs);
    ledger_close(ledger);
}

static void refuses_everything_but_growth(void **state)
{
    static const struct {
        const char *sql, *error;
    } cases[] = {
        {"UPDATE entries SET body = '{}' WHERE seq = 1", "entries of the ledger never change"},
        {"DELETE FROM entries WHERE seq = 1", "entries of the ledger are never deleted"},
        {"DELETE FROM entries", "entries of the ledger are never deleted"},
        {"INSERT OR REPLACE INTO entries SELECT 3, at, kind, batch, candidate, stage, subject, '[]', "
         "previous, digest FROM entries WHERE seq = 3",
         "the ledger only grows at its end"},
        {"INSERT OR IGNORE INTO entries SELECT 12, at, kind, batch, candidate, stage, subject, body, digest,"
         " digest FROM entries WHERE seq = 10",
         "the ledger only grows at its end"},
        {"INSERT INTO entries SELECT 11, at, kind, batch, candidate, stage, subject, body, previous, digest"
         " FROM entries WHERE seq = 10",
         "the ledger only grows at its end"},
    };
    struct err err = {0};
    struct ledger *ledger = place_open(*state);
    tell_story(ledger, NULL);
    ledger_close(ledger);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cases[i].error, place_tamper(*state, cases[i].sql));
    ledger = place_open(*state);
    assert_int_equal(0, ledger_verify(ledger, NULL, NULL, &err));
    assert_int_equal(STORY_COUNT, place_count(ledger, &(struct ledger_query){0}));
    ledger_close(ledger);
}

static void refuses_entries_that_are_none_and_keeps_their_company_out(void **state)
{
    struct err err = {0};
    struct ledger *ledger = place_open(*state);
    struct ledger_entry entries[2] = {story[0], {.kind = LEDGER_NOTE, .body = "{\"open\":"}};
    assert_int_equal(ERR_INVALID, ledger_append(ledger, entries, 2, NULL, &err));
    assert_non_null(strstr(err.message, "CHECK constraint failed: json_valid(body)"));
    char *name = memory_zeroed(LEDGER_ID_MAX + 2);
    memset(name, 'n', LEDGER_ID_MAX + 1);
    entries[1] = (struct ledger_entry){.kind = LEDGER_NOTE, .batch = name, .body = "{}"};
    assert_int_equal(ERR_LIMIT, ledger_append(ledger, entries, 2, NULL, &err));
    assert_string_equal("the ledger takes a batch id of at most 256 bytes", err.message);
    assert_int_equal(0, place_count(ledger, &(struct ledger_query){0}));
    name[LEDGER_ID_MAX] = '\0';
    assert_int_equal(0, ledger_append(ledger, entries, 2, NULL, &err));
    assert_int_equal(2, place_count(ledger, &(struct ledger_query){0}));
    free(name);
    ledger_close(ledger);
}

/* Two fields that only differ in where one ends, or in being absent, are different entries. */
static void digests_no_two_entries_alike(void **state)
{
    (void)state;
    static const struct ledger_row rows[] = {
        {.seq = 1, .at = "t", .entry = {.batch = "ab", .candidate = "c", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.batch = "a", .candidate = "bc", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.batch = "abc", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.candidate = "abc", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.batch = "", .candidate = "abc", .body = "{}"}},
        {.seq = 256, .at = "t", .entry = {.batch = "abc", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.kind = LEDGER_NOTE, .batch = "abc", .body = "{}"}},
        {.seq = 1, .at = "t", .entry = {.batch = "abc", .body = "{} "}},
        {.seq = 1, .at = "t", .entry = {.batch = "abc", .body = "{}"}, .previous = {{1}}},
    };
    const size_t count = sizeof rows / sizeof *rows;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            struct digest a = chain_digest(&rows[i]);
            struct digest b = chain_digest(&rows[j]);
            assert_memory_not_equal(&a, &b, sizeof a);
        }
    }
    /* The encoding is a promise to checkpoints that lie elsewhere; computed apart from this code. */
    char hex[DIGEST_HEX];
    struct digest first = chain_digest(&rows[0]);
    digest_to_hex(&first, hex);
    assert_string_equal("6e89baab624fb3b32b5d61dfef38950fe248378e02cfa1a25a0a2500c7f5f171", hex);
}

static void reads_while_another_writes(void **state)
{
    struct err err = {0};
    const struct ledger_options options = {.read_only = true};
    struct ledger *reader = NULL;
    place_refuses(*state, &options, ERR_NOT_FOUND, "there is no ledger in /tmp/cupel-ledger-");
    struct ledger *ledger = place_open(*state);
    assert_int_equal(0, ledger_open(&reader, ((struct place *)*state)->folder, &options, &err));
    tell_story(ledger, NULL);
    assert_int_equal(STORY_COUNT, place_count(reader, &(struct ledger_query){0}));
    assert_int_equal(ERR_INVALID, ledger_append(reader, story, 1, NULL, &err));
    assert_non_null(strstr(err.message, "is open for reading"));
    ledger_close(reader);
    ledger_close(ledger);
}

/* A file as a cupel of that version left it, with one entry. */
static void make_version(const struct place *place, int version)
{
    assert_string_equal("", place_tamper(place, "PRAGMA journal_mode = WAL"));
    for (int from = 0; from < version; from++)
        assert_string_equal("", place_tamper(place, schema_step(from)));
    char *stamp =
        memory_format("PRAGMA application_id = %d; PRAGMA user_version = %d", SCHEMA_APPLICATION, version);
    assert_string_equal("", place_tamper(place, stamp));
    free(stamp);
    struct ledger_row row = {.seq = 1, .at = "2026-03-01T10:00:00.000Z", .entry = story[0]};
    char hex[DIGEST_HEX];
    struct digest digest = chain_digest(&row);
    digest_to_hex(&digest, hex);
    char *insert = memory_format("INSERT INTO entries (seq, at, kind, batch, body, previous, digest) VALUES"
                                 " (1, '%s', 'batch', 'b1', '%s', zeroblob(32), x'%s')",
                                 row.at, row.entry.body, hex);
    assert_string_equal("", place_tamper(place, insert));
    free(insert);
}

static void migrates_every_older_version(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    for (int version = 1; version <= SCHEMA_VERSION; version++) {
        unlink(place->file);
        make_version(place, version);
        struct ledger *ledger = place_open(place);
        assert_int_equal(1, place_count(ledger, &(struct ledger_query){.batch = "b1"}));
        assert_int_equal(0, ledger_append(ledger, story + 1, STORY_COUNT - 1, NULL, &err));
        assert_int_equal(0, ledger_verify(ledger, NULL, NULL, &err));
        ledger_close(ledger);
        assert_string_equal("", place_tamper(place, "SELECT 1 FROM entries INDEXED BY entries_of_kind"
                                                    " WHERE kind = 'note'"));
    }
}

static void refuses_what_it_does_not_know(void **state)
{
    struct place *place = *state;
    struct ledger *ledger = place_open(place);
    ledger_close(ledger);
    assert_string_equal("", place_tamper(place, "PRAGMA user_version = 4"));
    place_refuses(
        place, NULL, ERR_SYSTEM,
        "has version 4, made by a newer cupel; this one knows versions up to 3: use the newer cupel, "
        "or another XDG_STATE_HOME");
    unlink(place->file);
    assert_string_equal("", place_tamper(place, "CREATE TABLE songs (name TEXT)"));
    place_refuses(place, NULL, ERR_SYSTEM,
                  "is a database but no ledger of cupel's; nothing was changed: move it away");
    assert_string_equal("", place_tamper(place, "SELECT name FROM songs"));
    unlink(place->file);
    assert_int_equal(0, mkdir(place->file, 0700));
    place_refuses(place, NULL, ERR_SYSTEM, "is no regular file: move it away");
}

static long pretended; /* magic that the next statfs() tells */

static int pretend_statfs(const char *path, struct statfs *out)
{
    (void)path;
    *out = (struct statfs){0};
    out->f_type = pretended;
    return 0;
}

static void refuses_network_file_systems_alone(void **state)
{
    static const struct {
        long magic;
        const char *name;
    } cases[] = {
        {0x6969, "(NFS)"},    {(long)0xff534d42, "(CIFS)"},          {(long)(int)0xfe534d42, "(SMB)"},
        {0x01021997, "(9p)"}, {0x65735546, "(FUSE, such as sshfs)"},
    };
    const struct ledger_options options = {.statfs = pretend_statfs};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pretended = cases[i].magic;
        char *line = memory_format("the ledger can't be kept in %s: it is on a network file system %s, where "
                                   "locks don't hold; set XDG_STATE_HOME to a folder on a local disk",
                                   place->folder, cases[i].name);
        place_refuses(place, &options, ERR_SYSTEM, line);
        assert_int_equal(-1, access(place->file, F_OK));
        free(line);
    }
    struct ledger *ledger = NULL;
    struct err err = {0};
    pretended = 0xef53; /* ext4 */
    assert_int_equal(0, ledger_open(&ledger, place->folder, &options, &err));
    ledger_close(ledger);
}

/* Each process opens (one of them makes the file) and appends one by one; the chain must not fork. */
static void several_processes_append_at_once(void **state)
{
    enum { PROCESSES = 4, ENTRIES = 50 };
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct ledger *ledger = NULL;
            struct err err = {0};
            int status = ledger_open(&ledger, ((struct place *)*state)->folder, NULL, &err);
            for (int j = 0; j < ENTRIES && status == 0; j++)
                status = ledger_append(ledger, story, 2, NULL, &err);
            if (status < 0)
                fprintf(stderr, "%s\n", err.message);
            ledger_close(ledger);
            _exit(status < 0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(children[i], waitpid(children[i], &status, 0));
        assert_int_equal(0, status);
    }
    struct err err = {0};
    struct ledger_head head;
    struct ledger *ledger = place_open(*state);
    assert_int_equal(0, ledger_verify(ledger, &head, NULL, &err));
    assert_int_equal(PROCESSES * ENTRIES * 2, head.seq);
    ledger_close(ledger);
}

/* Another connection's transaction is waited for, and a person is told when it takes too long. */
static void says_when_it_stays_locked(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    const struct ledger_options hasty = {.busy_ms = 20};
    struct ledger *ledger = NULL;
    assert_int_equal(0, ledger_open(&ledger, place->folder, &hasty, &err));
    int ready[2];
    int finish[2];
    assert_int_equal(0, pipe(ready));
    assert_int_equal(0, pipe(finish));
    pid_t child = fork();
    if (child == 0) {
        close(finish[1]);
        place_hold(place, ready[1], finish[0]);
    }
    char byte;
    assert_int_equal(1, read(ready[0], &byte, 1));
    assert_int_equal(ERR_SYSTEM, ledger_append(ledger, story, 1, NULL, &err));
    assert_non_null(strstr(err.message, "append: another cupel kept it locked for too long"));
    assert_int_equal(1, write(finish[1], "x", 1));
    close(finish[1]);
    assert_int_equal(child, waitpid(child, NULL, 0));
    assert_int_equal(0, ledger_append(ledger, story, 1, NULL, &err));
    ledger_close(ledger);
    close(ready[0]);
    close(ready[1]);
    close(finish[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_what_was_appended_over_a_restart, place_make, place_remove),
        cmocka_unit_test_setup_teardown(finds_entries_by_what_they_are_about, place_make, place_remove),
        cmocka_unit_test_setup_teardown(refuses_everything_but_growth, place_make, place_remove),
        cmocka_unit_test_setup_teardown(refuses_entries_that_are_none_and_keeps_their_company_out, place_make,
                                        place_remove),
        cmocka_unit_test(digests_no_two_entries_alike),
        cmocka_unit_test_setup_teardown(reads_while_another_writes, place_make, place_remove),
        cmocka_unit_test_setup_teardown(migrates_every_older_version, place_make, place_remove),
        cmocka_unit_test_setup_teardown(refuses_what_it_does_not_know, place_make, place_remove),
        cmocka_unit_test_setup_teardown(refuses_network_file_systems_alone, place_make, place_remove),
        cmocka_unit_test_setup_teardown(several_processes_append_at_once, place_make, place_remove),
        cmocka_unit_test_setup_teardown(says_when_it_stays_locked, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
