#include "tests/workloads/tape_place.h"

#include "base/folder.h"
#include "base/memory.h"
#include "workloads/tape/tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char tape_folder[] = "/tmp/cupel-test-tape-XXXXXX";
char tape_path[64];

int tape_place_make(void **state)
{
    (void)state;
    if (!mkdtemp(tape_folder))
        return -1;
    snprintf(tape_path, sizeof tape_path, "%s/tape", tape_folder);
    return 0;
}

int tape_place_remove(void **state)
{
    (void)state;
    struct err err = {0};
    return folder_remove(tape_folder, &err) < 0 ? -1 : 0;
}

struct text tape_place_read(void)
{
    struct text text = {0};
    struct err err = {0};
    char *bytes;
    size_t length;
    assert_int_equal(folder_read_file(tape_path, TAPE_BYTES_MOST, &bytes, &length, &err), 0);
    text_append(&text, bytes, length);
    free(bytes);
    return text;
}

struct digest tape_place_write(const void *bytes, size_t length)
{
    FILE *file = fopen(tape_path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    return digest_of(bytes, length);
}

static struct answer_part tape_place_part(const char *bytes, size_t length)
{
    return (struct answer_part){memory_copy_bytes(bytes, length), length, true, false};
}

struct answer tape_place_answer(int status)
{
    struct answer answer = {.ended = true, .status = status, .leftovers = 3, .output_count = 3};
    snprintf(answer.ending, sizeof answer.ending, "exit status %d", status);
    answer.out = tape_place_part("a\0b", 3);
    answer.error = tape_place_part("", 0);
    answer.error.cut = true;
    answer.outputs = memory_zeroed(3 * sizeof *answer.outputs);
    answer.outputs[0] = tape_place_part("file", 4);
    answer.outputs[2] = tape_place_part("", 0);
    return answer;
}

struct digest tape_place_record_three(void)
{
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    struct answer one = tape_place_answer(1), two = tape_place_answer(-2);
    assert_int_equal(tape_record(&tape, tape_path, &err), 0);
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

size_t tape_place_take_base(struct tape *tape)
{
    struct answer answer;
    size_t index, count = 0;
    while (tape_take(tape, ARM_BASE, &index, &answer)) {
        answer_fini(&answer);
        count++;
    }
    return count;
}
