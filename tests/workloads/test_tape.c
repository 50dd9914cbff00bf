/* A tape gives back what was recorded, once and in its order, or is left; and how it comes to be a file. */
#include "tests/workloads/tape_place.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/tape/format.h"

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

static void assert_taken(struct tape *tape, enum arm_side side, size_t wanted, int status)
{
    struct answer expected = tape_place_answer(status), answer;
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
    struct digest digest = tape_place_record_three();
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
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
    struct digest digest = tape_place_record_three();
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    assert_false(tape_take(tape, ARM_CANDIDATE, &index, &answer));
    assert_false(tape_is_playing(tape));
    assert_false(tape_take(tape, ARM_BASE, &index, &answer));
    assert_false(tape_was_whole(tape));
    tape_free(tape);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    assert_taken(tape, ARM_BASE, 7, 1);
    assert_taken(tape, ARM_BASE, 8, -2);
    assert_taken(tape, ARM_CANDIDATE, 7, 1);
    assert_false(tape_take(tape, ARM_CANDIDATE, &index, &answer)); /* there is no more */
    assert_false(tape_was_whole(tape));
    tape_free(tape);
}

static size_t file_size(void)
{
    struct stat status;
    assert_int_equal(stat(tape_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    return (size_t)status.st_size;
}

static void test_the_same_bytes_are_kept_once(void **state)
{
    (void)state;
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    struct answer answer = tape_place_answer(0);
    free(answer.out.bytes);
    answer.out = (struct answer_part){memory_zeroed(1 << 20), 1 << 20, true, false};
    assert_int_equal(tape_record(&tape, tape_path, &err), 0);
    for (size_t i = 0; i < 100; i++)
        tape_put(tape, ARM_BASE, i, &answer);
    assert_int_equal(tape_finish(tape, 0, &digest, &err), 0);
    tape_free(tape);
    answer_fini(&answer);
    assert_in_range(file_size(), 1 << 20, (1 << 20) + 100 * TAPE_HEAD + 200);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    size_t taken = tape_place_take_base(tape);
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
    struct answer answer = tape_place_answer(0);
    cleanup_free char *part = memory_format("%s.part", tape_path);
    unlink(tape_path);
    assert_int_equal(tape_record(&tape, tape_path, &err), 0);
    tape_put(tape, ARM_BASE, 1, &answer);
    assert_no_file(tape_path);
    assert_int_equal(access(part, F_OK), 0);
    tape_free(tape);
    assert_no_file(tape_path);
    assert_no_file(part);
    answer_fini(&answer);
    tape_free(NULL);
    /* What a killed process left there is in nobody's way. */
    FILE *stale = fopen(part, "w");
    assert_non_null(stale);
    fputs("half of a tape", stale);
    fclose(stale);
    struct digest digest = tape_place_record_three();
    assert_no_file(part);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    tape_free(tape);
}

/* A disk that is full, at once or only behind the buffer. */
static void test_a_full_disk_makes_no_tape(void **state)
{
    (void)state;
    struct rlimit old, small;
    struct tape *tape;
    struct digest digest;
    cleanup_free char *part = memory_format("%s.part", tape_path);
    cleanup_free char *message = memory_format("write %s: File too large", part);
    unlink(tape_path);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t size = 1; size <= 1 << 20; size <<= 20) {
        struct err err = {0};
        struct answer answer = tape_place_answer(0);
        free(answer.out.bytes);
        answer.out = (struct answer_part){memory_zeroed(size), size, true, false};
        getrlimit(RLIMIT_FSIZE, &old);
        small = (struct rlimit){50, old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        assert_int_equal(tape_record(&tape, tape_path, &err), 0);
        tape_put(tape, ARM_BASE, 1, &answer);
        tape_put(tape, ARM_BASE, 2, &answer);
        int code = tape_finish(tape, 0, &digest, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(code, ERR_SYSTEM);
        assert_string_equal(err.message, message);
        assert_no_file(part); /* even before the tape is released: it takes room */
        tape_free(tape);
        assert_no_file(tape_path);
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
        cmocka_unit_test(test_the_same_bytes_are_kept_once),
        cmocka_unit_test(test_unfinished_leaves_nothing),
        cmocka_unit_test(test_a_full_disk_makes_no_tape),
        cmocka_unit_test(test_no_folder_for_it),
    };
    return cmocka_run_group_tests(tests, tape_place_make, tape_place_remove);
}
