/* What a check finds is the same from programs and from the tape that was recorded of them. */
#include "tests/workloads/fake_kind.h"
#include "workloads/check.h"
#include "workloads/check_retry.h"
#include "workloads/offload.h"
#include "workloads/tape/format.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 40 /* samples: more than a retry takes at once */

typedef void answer_function(struct fake *self, const struct arm *arm, size_t index, size_t count,
                             struct answer *answer, struct figures *figures);

static char folder[] = "/tmp/cupel-test-check-tape-XXXXXX";
static char path[64];

/* One check: what it is made of, and what came of it. */
struct trial {
    answer_function *answer;
    uint64_t stagger;
    size_t samples; /* FAKE_SAMPLES or MANY */
    bool base_alone;
    const struct reference *known;
    size_t cancel_at; /* progress after which it is cancelled, from 1; 0: never */
    size_t progress;
    struct check *check;
    bool done;
    int code;
    struct text found; /* everything that the check tells, as text */
    struct reference reference;
    size_t asked; /* answers of programs */
};

static void tell_part(struct text *text, const char *name, const struct answer_part *part)
{
    text_printf(text, " %s %d %d %zu ", name, part->present, part->cut, part->length);
    if (part->length)
        text_append(text, part->bytes, part->length);
}

static void tell_answer(struct text *text, const struct answer *answer)
{
    text_printf(text, "%d %d \"%s\" %u", answer->ended, answer->status, answer->ending, answer->leftovers);
    tell_part(text, "out", &answer->out);
    tell_part(text, "error", &answer->error);
    for (size_t i = 0; i < answer->output_count; i++)
        tell_part(text, "output", &answer->outputs[i]);
    text_append_char(text, '\n');
}

static void tell_reference(struct text *text, const struct reference *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        text_printf(text, "reference %zu: ", i);
        tell_answer(text, &reference->answers[i]);
        for (size_t k = 0; k < CHECK_BASE_PASSES - 1; k++)
            tell_answer(text, &reference->later[k][i]);
    }
}

static void tell_summary(struct text *text, const struct contract *contract)
{
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    text_printf(text, "samples %zu fields %zu not compared %zu tolerated %zu dropped %zu\n", summary.samples,
                summary.fields, summary.not_compared, summary.tolerated, summary.findings_dropped);
    for (size_t i = 0; i < summary.finding_count; i++) {
        const struct finding *one = &summary.findings[i];
        text_printf(text, "%s %s %s %s %zu %s %s %s\n", finding_class_name(one->class), one->part,
                    one->pattern, one->pointer, one->count, one->sample, one->before ? one->before : "-",
                    one->after ? one->after : "-");
    }
    for (size_t i = 0; i < summary.excuse_count; i++) {
        const struct excuse *one = &summary.excuses[i];
        text_printf(text, "excused %s %s by %s %zu, %zu of %zu %s\n", one->part, one->pattern, one->by,
                    one->count, one->evidence, one->asked, finding_class_name(one->class));
    }
    contract_summary_fini(&summary);
}

static void trial_on_done(struct check_result *result, const struct err *err, void *data)
{
    struct trial *trial = data;
    assert_false(trial->done);
    trial->done = true;
    trial->check = NULL;
    trial->code = err ? err->code : 0;
    text_printf(&trial->found, "%s, base %d %s, start %s\n", err ? err->message : "ok", result->base_unusable,
                result->base_problem ? result->base_problem : "-",
                result->start_problem ? result->start_problem : "-");
    trial->reference = result->reference;
    result->reference = (struct reference){0};
    tell_reference(&trial->found, &trial->reference);
}

static void trial_on_progress(size_t done, size_t of, const char *what, void *data)
{
    struct trial *trial = data;
    (void)done, (void)of, (void)what;
    if (++trial->progress != trial->cancel_at || !trial->check)
        return;
    check_cancel(trial->check);
    check_cancel(trial->check);
}

static void trial_make_samples(const struct trial *trial, struct fake_scene *scene, struct sample *items)
{
    if (trial->samples == FAKE_SAMPLES)
        return;
    scene->set = (struct sample_set){.items = items, .count = trial->samples};
    for (size_t i = 0; i < trial->samples; i++) {
        items[i] = scene->samples[0];
        items[i].id = memory_format("s%zu", i);
    }
}

/* With the programs as `trial->answer` says, and a tape or none. */
static void trial_run(struct trial *trial, struct tape *tape)
{
    struct fake_scene scene;
    struct sample items[MANY] = {{0}};
    struct err err = {0};
    fake_scene_init(&scene);
    scene.base.lanes = scene.candidate.lanes = 4;
    scene.candidate.slot = 4;
    trial_make_samples(trial, &scene, items);
    fake.answer = trial->answer;
    fake.stagger = trial->stagger;
    const struct check_input input = {.context = &scene.context,
                                      .workload = &scene.workload,
                                      .samples = &scene.set,
                                      .base = &scene.base,
                                      .candidate = trial->base_alone ? NULL : &scene.candidate,
                                      .known = trial->known,
                                      .tape = tape,
                                      .contract = scene.contract,
                                      .progress = trial_on_progress,
                                      .done = trial_on_done,
                                      .data = trial};
    assert_int_equal(check_start(&trial->check, &input, &err), 0);
    assert_false(trial->done);
    if (tape_is_playing(tape))
        assert_int_equal(fake.starts, 0);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    assert_true(trial->done);
    tell_summary(&trial->found, scene.contract);
    trial->asked = fake.answers;
    for (size_t i = 0; i < MANY; i++)
        free(items[i].id);
    fake_scene_fini(&scene);
}

static void trial_fini(struct trial *trial)
{
    text_fini(&trial->found);
    reference_fini(&trial->reference);
}

static struct digest trial_record(struct trial *trial)
{
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    assert_int_equal(tape_record(&tape, path, &err), 0);
    trial_run(trial, tape);
    assert_int_equal(tape_finish(tape, trial->reference.sample_seconds, &digest, &err), 0);
    tape_free(tape);
    return digest;
}

/* Whoever asks a program all the same is found out by what it says. */
static void answer_with_nonsense(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                 struct answer *answer, struct figures *figures)
{
    (void)self, (void)figures;
    fake_say(answer, "asked %d %zu %zu", arm->side, index, count);
}

/* Records, plays, and asserts that no program was asked and all is as it was. */
static void assert_plays_the_same(struct trial *recorded)
{
    struct trial played = {.answer = answer_with_nonsense,
                           .samples = recorded->samples,
                           .base_alone = recorded->base_alone,
                           .known = recorded->known};
    struct tape *tape;
    struct err err = {0};
    struct digest digest = trial_record(recorded);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    trial_run(&played, tape);
    assert_true(tape_was_whole(tape));
    assert_int_equal(played.asked, 0);
    assert_string_equal(text_string(&played.found), text_string(&recorded->found));
    assert_true(played.reference.sample_seconds == recorded->reference.sample_seconds);
    assert_int_equal(played.progress, recorded->progress);
    tape_free(tape);
    trial_fini(&played);
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
    answer_function *const answers[] = {answer_noisy, answer_noisy_and_broken};
    size_t retries = 0, orders = 0;
    cleanup_free char *first = NULL;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct trial trial = {.answer = answers[seed % 2], .stagger = seed << 40 | 5, .samples = MANY};
        assert_plays_the_same(&trial);
        assert_int_equal(trial.code, 0);
        assert_non_null(strstr(text_string(&trial.found), "excused stdout /u by learned noise"));
        assert_int_equal(strstr(text_string(&trial.found), "\nvalue stdout /v") != NULL, seed % 2);
        retries += trial.asked > MANY * (CHECK_BASE_PASSES + 1) + (size_t)CHECK_RETRY_ROUNDS * 2;
        if (!first)
            first = memory_copy_string(text_string(&trial.found));
        orders += strcmp(first, text_string(&trial.found)) != 0;
        trial_fini(&trial);
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
        struct trial trial = {
            .answer = answer_noisy_and_broken, .stagger = seed << 40 | 5, .samples = 2 * FAKE_SAMPLES};
        assert_plays_the_same(&trial);
        assert_int_equal(trial.code, 0);
        assert_non_null(strstr(text_string(&trial.found), "\nvalue stdout /v"));
        trial_fini(&trial);
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
    answer_function *const answers[] = {answer_not_started, answer_base_crash};
    for (size_t i = 0; i < 2; i++) {
        struct trial trial = {.answer = answers[i], .stagger = 77, .samples = MANY};
        assert_plays_the_same(&trial);
        assert_non_null(strstr(text_string(&trial.found),
                               i ? "base 1 sample \"s2\"" : "the candidate's program cannot be started"));
        trial_fini(&trial);
    }
}

/* A base that answered a while ago is on its own tape; the candidate's has only what was asked then. */
static void test_base_and_candidate_on_tapes_of_their_own(void **state)
{
    (void)state;
    struct trial base = {.answer = answer_noisy, .stagger = 9, .samples = MANY, .base_alone = true};
    assert_plays_the_same(&base);
    struct trial candidate = {
        .answer = answer_noisy_and_broken, .stagger = 11, .samples = MANY, .known = &base.reference};
    assert_plays_the_same(&candidate);
    assert_non_null(strstr(text_string(&candidate.found), "\nvalue stdout /v"));
    trial_fini(&candidate);
    trial_fini(&base);
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
    struct trial base = {.answer = answer_noisy, .samples = MANY, .base_alone = true};
    struct trial told = {.answer = answer_moved_on, .stagger = 3, .samples = MANY, .known = &base.reference};
    struct trial anew = {.answer = answer_moved_on, .stagger = 4, .samples = MANY};
    struct trial told_again = told, anew_again = anew;
    struct tape *tape;
    struct err err = {0};
    struct digest digest;
    trial_run(&base, NULL);
    assert_int_equal(tape_record(&tape, path, &err), 0);
    trial_run(&told, tape);
    assert_non_null(strstr(text_string(&told.found), "ok, base 1"));
    trial_run(&anew, tape);
    assert_non_null(strstr(text_string(&anew.found), "ok, base 0"));
    assert_int_equal(tape_finish(tape, anew.reference.sample_seconds, &digest, &err), 0);
    tape_free(tape);
    told_again.answer = anew_again.answer = answer_with_nonsense;
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    trial_run(&told_again, tape);
    trial_run(&anew_again, tape);
    assert_true(tape_was_whole(tape));
    assert_string_equal(text_string(&told_again.found), text_string(&told.found));
    assert_string_equal(text_string(&anew_again.found), text_string(&anew.found));
    assert_int_equal(told_again.asked + anew_again.asked, 0);
    tape_free(tape);
    struct trial *const trials[] = {&base, &told, &anew, &told_again, &anew_again};
    for (size_t i = 0; i < 5; i++)
        trial_fini(trials[i]);
}

static void answer_wrong_at_one(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                struct answer *answer, struct figures *figures)
{
    (void)self, (void)count, (void)figures;
    fake_say(answer, "{\"v\":%d}", arm->side == ARM_CANDIDATE && index == 1 ? 77 : 5);
}

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
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(cut.data, 1, cut.length, file), cut.length);
    fclose(file);
    struct digest digest = digest_of(cut.data, cut.length);
    assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
    return tape;
}

static struct text read_tape(void)
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

static void test_what_is_not_on_it_is_asked(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 3, 4, 5, 8, 11, 12, 13, 16, 17, 18, 21, 25, ANSWERS};
    struct trial recorded = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES};
    trial_record(&recorded);
    assert_int_equal(recorded.asked, ANSWERS);
    cleanup_text struct text whole = read_tape();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t count = counts[i];
        struct trial trial = {.answer = answer_wrong_at_one, .stagger = count, .samples = FAKE_SAMPLES};
        struct tape *tape = open_beginning(&whole, count);
        trial_run(&trial, tape);
        assert_int_equal(tape_was_whole(tape), count == ANSWERS);
        assert_int_equal(trial.asked, ANSWERS - count);
        assert_string_equal(text_string(&trial.found), text_string(&recorded.found));
        /* The time of a sample is measured where a pass began without the tape. */
        assert_int_equal(trial.reference.sample_seconds == 123,
                         count >= (size_t)FAKE_SAMPLES * (CHECK_BASE_PASSES - 1));
        tape_free(tape);
        trial_fini(&trial);
    }
    trial_fini(&recorded);
}

/* Other questions than were recorded: one of the samples is gone, or the base is known. */
static void test_a_tape_of_another_check_is_left(void **state)
{
    (void)state;
    struct trial base = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES, .base_alone = true};
    struct trial recorded = {.answer = answer_wrong_at_one, .samples = MANY};
    struct err err = {0};
    struct tape *tape;
    trial_run(&base, NULL);
    struct digest digest = trial_record(&recorded);
    for (int known = 0; known < 2; known++) {
        struct trial fresh = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES};
        struct trial trial = fresh;
        fresh.known = trial.known = known ? &base.reference : NULL;
        trial_run(&fresh, NULL);
        assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
        trial_run(&trial, tape);
        assert_false(tape_was_whole(tape));
        assert_string_equal(text_string(&trial.found), text_string(&fresh.found));
        tape_free(tape);
        trial_fini(&fresh);
        trial_fini(&trial);
    }
    trial_fini(&recorded);
    trial_fini(&base);
}

/* At every answer and every change of state, from a whole tape and from ones that end on the way. */
static void test_cancelled_everywhere(void **state)
{
    (void)state;
    struct trial recorded = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES};
    trial_record(&recorded);
    cleanup_text struct text whole = read_tape();
    for (size_t count = 0; count <= ANSWERS; count += 13) {
        for (size_t at = 2; at <= recorded.progress; at++) { /* the first comes before start returns */
            struct trial trial = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES, .cancel_at = at};
            struct tape *tape = open_beginning(&whole, count);
            trial_run(&trial, tape);
            assert_int_equal(trial.code, ERR_CANCELLED);
            assert_non_null(strstr(text_string(&trial.found), "cancelled"));
            tape_free(tape);
            trial_fini(&trial);
        }
    }
    trial_fini(&recorded);
}

static void cancel_on_timer(uv_timer_t *timer)
{
    struct trial *trial = fake.data;
    if (trial->check)
        check_cancel(trial->check);
    uv_close((uv_handle_t *)timer, NULL);
}

/* Before the first turn, while the tape closes, or anywhere else: `done` comes once. */
static void test_cancelled_between_answers(void **state)
{
    (void)state;
    struct trial recorded = {.answer = answer_wrong_at_one, .samples = FAKE_SAMPLES};
    struct digest digest = trial_record(&recorded);
    for (size_t turns = 0; turns <= 60; turns++) {
        struct fake_scene scene;
        struct trial trial = {0};
        struct tape *tape;
        struct err err = {0};
        uv_timer_t timer;
        fake_scene_init(&scene);
        fake.answer = answer_with_nonsense;
        fake.data = &trial;
        assert_int_equal(tape_open(&tape, path, &digest, &err), 0);
        const struct check_input input = {.context = &scene.context,
                                          .workload = &scene.workload,
                                          .samples = &scene.set,
                                          .base = &scene.base,
                                          .candidate = &scene.candidate,
                                          .tape = tape,
                                          .contract = scene.contract,
                                          .done = trial_on_done,
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
        trial_fini(&trial);
        fake_scene_fini(&scene);
    }
    trial_fini(&recorded);
}

static void test_recording_changes_nothing(void **state)
{
    (void)state;
    struct trial plain = {.answer = answer_noisy_and_broken, .stagger = 3, .samples = MANY};
    struct trial taped = plain;
    trial_run(&plain, NULL);
    trial_record(&taped);
    assert_string_equal(text_string(&taped.found), text_string(&plain.found));
    trial_fini(&plain);
    trial_fini(&taped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tape_finds_what_the_programs_did),
        cmocka_unit_test(test_long_answers_are_found_again),
        cmocka_unit_test(test_checks_that_end_early),
        cmocka_unit_test(test_base_and_candidate_on_tapes_of_their_own),
        cmocka_unit_test(test_a_check_that_was_started_anew),
        cmocka_unit_test(test_what_is_not_on_it_is_asked),
        cmocka_unit_test(test_a_tape_of_another_check_is_left),
        cmocka_unit_test(test_cancelled_everywhere),
        cmocka_unit_test(test_cancelled_between_answers),
        cmocka_unit_test(test_recording_changes_nothing),
    };
    struct err err = {0};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/tape", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return folder_remove(folder, &err) < 0 ? 1 : failed;
}
