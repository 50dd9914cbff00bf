/* What a check finds is the same from programs and from the tape that was recorded of them. */
#include "tests/workloads/tape_place.h"
#include "tests/workloads/taped.h"
#include "workloads/check_retry.h"
#include "workloads/offload.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Records, plays, and asserts that no program was asked and all is as it was. */
static void assert_plays_the_same(struct taped *recorded)
{
    struct taped played = {.answer = taped_answer_nonsense,
                           .samples = recorded->samples,
                           .base_alone = recorded->base_alone,
                           .known = recorded->known};
    struct tape *tape;
    struct err err = {0};
    struct digest digest = taped_record(recorded);
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    taped_run(&played, tape);
    assert_true(tape_was_whole(tape));
    assert_int_equal(played.asked, 0);
    assert_string_equal(text_string(&played.found), text_string(&recorded->found));
    assert_true(played.reference.sample_seconds == recorded->reference.sample_seconds);
    assert_int_equal(played.progress, recorded->progress);
    tape_free(tape);
    taped_fini(&played);
}

/*
 * `t` flickers in the base from the beginning, `u` only later, when it is asked again; the candidate shows
 * both, and `u` in more samples than are asked again at once. So the order of answers decides which samples
 * teach that `u` is noise, and which are excused by it.
 */
static void answer_noisy(struct fake *self, const struct arm *arm, size_t index, size_t count,
                         struct answer *answer, struct figures *figures)
{
    bool odd = arm->side == ARM_CANDIDATE ? index % 3 && (count == 0 || self->answers % 2)
                                          : count >= CHECK_BASE_PASSES && self->answers % 3 == 0;
    (void)figures;
    fake_say(answer, "{\"v\":%zu,\"t\":%zu,\"u\":%d}", index, index % 4 ? 0 : self->answers % 7, odd);
    answer->leftovers = (unsigned)(self->answers % 5);
}

static void answer_noisy_and_broken(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                    struct answer *answer, struct figures *figures)
{
    answer_noisy(self, arm, index, count, answer, figures);
    if (arm->side == ARM_CANDIDATE && index % 9 == 4)
        fake_say(answer, "{\"v\":%zu,\"u\":%zu}", index + 1, count);
}

static void test_a_tape_finds_what_the_programs_did(void **state)
{
    (void)state;
    taped_answer *const answers[] = {answer_noisy, answer_noisy_and_broken};
    size_t retries = 0, orders = 0;
    cleanup_free char *first = NULL;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct taped trial = {.answer = answers[seed % 2], .stagger = seed << 40 | 5, .samples = TAPED_MANY};
        assert_plays_the_same(&trial);
        assert_int_equal(trial.code, 0);
        assert_non_null(strstr(text_string(&trial.found), "excused stdout /u by learned noise"));
        assert_int_equal(strstr(text_string(&trial.found), "\nvalue stdout /v") != NULL, seed % 2);
        retries += trial.asked > TAPED_MANY * (CHECK_BASE_PASSES + 1) + (size_t)CHECK_RETRY_ROUNDS * 2;
        if (!first)
            first = memory_copy_string(text_string(&trial.found));
        orders += strcmp(first, text_string(&trial.found)) != 0;
        taped_fini(&trial);
    }
    assert_int_equal(retries, 4);
    assert_true(orders > 0); /* else the order would not have mattered */
}

/* Likewise where answers are kept, read and looked at away from the loop. */
static void test_long_answers_are_found_again(void **state)
{
    (void)state;
    fake_stderr_bytes = OFFLOAD_LIGHT + 1;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct taped trial = {
            .answer = answer_noisy_and_broken, .stagger = seed << 40 | 5, .samples = 2 * FAKE_SAMPLES};
        assert_plays_the_same(&trial);
        assert_int_equal(trial.code, 0);
        assert_non_null(strstr(text_string(&trial.found), "\nvalue stdout /v"));
        taped_fini(&trial);
    }
    fake_stderr_bytes = 0;
}

static void answer_not_started(struct fake *self, const struct arm *arm, size_t index, size_t count,
                               struct answer *answer, struct figures *figures)
{
    (void)self, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%zu}", index);
    answer->ended = arm->side == ARM_BASE;
    if (arm->side == ARM_CANDIDATE)
        snprintf(answer->ending, sizeof answer->ending, WORKLOAD_NOT_STARTED "No such file or directory");
}

static void answer_base_crash(struct fake *self, const struct arm *arm, size_t index, size_t count,
                              struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)figures;
    fake_say(answer, "{\"v\":%zu}", index);
    answer->ended = index != 2 || count == 0;
}

static void test_checks_that_end_early(void **state)
{
    (void)state;
    taped_answer *const answers[] = {answer_not_started, answer_base_crash};
    for (size_t i = 0; i < 2; i++) {
        struct taped trial = {.answer = answers[i], .stagger = 77, .samples = TAPED_MANY};
        assert_plays_the_same(&trial);
        assert_non_null(strstr(text_string(&trial.found),
                               i ? "base 1 sample \"s2\"" : "the candidate's program cannot be started"));
        taped_fini(&trial);
    }
}

/* A base that answered a while ago is on its own tape; the candidate's has only what was asked then. */
static void test_base_and_candidate_on_tapes_of_their_own(void **state)
{
    (void)state;
    struct taped base = {.answer = answer_noisy, .stagger = 9, .samples = TAPED_MANY, .base_alone = true};
    assert_plays_the_same(&base);
    struct taped candidate = {
        .answer = answer_noisy_and_broken, .stagger = 11, .samples = TAPED_MANY, .known = &base.reference};
    assert_plays_the_same(&candidate);
    assert_non_null(strstr(text_string(&candidate.found), "\nvalue stdout /v"));
    taped_fini(&candidate);
    taped_fini(&base);
}

/* Another day, another shape. */
static void answer_moved_on(struct fake *self, const struct arm *arm, size_t index, size_t count,
                            struct answer *answer, struct figures *figures)
{
    (void)self, (void)arm, (void)count, (void)figures;
    fake_say(answer, "{\"v\":[%zu]}", index);
}

/* Known answers that no longer hold: the check is started anew without them, and both are on one tape. */
static void test_a_check_that_was_started_anew(void **state)
{
    (void)state;
    struct taped base = {.answer = answer_noisy, .samples = TAPED_MANY, .base_alone = true};
    struct taped told = {
        .answer = answer_moved_on, .stagger = 3, .samples = TAPED_MANY, .known = &base.reference};
    struct taped anew = {.answer = answer_moved_on, .stagger = 4, .samples = TAPED_MANY};
    struct taped told_again = told, anew_again = anew;
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    taped_run(&base, NULL);
    assert_int_equal(tape_record(&tape, tape_path, &err), 0);
    taped_run(&told, tape);
    assert_non_null(strstr(text_string(&told.found), "ok, base 1"));
    taped_run(&anew, tape);
    assert_non_null(strstr(text_string(&anew.found), "ok, base 0"));
    assert_int_equal(tape_finish(tape, anew.reference.sample_seconds, &digest, &err), 0);
    tape_free(tape);
    told_again.answer = anew_again.answer = taped_answer_nonsense;
    assert_int_equal(tape_open(&tape, tape_path, &digest, &err), 0);
    taped_run(&told_again, tape);
    taped_run(&anew_again, tape);
    assert_true(tape_was_whole(tape));
    assert_string_equal(text_string(&told_again.found), text_string(&told.found));
    assert_string_equal(text_string(&anew_again.found), text_string(&anew.found));
    assert_int_equal(told_again.asked + anew_again.asked, 0);
    tape_free(tape);
    struct taped *const trials[] = {&base, &told, &anew, &told_again, &anew_again};
    for (size_t i = 0; i < 5; i++)
        taped_fini(trials[i]);
}

static void test_recording_changes_nothing(void **state)
{
    (void)state;
    struct taped plain = {.answer = answer_noisy_and_broken, .stagger = 3, .samples = TAPED_MANY};
    struct taped taped = plain;
    taped_run(&plain, NULL);
    taped_record(&taped);
    assert_string_equal(text_string(&taped.found), text_string(&plain.found));
    taped_fini(&plain);
    taped_fini(&taped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tape_finds_what_the_programs_did),
        cmocka_unit_test(test_long_answers_are_found_again),
        cmocka_unit_test(test_checks_that_end_early),
        cmocka_unit_test(test_base_and_candidate_on_tapes_of_their_own),
        cmocka_unit_test(test_a_check_that_was_started_anew),
        cmocka_unit_test(test_recording_changes_nothing),
    };
    return cmocka_run_group_tests(tests, tape_place_make, tape_place_remove);
}
