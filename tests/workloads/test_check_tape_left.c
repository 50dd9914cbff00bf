/* Tapes that end on the way or are of another check, and checks that are cancelled while one plays. */
#include "tests/workloads/checked.h"
#include "tests/workloads/tape_place.h"
#include "tests/workloads/taped.h"
#include "workloads/check_retry.h"
#include "workloads/tape/format.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 3 × 4 of the base, 4 of the candidate, 5 × 2 asked again. */
#define ANSWERS 26

static size_t record_end(const struct text *whole, size_t start)
{
    const uint8_t *bytes = (const uint8_t *)whole->data + start;
    struct tape_head head = tape_head_read(bytes);
    return start + TAPE_HEAD + (head.kind == TAPE_ANSWER ? DIGEST_BYTES + head.second : 0);
}

/* A whole tape of the first `count` answers only. */
static struct tape *open_beginning(const struct text *whole, size_t count)
{
    struct tape *tape;
    struct err err = {0};
    cleanup_text struct text cut = {0};
    double sample_seconds = 123;
    struct tape_head end = {.kind = TAPE_END, .first = count};
    uint8_t bytes[TAPE_HEAD];
    size_t length = strlen(TAPE_LINE);
    for (size_t i = 0; i < count; i++)
        length = record_end(whole, length);
    memcpy(&end.second, &sample_seconds, sizeof end.second);
    tape_head_write(&end, bytes);
    text_append(&cut, whole->data, length);
    text_append(&cut, bytes, sizeof bytes);
    struct digest digest = tape_place_write(cut.data, cut.length);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    return tape;
}

static void test_what_is_not_on_it_is_asked(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 3, 4, 5, 8, 11, 12, 13, 16, 17, 18, 21, 25, ANSWERS};
    struct taped recorded = {.answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES};
    taped_record(&recorded);
    assert_int_equal(recorded.asked, ANSWERS);
    cleanup_text struct text whole = tape_place_read();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t count = counts[i];
        struct taped trial = {
            .answer = checked_answer_wrong_always, .stagger = count, .samples = FAKE_SAMPLES};
        struct tape *tape = open_beginning(&whole, count);
        taped_run(&trial, tape);
        assert_int_equal(tape_was_whole(tape), count == ANSWERS);
        assert_int_equal(trial.asked, ANSWERS - count);
        assert_string_equal(text_string(&trial.found), text_string(&recorded.found));
        /* The time of a sample is measured where a pass began without the tape. */
        assert_int_equal(trial.reference.sample_seconds == 123,
                         count >= (size_t)FAKE_SAMPLES * (CHECK_BASE_PASSES - 1));
        tape_free(tape);
        taped_fini(&trial);
    }
    taped_fini(&recorded);
}

/* Other questions than were recorded: one of the samples is gone, or the base is known. */
static void test_a_tape_of_another_check_is_left(void **state)
{
    (void)state;
    struct taped base = {.answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES, .base_alone = true};
    struct taped recorded = {.answer = checked_answer_wrong_always, .samples = TAPED_MANY};
    struct err err = {0};
    struct tape *tape;
    taped_run(&base, NULL);
    struct digest digest = taped_record(&recorded);
    for (int known = 0; known < 2; known++) {
        struct taped fresh = {.answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES};
        struct taped trial = fresh;
        fresh.known = trial.known = known ? &base.reference : NULL;
        taped_run(&fresh, NULL);
        assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
        taped_run(&trial, tape);
        assert_false(tape_was_whole(tape));
        assert_string_equal(text_string(&trial.found), text_string(&fresh.found));
        tape_free(tape);
        taped_fini(&fresh);
        taped_fini(&trial);
    }
    taped_fini(&recorded);
    taped_fini(&base);
}

/* At every answer and every change of state, from a whole tape and from ones that end on the way. */
static void test_cancelled_everywhere(void **state)
{
    (void)state;
    struct taped recorded = {.answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES};
    taped_record(&recorded);
    cleanup_text struct text whole = tape_place_read();
    for (size_t count = 0; count <= ANSWERS; count += 13) {
        for (size_t at = 2; at <= recorded.progress; at++) { /* the first comes before start returns */
            struct taped trial = {
                .answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES, .cancel_at = at};
            struct tape *tape = open_beginning(&whole, count);
            taped_run(&trial, tape);
            assert_int_equal(trial.code, ERR_CANCELLED);
            assert_non_null(strstr(text_string(&trial.found), "cancelled"));
            tape_free(tape);
            taped_fini(&trial);
        }
    }
    taped_fini(&recorded);
}

static void cancel_on_timer(uv_timer_t *timer)
{
    struct taped *trial = fake.data;
    if (trial->check)
        check_cancel(trial->check);
    uv_close((uv_handle_t *)timer, NULL);
}

/* Before the first turn, while the tape closes, or anywhere else: `done` comes once. */
static void test_cancelled_between_answers(void **state)
{
    (void)state;
    struct taped recorded = {.answer = checked_answer_wrong_always, .samples = FAKE_SAMPLES};
    struct digest digest = taped_record(&recorded);
    for (size_t turns = 0; turns <= 60; turns++) {
        struct fake_scene scene;
        struct taped trial = {0};
        struct tape *tape;
        struct err err = {0};
        uv_timer_t timer;
        fake_scene_init(&scene);
        fake.answer = taped_answer_nonsense;
        fake.data = &trial;
        assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
        const struct check_input input = {.context = &scene.context,
                                          .workload = &scene.workload,
                                          .samples = &scene.set,
                                          .base = &scene.base,
                                          .candidate = &scene.candidate,
                                          .tape = tape,
                                          .contract = scene.contract,
                                          .done = taped_on_done,
                                          .data = &trial};
        assert_int_equal(check_start(&trial.check, &input, &err), 0);
        for (size_t i = 0; i < turns && !trial.done; i++)
            uv_run(&scene.loop, UV_RUN_NOWAIT);
        uv_timer_init(&scene.loop, &timer);
        uv_timer_start(&timer, cancel_on_timer, 0, 0);
        bool early = !trial.done;
        uv_run(&scene.loop, UV_RUN_DEFAULT);
        assert_true(trial.done);
        if (early && turns < ANSWERS)
            assert_int_equal(trial.code, ERR_CANCELLED);
        assert_int_equal(fake.starts, 0);
        tape_free(tape);
        taped_fini(&trial);
        fake_scene_fini(&scene);
    }
    taped_fini(&recorded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_on_it_is_asked),
        cmocka_unit_test(test_a_tape_of_another_check_is_left),
        cmocka_unit_test(test_cancelled_everywhere),
        cmocka_unit_test(test_cancelled_between_answers),
    };
    return cmocka_run_group_tests(tests, tape_place_make, tape_place_remove);
}
