/* Torn, flipped, forged and cut ledgers: each is found, told of, and left as it is. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/ledger/checkpoint.h"
#include "tests/ledger/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTRIES    200
#define PAGE_BYTES 4096
#define FILE_MAX   ((size_t)64 << 20)

struct image {
    char *bytes; /* of a file; owned */
    size_t length;
};

static struct image image_read(const char *path)
{
    struct image image = {0};
    struct err err = {0};
    if (folder_read_file(path, FILE_MAX, &image.bytes, &image.length, &err) < 0)
        fail_msg("%s", err.message);
    return image;
}

static void image_write(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(length, fwrite(bytes, 1, length, file));
    assert_int_equal(0, fclose(file));
}

/* A whole ledger, closed, and its head. */
static struct image make_whole(const struct place *place, struct ledger_head *head)
{
    struct err err = {0};
    struct ledger *ledger = place_open(place);
    place_fill(ledger, ENTRIES, 300);
    assert_int_equal(0, ledger_head(ledger, head, &err));
    ledger_close(ledger);
    return image_read(place->file);
}

/* What opening and verifying the file says; "" when all is well, and then the head is the one that was. */
static struct err examine(const struct place *place, const struct ledger_head *expected)
{
    struct err err = {0};
    struct ledger *ledger = NULL;
    struct ledger_head head = {0};
    if (ledger_open(&ledger, place->folder, NULL, &err) == 0 && ledger_verify(ledger, &head, NULL, &err) == 0)
        assert_memory_equal(expected, &head, sizeof head);
    if (ledger && err.code < 0) {
        struct err refused = {0};
        struct ledger_entry note = {.kind = LEDGER_NOTE, .body = "{}"};
        assert_int_equal(ERR_SYSTEM, ledger_append(ledger, &note, 1, NULL, &refused));
    }
    ledger_close(ledger);
    if (err.code < 0)
        assert_int_equal(ERR_SYSTEM, err.code);
    return err;
}

static void assert_untouched(const struct place *place, const char *bytes, size_t length)
{
    struct image after = image_read(place->file);
    assert_int_equal(length, after.length);
    assert_memory_equal(bytes, after.bytes, length);
    free(after.bytes);
}

static void assert_says(const struct err *err, const char *words)
{
    if (!strstr(err->message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, err->message);
}

static void finds_a_cut_file_wherever_it_is_cut(void **state)
{
    struct place *place = *state;
    struct ledger_head head;
    struct image whole = make_whole(place, &head);
    srand(1);
    for (int i = 0; i < 60; i++) {
        size_t kept = (size_t)rand() % whole.length;
        if (i % 3 == 0)
            kept -= kept % PAGE_BYTES;
        image_write(place->file, whole.bytes, kept);
        struct err err = examine(place, &head);
        assert_says(&err, "is damaged: ");
        assert_says(&err,
                    "nothing was changed: move ledger.sqlite* out of that folder to keep them, and cupel "
                    "starts a new ledger; reports and decision refs are still there");
        assert_untouched(place, whole.bytes, kept);
    }
    free(whole.bytes);
}

static void finds_every_zeroed_page(void **state)
{
    struct place *place = *state;
    struct ledger_head head;
    struct image whole = make_whole(place, &head);
    char *torn = memory_resize(NULL, whole.length, 1);
    for (size_t page = 0; page < whole.length / PAGE_BYTES; page++) {
        memcpy(torn, whole.bytes, whole.length);
        memset(torn + page * PAGE_BYTES, 0, PAGE_BYTES);
        image_write(place->file, torn, whole.length);
        struct err err = examine(place, &head);
        assert_says(&err, "is damaged: ");
        assert_untouched(place, torn, whole.length);
    }
    free(torn);
    free(whole.bytes);
}

/* Some bits mean nothing (free space of a page): then every entry must still be what it was. */
static void finds_every_flipped_bit_that_matters(void **state)
{
    struct place *place = *state;
    struct ledger_head head;
    struct image whole = make_whole(place, &head);
    int found = 0;
    srand(2);
    for (int i = 0; i < 300; i++) {
        size_t at = (size_t)rand() % whole.length;
        char bit = (char)(1 << rand() % 8);
        whole.bytes[at] ^= bit;
        image_write(place->file, whole.bytes, whole.length);
        struct err err = examine(place, &head);
        if (err.code < 0) {
            found++;
            assert_untouched(place, whole.bytes, whole.length);
        }
        whole.bytes[at] ^= bit;
    }
    assert_true(found > 150);
    free(whole.bytes);
}

/* In the middle of a body: SQLite itself has no way to see it. */
static void names_the_entry_whose_bit_flipped(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct ledger *ledger = place_open(place);
    int64_t broken = 0;
    struct ledger_entry note = {.kind = LEDGER_NOTE, .body = "\"the needle in it\""};
    place_fill(ledger, 5, 50);
    assert_int_equal(0, ledger_append(ledger, &note, 1, NULL, &err));
    place_fill(ledger, 5, 50);
    ledger_close(ledger);
    struct image image = image_read(place->file);
    char *needle = memmem(image.bytes, image.length, "needle", 6);
    assert_non_null(needle);
    needle[2] ^= 1;
    image_write(place->file, image.bytes, image.length);
    ledger = place_open(place);
    assert_int_equal(ERR_SYSTEM, ledger_verify(ledger, NULL, &broken, &err));
    assert_int_equal(6, broken);
    assert_says(&err, "is damaged: entry 6 was changed: its digest is not that of its content; nothing was");
    ledger_close(ledger);
    free(image.bytes);
}

static void finds_what_a_forger_did(void **state)
{
    static const struct {
        const char *sql, *words;
        int64_t broken;
    } cases[] = {
        {"UPDATE entries SET body = '{\"a\":1}' WHERE seq = 4", "entry 4 was changed", 4},
        {"UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 4", "entry 4 was changed", 4},
        {"UPDATE entries SET candidate = 'c2' WHERE seq = 9", "entry 9 was changed", 9},
        {"UPDATE entries SET kind = 'decision' WHERE seq = 2", "entry 2 was changed", 2},
        {"UPDATE entries SET kind = 'blessing' WHERE seq = 2", "entry 2 was changed: it is no entry any more",
         2},
        {"DELETE FROM entries WHERE seq = 5", "entry 5 is missing: 6 stands in its place", 5},
        {"DELETE FROM entries WHERE seq = 1", "entry 1 is missing: 2 stands in its place", 1},
        {"UPDATE entries SET previous = zeroblob(32) WHERE seq = 7", "entry 7 does not follow entry 6", 7},
        {"UPDATE entries SET digest = zeroblob(32) WHERE seq = 7", "entry 7 was changed", 7},
        {"INSERT INTO entries SELECT 0, at, kind, batch, candidate, stage, subject, body, previous, digest"
         " FROM entries WHERE seq = 1",
         "entry 1 is missing: 0 stands in its place", 1},
    };
    struct place *place = *state;
    struct ledger *ledger = place_open(place);
    place_fill(ledger, 10, 20);
    ledger_close(ledger);
    struct image whole = image_read(place->file);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        int64_t broken = -1;
        image_write(place->file, whole.bytes, whole.length);
        place_forge(place, cases[i].sql);
        ledger = place_open(place);
        assert_int_equal(ERR_SYSTEM, ledger_verify(ledger, NULL, &broken, &err));
        assert_says(&err, cases[i].words);
        assert_int_equal(cases[i].broken, broken);
        ledger_close(ledger);
    }
    image_write(place->file, whole.bytes, whole.length);
    assert_string_equal("", place_tamper(place, "DROP TRIGGER entries_never_update"));
    place_refuses(place, NULL, ERR_SYSTEM, "is damaged: its trigger entries_never_update is missing");
    free(whole.bytes);
}

static void shows_no_entry_that_was_changed(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct ledger *ledger = place_open(place);
    place_fill(ledger, 10, 20);
    ledger_close(ledger);
    place_forge(place, "UPDATE entries SET batch = 'b2' WHERE seq = 3");
    ledger = place_open(place);
    assert_int_equal(9, place_count(ledger, &(struct ledger_query){.batch = "b1"}));
    assert_int_equal(ERR_SYSTEM, place_try_count(ledger, &(struct ledger_query){.batch = "b2"}, &err));
    assert_says(&err, "is damaged: entry 3 does not have its digest; nothing was changed");
    ledger_close(ledger);
}

static void says_what_the_rest_of_a_ledger_is(void **state)
{
    struct place *place = *state;
    cleanup_free char *log = memory_format("%s-wal", place->file);
    image_write(place->file, "", 0);
    place_refuses(place, NULL, ERR_SYSTEM, "is damaged: it was cut to 0 bytes; nothing was changed: move");
    unlink(place->file);
    image_write(log, "x", 1);
    place_refuses(
        place, NULL, ERR_SYSTEM,
        "-wal is there without its ledger; nothing was changed: put ledger.sqlite back beside it, or "
        "move it away too");
    assert_int_equal(-1, access(place->file, F_OK));
    unlink(log);
    ledger_close(place_open(place));
}

/*
 * A power cut: file and log as they were on the disk, the log torn anywhere. What is left is a whole ledger
 * that ends earlier, and it goes on.
 */
static void comes_back_from_a_torn_log(void **state)
{
    struct place *place = *state;
    cleanup_free char *log = memory_format("%s-wal", place->file);
    cleanup_free char *index = memory_format("%s-shm", place->file);
    struct ledger *ledger = place_open(place);
    for (int i = 0; i < 20; i++)
        place_fill(ledger, 3, 400);
    struct image file = image_read(place->file);
    struct image wal = image_read(log);
    ledger_close(ledger);
    assert_true(wal.length > 20 * PAGE_BYTES);
    srand(3);
    int64_t longest = 0;
    for (int i = 0; i < 40; i++) {
        struct err err = {0};
        struct ledger_head head;
        size_t kept = i == 0 ? wal.length : (size_t)rand() % wal.length;
        image_write(place->file, file.bytes, file.length);
        image_write(log, wal.bytes, kept);
        unlink(index);
        ledger = place_open(place);
        assert_int_equal(0, ledger_verify(ledger, &head, NULL, &err));
        assert_int_equal(0, head.seq % 3); /* transactions are there as a whole or not at all */
        longest = head.seq > longest ? head.seq : longest;
        place_fill(ledger, 1, 10);
        assert_int_equal(0, ledger_verify(ledger, NULL, NULL, &err));
        ledger_close(ledger);
    }
    assert_int_equal(60, longest);
    free(file.bytes);
    free(wal.bytes);
}

static void reads_checkpoints_and_nothing_else(void **state)
{
    (void)state;
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    static const struct {
        const char *line;
        bool good;
    } cases[] = {
        {"cupel-ledger-checkpoint-v1 42 sha256:" HEX, true},
        {"cupel-ledger-checkpoint-v1 42 sha256:" HEX "\n", true},
        {"cupel-ledger-checkpoint-v1 42 sha256:" HEX "\r\n", true},
        {"cupel-ledger-checkpoint-v1 0 sha256:" HEX, true},
        {"cupel-ledger-checkpoint-v1 042 sha256:" HEX, false},
        {"cupel-ledger-checkpoint-v1 -1 sha256:" HEX, false},
        {"cupel-ledger-checkpoint-v1 9999999999999999999 sha256:" HEX, false},
        {"cupel-ledger-checkpoint-v1 42 sha256:" HEX "0", false},
        {"cupel-ledger-checkpoint-v1 42 sha256:" HEX " ", false},
        {"cupel-ledger-checkpoint-v1 42 sha256:A" HEX, false},
        {"cupel-ledger-checkpoint-v2 42 sha256:" HEX, false},
        {"cupel-ledger-checkpoint-v1 42 sha256:", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ledger_head head = {0};
        struct err err = {0};
        int status = checkpoint_parse(cases[i].line, strlen(cases[i].line), &head, &err);
        assert_int_equal(cases[i].good ? 0 : ERR_INVALID, status);
        if (!cases[i].good) {
            assert_string_equal("this is no checkpoint of a ledger: it is one line, "
                                "\"cupel-ledger-checkpoint-v1 <number> sha256:<64 hexadecimal digits>\"",
                                err.message);
            continue;
        }
        char line[CHECKPOINT_MAX];
        checkpoint_format(&head, line);
        assert_memory_equal(line, cases[i].line, strlen(line));
    }
}

static void holds_a_ledger_against_its_checkpoint(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct ledger_head early;
    struct ledger_head late;
    const struct ledger_head none = {0};
    struct ledger *ledger = place_open(place);
    place_fill(ledger, 10, 20);
    assert_int_equal(0, ledger_head(ledger, &early, &err));
    ledger_close(ledger);
    struct image cut = image_read(place->file);
    ledger = place_open(place);
    place_fill(ledger, 10, 20);
    assert_int_equal(0, ledger_head(ledger, &late, &err));
    assert_int_equal(0, checkpoint_check(ledger, &none, &err));
    assert_int_equal(0, checkpoint_check(ledger, &early, &err));
    assert_int_equal(0, checkpoint_check(ledger, &late, &err));
    ledger_close(ledger);

    image_write(place->file, cut.bytes, cut.length);
    ledger = place_open(place);
    assert_int_equal(0, checkpoint_check(ledger, &early, &err));
    assert_int_equal(ERR_SYSTEM, checkpoint_check(ledger, &late, &err));
    assert_says(&err, "was cut off: the checkpoint saw entry 20, the ledger ends at 10");
    place_fill(ledger, 30, 21); /* written anew from there, and longer than it was */
    assert_int_equal(0, checkpoint_check(ledger, &early, &err));
    assert_int_equal(ERR_SYSTEM, checkpoint_check(ledger, &late, &err));
    assert_says(&err, "was rewritten: its entry 20 is not the one that the checkpoint saw");
    ledger_close(ledger);
    free(cut.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_a_cut_file_wherever_it_is_cut, place_make, place_remove),
        cmocka_unit_test_setup_teardown(finds_every_zeroed_page, place_make, place_remove),
        cmocka_unit_test_setup_teardown(finds_every_flipped_bit_that_matters, place_make, place_remove),
        cmocka_unit_test_setup_teardown(names_the_entry_whose_bit_flipped, place_make, place_remove),
        cmocka_unit_test_setup_teardown(finds_what_a_forger_did, place_make, place_remove),
        cmocka_unit_test_setup_teardown(shows_no_entry_that_was_changed, place_make, place_remove),
        cmocka_unit_test_setup_teardown(says_what_the_rest_of_a_ledger_is, place_make, place_remove),
        cmocka_unit_test_setup_teardown(comes_back_from_a_torn_log, place_make, place_remove),
        cmocka_unit_test(reads_checkpoints_and_nothing_else),
        cmocka_unit_test_setup_teardown(holds_a_ledger_against_its_checkpoint, place_make, place_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
