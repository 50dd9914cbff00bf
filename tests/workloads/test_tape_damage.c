/* Files that are no whole tape: torn, changed, or made by somebody else. */
#include "tests/workloads/tape_place.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/tape/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The words behind "kept answers PATH: ". */
static void assert_refused(const struct digest *digest, const char *words)
{
    struct tape *tape;
    struct err err = {0};
    cleanup_free char *message = memory_format("kept answers %s: %s", tape_path, words);
    assert_int_equal(tape_open(&tape, tape_path, digest, &err), ERR_INVALID);
    assert_string_equal(err.message, message);
}

#define CHANGED "it is torn or was changed: its SHA-256 is another"

/* A file that is short is refused for its digest, and for itself where somebody has its digest. */
static void test_torn_at_every_length(void **state)
{
    (void)state;
    struct digest digest = tape_place_record_three();
    cleanup_text struct text whole = tape_place_read();
    for (size_t length = 0; length < whole.length; length++) {
        struct digest torn = tape_place_write(whole.data, length);
        assert_refused(&digest, CHANGED);
        assert_refused(&torn, "it is torn");
    }
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    struct digest digest = tape_place_record_three();
    cleanup_text struct text whole = tape_place_read();
    for (size_t bit = 0; bit < whole.length * 8; bit++) {
        struct tape *tape;
        struct err err = {0};
        whole.data[bit / 8] ^= (char)(1 << bit % 8);
        struct digest flipped = tape_place_write(whole.data, whole.length);
        assert_refused(&digest, CHANGED);
        if (tape_open(&tape, tape_path, &flipped, &err) == 0) {
            assert_true(tape_place_take_base(tape) <= 3);
            tape_free(tape);
        }
        whole.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

/* Bytes that change behind an open tape's back are no answers. */
static void test_changed_after_opening(void **state)
{
    (void)state;
    struct digest digest = tape_place_record_three();
    cleanup_text struct text whole = tape_place_read();
    const long second = (long)(strlen(TAPE_LINE) + TAPE_HEAD + DIGEST_BYTES);
    for (int shorter = 0; shorter < 2; shorter++) {
        struct tape *tape;
        struct err err = {0};
        struct answer answer;
        size_t index;
        tape_place_write(whole.data, whole.length);
        assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
        FILE *file = fopen(tape_path, "r+");
        assert_non_null(file);
        fseek(file, second, SEEK_SET);
        fputc(!whole.data[second], file);
        fclose(file);
        if (shorter)
            assert_int_equal(truncate(tape_path, second), 0);
        assert_false(tape_take(tape, ARM_BASE, &index, &answer));
        assert_false(tape_is_playing(tape));
        tape_free(tape);
    }
}

static void add_head(struct text *text, uint8_t kind, uint8_t side, uint64_t first, uint64_t second)
{
    uint8_t bytes[TAPE_HEAD];
    tape_head_write(&(struct tape_head){.kind = kind, .side = side, .first = first, .second = second}, bytes);
    text_append(text, bytes, sizeof bytes);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void test_files_that_are_no_tape(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        struct tape_head heads[2];
        const char *words;
    } rows[] = {
        {"cupel answers 2\n", {{0}}, "another version of cupel wrote it"},
        {"SQLite format 3\n", {{0}}, "it is no such file"},
        {TAPE_LINE, {{'A', 0, 1, UINT64_MAX}}, "it is torn"},
        {TAPE_LINE, {{'A', 0, 1, UINT64_MAX - 31}}, "it is torn"},
        {TAPE_LINE, {{'A', 0, 1, 1000}}, "it is torn"},
        {TAPE_LINE, {{'A', 2, 1, 0}}, "it has a record of an unknown kind"},
        {TAPE_LINE, {{'B', 0, 1, 0}}, "it has a record of an unknown kind"},
        {TAPE_LINE, {{'R', 0, 1, 0}}, "it repeats an answer that it doesn't have"},
        {TAPE_LINE, {{'R', 0, 1, UINT64_MAX}}, "it repeats an answer that it doesn't have"},
        {TAPE_LINE, {{'E', 0, UINT64_MAX, 0}}, "it has 0 answers and speaks of 18446744073709551615"},
        {TAPE_LINE, {{'E', 0, 0, 0}, {'E', 0, 0, 0}}, "there is more behind its end"},
        {TAPE_LINE, {{'E', 0, 0, UINT64_MAX}}, "it has no time that a sample can take"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleanup_text struct text text = {0};
        text_append_string(&text, rows[i].line);
        for (size_t k = 0; k < 2 && rows[i].heads[k].kind; k++)
            add_head(&text, rows[i].heads[k].kind, rows[i].heads[k].side, rows[i].heads[k].first,
                     rows[i].heads[k].second);
        struct digest digest = tape_place_write(text.data, text.length);
        assert_refused(&digest, rows[i].words);
    }
    cleanup_text struct text negative = {0};
    text_append_string(&negative, TAPE_LINE);
    add_head(&negative, TAPE_END, 0, 0, bits_of(-1));
    struct digest digest = tape_place_write(negative.data, negative.length);
    assert_refused(&digest, "it has no time that a sample can take");
}

static void test_nothing_there_or_no_file(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct digest digest = tape_place_record_three();
    cleanup_free char *message = memory_format("kept answers %s: there are none", tape_path);
    unlink(tape_path);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), ERR_NOT_FOUND);
    assert_string_equal(err.message, message);
    assert_int_equal(mkfifo(tape_path, 0600), 0);
    assert_refused(&digest, "it is no file of at most 2048 MiB");
    unlink(tape_path);
}

/* What a content may be wrong in, whoever made its digest. */
static void test_contents_that_are_no_answer(void **state)
{
    (void)state;
    static const char good[] = "\1\0\0\0\0\0\0\0\0\1x\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0";
    static const struct {
        size_t at;
        const char *bytes;
        size_t length;
    } rows[] = {
        {0, "\2", 1},                                /* neither ended nor not */
        {9, "\x60", 1},                              /* an ending of 96 bytes */
        {10, "\0", 1},                               /* a NUL in it */
        {11, "\4", 1},                               /* a flag that isn't there */
        {12, "\1", 1},                               /* a byte of stdout more than there are */
        {12, "\xff\xff\xff\xff\xff\xff\xff\xff", 8}, /* more than memory can hold */
        {29, "\1", 1},                               /* an output that isn't there */
        {29, "\xff\xff\xff\xff", 4},                 /* four thousand million */
    };
    struct answer answer;
    size_t length = sizeof good - 1 + 1; /* the final NUL is the last number's */
    assert_true(tape_content_read(good, length, &answer));
    assert_string_equal(answer.ending, "x");
    answer_fini(&answer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bad[sizeof good];
        memcpy(bad, good, length);
        memcpy(bad + rows[i].at, rows[i].bytes, rows[i].length);
        assert_false(tape_content_read(bad, length, &answer));
    }
    for (size_t i = 0; i < length; i++)
        assert_false(tape_content_read(good, i, &answer));
    cleanup_free char *longer = memory_copy_bytes(good, length);
    assert_false(tape_content_read(longer, length + 1, &answer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torn_at_every_length),     cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_changed_after_opening),    cmocka_unit_test(test_files_that_are_no_tape),
        cmocka_unit_test(test_nothing_there_or_no_file), cmocka_unit_test(test_contents_that_are_no_answer),
    };
    return cmocka_run_group_tests(tests, tape_place_make, tape_place_remove);
}
