#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/tape/format.h"
#include "workloads/tape/tape.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/cupel-test-tape-XXXXXX";
static char path[64];

static struct answer_part part_of(const char *bytes, size_t length)
{
    return (struct answer_part){memory_copy_bytes(bytes, length), length, true, false};
}

/* Every field is something else than nothing. */
static struct answer answer_rich(int status)
{
    struct answer answer = {.ended = true, .status = status, .leftovers = 3, .output_count = 3};
    snprintf(answer.ending, sizeof answer.ending, "exit status %d", status);
    answer.out = part_of("a\0b", 3);
    answer.error = part_of("", 0);
    answer.error.cut = true;
    answer.outputs = memory_zeroed(3 * sizeof *answer.outputs);
    answer.outputs[0] = part_of("file", 4);
    answer.outputs[2] = part_of("", 0);
    return answer;
}

static void assert_same_part(const struct answer_part *a, const struct answer_part *b)
{
    assert_int_equal(a->present, b->present);
    assert_int_equal(a->cut, b->cut);
    assert_int_equal(a->length, b->length);
    assert_int_equal(a->bytes != NULL, b->bytes != NULL);
    if (a->length)
        assert_memory_equal(a->bytes, b->bytes, a->length);
}

static void assert_same(const struct answer *a, const struct answer *b)
{
    assert_int_equal(a->ended, b->ended);
    assert_int_equal(a->status, b->status);
    assert_string_equal(a->ending, b->ending);
    assert_int_equal(a->leftovers, b->leftovers);
    assert_same_part(&a->out, &b->out);
    assert_same_part(&a->error, &b->error);
    assert_int_equal(a->output_count, b->output_count);
    for (size_t i = 0; i < a->output_count; i++)
        assert_same_part(&a->outputs[i], &b->outputs[i]);
}

/* base 7: one, base 8: two, candidate 7: one again. */
static struct digest record_three(void)
{
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    struct answer one = answer_rich(1), two = answer_rich(-2);
    assert_int_equal(tape_record(&tape, path, &err), 0);
    assert_true(tape_is_recording(tape));
    assert_false(tape_is_playing(tape));
    tape_put(tape, ARM_BASE, 7, &one);
    tape_put(tape, ARM_BASE, 8, &two);
    tape_put(tape, ARM_CANDIDATE, 7, &one);
    assert_int_equal(tape_finish(tape, 0.25, &digest, &err), 0);
    tape_free(tape);
    answer_fini(&one);
    answer_fini(&two);
    return digest;
}

static void assert_taken(struct tape *tape, enum arm_side side, size_t wanted, int status)
{
    struct answer expected = answer_rich(status), answer;
    size_t index;
    assert_true(tape_take(tape, side, &index, &answer));
    assert_int_equal(index, wanted);
    assert_same(&answer, &expected);
    answer_fini(&answer);
    answer_fini(&expected);
}

static void test_plays_what_was_recorded(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct digest digest = record_three();
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    assert_true(tape_is_playing(tape));
    assert_false(tape_is_recording(tape));
    assert_true(tape_sample_seconds(tape) == 0.25);
    assert_taken(tape, ARM_BASE, 7, 1);
    assert_taken(tape, ARM_BASE, 8, -2);
    assert_false(tape_was_whole(tape));
    assert_taken(tape, ARM_CANDIDATE, 7, 1);
    assert_true(tape_was_whole(tape));
    tape_free(tape);
}

static void test_is_left_where_it_does_not_fit(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct answer answer;
    size_t index;
    struct digest digest = record_three();
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    assert_false(tape_take(tape, ARM_CANDIDATE, &index, &answer));
    assert_false(tape_is_playing(tape));
    assert_false(tape_take(tape, ARM_BASE, &index, &answer));
    assert_false(tape_was_whole(tape));
    tape_free(tape);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    assert_taken(tape, ARM_BASE, 7, 1);
    assert_taken(tape, ARM_BASE, 8, -2);
    assert_taken(tape, ARM_CANDIDATE, 7, 1);
    assert_false(tape_take(tape, ARM_CANDIDATE, &index, &answer)); /* there is no more */
    assert_false(tape_was_whole(tape));
    tape_free(tape);
}

static struct text file_read(void)
{
    struct text text = {0};
    struct err err = {0};
    char *bytes;
    size_t length;
    assert_int_equal(folder_read_file(path, TAPE_BYTES_MOST, &bytes, &length, &err), 0);
    text_append(&text, bytes, length);
    free(bytes);
    return text;
}

static struct digest file_write(const void *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return digest_of(bytes, length);
}

/* The words behind "kept answers PATH: ". */
static void assert_refused(const struct digest *digest, const char *words)
{
    struct tape *tape;
    struct err err = {0};
    cleanup_free char *message = memory_format("kept answers %s: %s", path, words);
    assert_int_equal(tape_open(&tape, path, digest, &err), ERR_INVALID);
    assert_string_equal(err.message, message);
}

#define CHANGED "it is torn or was changed: its SHA-256 is another"

/* A file that is short is refused for its digest, and for itself where somebody has its digest. */
static void test_torn_at_every_length(void **state)
{
    (void)state;
    struct digest digest = record_three();
    cleanup_text struct text whole = file_read();
    for (size_t length = 0; length < whole.length; length++) {
        struct digest torn = file_write(whole.data, length);
        assert_refused(&digest, CHANGED);
        assert_refused(&torn, "it is torn");
    }
}

static size_t take_base(struct tape *tape)
{
    struct answer answer;
    size_t index, count = 0;
    while (tape_take(tape, ARM_BASE, &index, &answer)) {
        answer_fini(&answer);
        count++;
    }
    return count;
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    struct digest digest = record_three();
    cleanup_text struct text whole = file_read();
    for (size_t bit = 0; bit < whole.length * 8; bit++) {
        struct tape *tape;
        struct err err = {0};
        whole.data[bit / 8] ^= (char)(1 << bit % 8);
        struct digest flipped = file_write(whole.data, whole.length);
        assert_refused(&digest, CHANGED);
        if (tape_open(&tape, path, &flipped, &err) == 0) {
            assert_true(take_base(tape) <= 3);
            tape_free(tape);
        }
        whole.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

/* Bytes that change behind an open tape's back are no answers. */
static void test_changed_after_opening(void **state)
{
    (void)state;
    struct digest digest = record_three();
    cleanup_text struct text whole = file_read();
    const long second = (long)(strlen(TAPE_LINE) + TAPE_HEAD + DIGEST_BYTES);
    for (int shorter = 0; shorter < 2; shorter++) {
        struct tape *tape;
        struct err err = {0};
        struct answer answer;
        size_t index;
        file_write(whole.data, whole.length);
        assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        fseek(file, second, SEEK_SET);
        fputc(!whole.data[second], file);
        fclose(file);
        if (shorter)
            assert_int_equal(truncate(path, second), 0);
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
        struct digest digest = file_write(text.data, text.length);
        assert_refused(&digest, rows[i].words);
    }
    cleanup_text struct text negative = {0};
    text_append_string(&negative, TAPE_LINE);
    add_head(&negative, TAPE_END, 0, 0, bits_of(-1));
    struct digest digest = file_write(negative.data, negative.length);
    assert_refused(&digest, "it has no time that a sample can take");
}

static void test_nothing_there_or_no_file(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct digest digest = record_three();
    cleanup_free char *message = memory_format("kept answers %s: there are none", path);
    unlink(path);
    assert_int_equal(tape_open(&tape, path, &digest, &err), ERR_NOT_FOUND);
    assert_string_equal(err.message, message);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(&digest, "it is no file of at most 2048 MiB");
    unlink(path);
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

static size_t file_size(void)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    return (size_t)status.st_size;
}

static void test_the_same_bytes_are_kept_once(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    struct answer answer = answer_rich(0);
    free(answer.out.bytes);
    answer.out = (struct answer_part){memory_zeroed(1 << 20), 1 << 20, true, false};
    assert_int_equal(tape_record(&tape, path, &err), 0);
    for (size_t i = 0; i < 100; i++)
        tape_put(tape, ARM_BASE, i, &answer);
    assert_int_equal(tape_finish(tape, 0, &digest, &err), 0);
    tape_free(tape);
    answer_fini(&answer);
    assert_in_range(file_size(), 1 << 20, (1 << 20) + 100 * TAPE_HEAD + 200);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    size_t taken = take_base(tape);
    assert_int_equal(taken, 100);
    tape_free(tape);
}

static void assert_no_file(const char *name)
{
    assert_int_equal(access(name, F_OK), -1);
}

static void test_unfinished_leaves_nothing(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct answer answer = answer_rich(0);
    cleanup_free char *part = memory_format("%s.part", path);
    unlink(path);
    assert_int_equal(tape_record(&tape, path, &err), 0);
    tape_put(tape, ARM_BASE, 1, &answer);
    assert_no_file(path);
    assert_int_equal(access(part, F_OK), 0);
    tape_free(tape);
    assert_no_file(path);
    assert_no_file(part);
    answer_fini(&answer);
    tape_free(NULL);
    /* What a killed process left there is in nobody's way. */
    FILE *stale = fopen(part, "w");
    assert_non_null(stale);
    fputs("half of a tape", stale);
    fclose(stale);
    struct digest digest = record_three();
    assert_no_file(part);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    tape_free(tape);
}

/* A disk that is full, at once or only behind the buffer. */
static void test_a_full_disk_makes_no_tape(void **state)
{
    (void)state;
    struct rlimit old, small;
    struct tape *tape;
    struct digest digest;
    cleanup_free char *part = memory_format("%s.part", path);
    cleanup_free char *message = memory_format("write %s: File too large", part);
    unlink(path);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t size = 1; size <= 1 << 20; size <<= 20) {
        struct err err = {0};
        struct answer answer = answer_rich(0);
        free(answer.out.bytes);
        answer.out = (struct answer_part){memory_zeroed(size), size, true, false};
        getrlimit(RLIMIT_FSIZE, &old);
        small = (struct rlimit){50, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        assert_int_equal(tape_record(&tape, path, &err), 0);
        tape_put(tape, ARM_BASE, 1, &answer);
        tape_put(tape, ARM_BASE, 2, &answer);
        int code = tape_finish(tape, 0, &digest, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(code, ERR_SYSTEM);
        assert_string_equal(err.message, message);
        assert_no_file(part); /* even before the tape is released: it takes room */
        tape_free(tape);
        assert_no_file(path);
        answer_fini(&answer);
    }
}

static void test_no_folder_for_it(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    assert_int_equal(tape_record(&tape, "/nowhere/at/all/tape", &err), ERR_SYSTEM);
    assert_string_equal(err.message, "make /nowhere/at/all/tape.part: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plays_what_was_recorded),
        cmocka_unit_test(test_is_left_where_it_does_not_fit),
        cmocka_unit_test(test_torn_at_every_length),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_changed_after_opening),
        cmocka_unit_test(test_files_that_are_no_tape),
        cmocka_unit_test(test_nothing_there_or_no_file),
        cmocka_unit_test(test_contents_that_are_no_answer),
        cmocka_unit_test(test_the_same_bytes_are_kept_once),
        cmocka_unit_test(test_unfinished_leaves_nothing),
        cmocka_unit_test(test_a_full_disk_makes_no_tape),
        cmocka_unit_test(test_no_folder_for_it),
    };
    struct err err = {0};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/tape", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return folder_remove(folder, &err) < 0 ? 1 : failed;
}
