#include "base/memory.h"
#include "orchestrator/contest/contest.h"
#include "orchestrator/contest/sentence.h"
#include "orchestrator/contest/sheet.h"
#include "orchestrator/contest/transcript.h"
#include "orchestrator/report/report.h"
#include "tests/report/schema.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two commands that answer alike; figures follow. */
static void contest_begin(struct contest *contest)
{
    *contest = (struct contest){
        .created = memory_copy_string("2026-01-01T00:00:00.000000Z"),
        .cupel_version = memory_copy_string("1"),
        .cpu = memory_copy_string("a CPU"),
        .kernel = memory_copy_string("Linux"),
        .isolation = memory_copy_string("full"),
        .primary = METRIC_CPU,
        .why = memory_copy_string("both compute nearly all of their time"),
        .threshold = 0.10,
        .time_budget_s = 45,
        .cpus = 1,
        .measured = true,
        .block = 4,
        .seconds = 12,
        .stopped = memory_copy_string("the gain is proven"),
    };
    for (size_t side = 0; side < 2; side++)
        contest->commands[side] = (struct contest_command){
            .line = memory_copy_string(side == 0 ? "./old" : "./new"),
            .ending = memory_copy_string("exit status 0"),
            .steady = true,
            .timed = 100,
        };
}

/* Pairs of one phase, whose B takes `ratio` of A, with a ripple in place of noise. */
static void contest_add_pairs(struct contest *contest, enum pair_phase phase, size_t count, double ratio)
{
    contest->pairs = memory_resize(contest->pairs, contest->pair_count + count, sizeof *contest->pairs);
    for (size_t i = 0; i < count; i++) {
        struct pair *pair = &contest->pairs[contest->pair_count];
        *pair = (struct pair){.phase = phase, .candidate_first = i % 2 == 0, .seed = i};
        for (int metric = 0; metric < METRIC_COUNT; metric++)
            pair->base.value[metric] = pair->candidate.value[metric] = -1;
        double wave = exp(0.004 * sin((double)contest->pair_count * 7));
        pair->base.value[METRIC_CPU] = 0.4;
        pair->candidate.value[METRIC_CPU] = 0.4 * ratio * wave;
        pair->base.value[METRIC_WALL] = 0.5;
        pair->candidate.value[METRIC_WALL] = 0.5 * ratio * wave;
        contest->pair_count++;
    }
}

static void contest_make(struct contest *contest, double ratio, size_t decide, size_t size)
{
    contest_begin(contest);
    contest_add_pairs(contest, PHASE_NOISE, 5, 1);
    contest_add_pairs(contest, PHASE_DECIDE, decide, ratio);
    contest_add_pairs(contest, PHASE_SIZE, size, ratio);
    contest_conclude(contest);
}

static char *contest_say(const struct contest *contest)
{
    struct text words = {0};
    sentence_append_warning(&words, contest);
    if (words.length > 0)
        text_append_char(&words, '\n');
    sentence_append_conclusion(&words, contest);
    return text_take(&words);
}

static void test_conclusions_follow_from_the_pairs(void **state)
{
    (void)state;
    static const struct {
        double ratio; /* of B to A */
        size_t decide, size;
        enum contest_outcome outcome;
        int status;
        const char *begins; /* the sentence */
    } rows[] = {
        {0.80, 8, 12, CONTEST_B_BETTER, 0, "B uses 20.0 % less CPU time than A (95 %: 19."},
        {1.25, 8, 12, CONTEST_A_BETTER, 8, "A uses 20.0 % less CPU time than B (95 %: 19."},
        {1.00, 8, 0, CONTEST_ALIKE, 3, "No difference of 10 % in CPU time, either way, is proven: e-value "},
        {0.96, 12, 0, CONTEST_ALIKE, 3, "No difference of 10 % in CPU time, either way, is proven: e-value "},
        {0.90, 8, 0, CONTEST_A_NOT_BETTER, 4,
         "A does not save 10 % of B's CPU time, which is proven: e-value "},
        {1.11, 8, 0, CONTEST_B_NOT_BETTER, 3,
         "B does not save 10 % of A's CPU time, which is proven: e-value "},
        {0.80, 4, 0, CONTEST_OPEN, 4, "Undecided: 4 pairs are too few for any conclusion."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct contest contest;
        contest_make(&contest, rows[i].ratio, rows[i].decide, rows[i].size);
        char *said = contest_say(&contest);
        assert_int_equal(contest.rows[0].outcome, rows[i].outcome);
        assert_int_equal(contest.exit_status, rows[i].status);
        assert_memory_equal(said, rows[i].begins, strlen(rows[i].begins));
        assert_int_equal(contest.rows[0].fresh_pairs, rows[i].size);
        assert_int_equal(contest.row_count, 2);
        free(said);
        contest_fini(&contest);
    }
}

/* Swapping the commands swaps the conclusion, and nothing else. */
static void test_neither_side_is_favoured(void **state)
{
    (void)state;
    for (double ratio = 0.6; ratio < 1.6; ratio *= 1.03) {
        struct contest one;
        struct contest other;
        contest_make(&one, ratio, 10, 12);
        contest_begin(&other);
        other.pairs = memory_resize(NULL, one.pair_count, sizeof *other.pairs);
        other.pair_count = one.pair_count;
        for (size_t i = 0; i < one.pair_count; i++) {
            other.pairs[i] = one.pairs[i];
            other.pairs[i].base = one.pairs[i].candidate;
            other.pairs[i].candidate = one.pairs[i].base;
        }
        contest_conclude(&other);
        for (int claim = 0; claim < CONTEST_CLAIMS; claim += 2) {
            const struct contest_proof *a = &one.rows[0].proofs[claim];
            const struct contest_proof *b = &other.rows[0].proofs[claim + 1];
            assert_int_equal(a->proven, b->proven);
            assert_int_equal(a->pairs, b->pairs);
            assert_true(fabs(a->e_value - b->e_value) <= 1e-9 * a->e_value);
        }
        contest_fini(&one);
        contest_fini(&other);
    }
}

static void test_a_small_difference_may_be_proven_to_be_one(void **state)
{
    (void)state;
    struct contest contest;
    contest_make(&contest, 0.96, 12, 0);
    char *said = contest_say(&contest);
    assert_non_null(strstr(said, "That B uses less at all is proven: e-value "));
    assert_null(strstr(said, "at least 10 %"));
    free(said);
    contest_fini(&contest);
}

static void test_answers_come_first(void **state)
{
    (void)state;
    struct contest contest;
    contest_make(&contest, 0.8, 8, 12);
    contest.answers = CONTEST_DIFFERENT;
    contest.findings = memory_zeroed(sizeof *contest.findings);
    contest.findings[contest.finding_count++] = (struct finding){
        .class = CLASS_VALUE,
        .part = memory_copy_string("stdout"),
        .pointer = memory_copy_string("line 1"),
        .before = memory_copy_string("\"a\""),
        .after = memory_copy_string("\"b\033[31m\""),
    };
    contest_conclude(&contest);
    char *said = contest_say(&contest);
    const char *first =
        "The answers differ: in stdout at line 1 (value), A has \"a\" and B \"b\\x1b[31m\".\nB uses";
    assert_memory_equal(said, first, strlen(first));
    assert_int_equal(contest.exit_status, 8);
    free(said);
    contest_fini(&contest);
}

static void test_what_was_not_compared_is_no_recommendation(void **state)
{
    (void)state;
    static const struct {
        enum contest_answers answers;
        size_t strayed; /* of B */
        int a_status;   /* and B's */
        int status;
        const char *warning;
    } rows[] = {
        {CONTEST_SAME, 0, 0, 0, ""},
        {CONTEST_SILENT, 0, 0, 0, ""},
        {CONTEST_TOLERATED, 0, 0, 0, ""},
        {CONTEST_UNSTEADY, 0, 0, 4, "A's answers change from run to run, so B's can't be held to them.\n"},
        {CONTEST_NOT_COMPARED, 0, 0, 4, "The answers are too long to be compared.\n"},
        {CONTEST_SAME, 3, 0, 8,
         "The answers differ: 3 of B's 100 timed answers were not its first one, and all of A's were.\n"},
        {CONTEST_SAME, 0, 1, 0, "Both fail, with exit status 0: what is compared is how fast they do.\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct contest contest;
        contest_make(&contest, 0.8, 8, 12);
        contest.answers = rows[i].answers;
        contest.commands[1].strayed = rows[i].strayed;
        contest.commands[0].status = contest.commands[1].status = rows[i].a_status;
        contest_conclude(&contest);
        char *said = contest_say(&contest);
        assert_int_equal(contest.exit_status, rows[i].status);
        assert_memory_equal(said, rows[i].warning, strlen(rows[i].warning));
        assert_memory_equal(said + strlen(rows[i].warning), "B uses 20.0 %", strlen("B uses 20.0 %"));
        free(said);
        contest_fini(&contest);
    }
}

static void test_a_run_that_fails_ends_all_conclusions(void **state)
{
    (void)state;
    struct contest contest;
    contest_make(&contest, 0.8, 8, 12);
    contest.failed = true;
    free(contest.stopped);
    contest.stopped = memory_copy_string("in a timed run B ended with killed by SIGSEGV");
    contest_conclude(&contest);
    char *said = contest_say(&contest);
    assert_string_equal(said, "Nothing can be concluded: in a timed run B ended with killed by SIGSEGV.");
    assert_int_equal(contest.exit_status, 8);
    assert_int_equal(contest.row_count, 0);
    free(said);
    contest_fini(&contest);
}

static void test_the_sheet_is_shown_at_any_width(void **state)
{
    (void)state;
    static const int widths[] = {40, 80, 120};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct contest contest;
        struct text out cleanup_text = {0};
        contest_make(&contest, 0.8, 8, 12);
        free(contest.commands[1].line);
        contest.commands[1].line = memory_copy_string("./new '\033]0;owned\a'");
        sheet_format(&contest, false, widths[i], &out);
        assert_null(strchr(text_string(&out), '\033'));
        assert_null(strchr(text_string(&out), '\a'));
        assert_non_null(strstr(text_string(&out), "100.0 ms")); /* a process of A: 0.4 s over four */
        assert_non_null(strstr(text_string(&out), "B by ≥ 10 %"));
        contest_fini(&contest);
    }
}

/* A signal may come before any pair that decides. */
static void test_what_is_known_so_far_is_shown(void **state)
{
    (void)state;
    struct contest contest;
    struct text out cleanup_text = {0};
    contest_make(&contest, 0.8, 0, 0);
    sheet_format(&contest, false, 80, &out);
    assert_non_null(strstr(text_string(&out), "Undecided: 0 pairs are too few for any conclusion."));
    assert_null(strstr(text_string(&out), "95 % interval"));
    assert_non_null(strstr(text_string(&out), "5 of A against A"));
    assert_int_equal(contest.exit_status, 4);
    contest_fini(&contest);
}

static void test_documents_are_as_the_schema_says(void **state)
{
    (void)state;
    const char *where = "";
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/comparison.json");
    for (int measured = 0; measured < 2; measured++) {
        struct contest contest;
        contest_make(&contest, 0.8, 8, 12);
        contest.measured = measured == 1;
        contest_conclude(&contest);
        cJSON *document = transcript_build(&contest);
        if (!schema_allows(schema, document, &where))
            fail_msg("%s", where);
        cJSON_AddNullToObject(document, "surprise");
        assert_false(schema_allows(schema, document, &where));
        cJSON_Delete(document);
        contest_fini(&contest);
    }
    cJSON_Delete(schema);
}

/* Printed, read, concluded and printed again: the same bytes. */
static char *transcript_print(const struct contest *contest)
{
    struct text out = {0};
    struct err err = {0};
    cJSON *document = transcript_build(contest);
    assert_int_equal(report_canonicalise(document, &out, &err), 0);
    cJSON_Delete(document);
    return text_take(&out);
}

static size_t transcript_differences(const char *bytes, struct err *err)
{
    struct differences differences = {0};
    int code = transcript_recheck("a file", bytes, strlen(bytes), &differences, err);
    size_t count = differences.count;
    differences_fini(&differences);
    return code < 0 ? SIZE_MAX : count;
}

static void test_a_transcript_can_be_recomputed(void **state)
{
    (void)state;
    struct contest contest;
    struct err err = {0};
    contest_make(&contest, 0.8, 8, 12);
    contest.commands[1].complaint = memory_copy_string("\\xff and \"quotes\"\n");
    contest.commands[0].status = contest.commands[1].status = 3;
    contest_conclude(&contest);
    char *printed = transcript_print(&contest);
    assert_true(transcript_is(printed, strlen(printed)));
    assert_int_equal(transcript_differences(printed, &err), 0);
    free(printed);
    contest_fini(&contest);
}

static char *replace(const char *bytes, const char *old, const char *new)
{
    const char *found = strstr(bytes, old);
    assert_non_null(found);
    return memory_format("%.*s%s%s", (int)(found - bytes), bytes, new, found + strlen(old));
}

static void test_a_changed_transcript_is_contradicted_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
        const char *error; /* NULL: read, and contradicted */
    } rows[] = {
        {"\"outcome\":\"b-better\"", "\"outcome\":\"alike\"", NULL},
        {"\"exit_status\":0", "\"exit_status\":3", NULL},
        {"B uses 20.0 % less", "B uses 99.0 % less", NULL},
        {"\"phase\":\"decide\"", "\"phase\":\"noise\"", NULL},
        {"\"relation\":\"same\"", "\"relation\":\"different\"", NULL},
        {"\"threshold\":0.1", "\"threshold\":0.3", NULL},
        {"\"relation\":\"same\"", "\"relation\":\"equal\"", "a file:1: /answers/relation: "},
        {"\"cpu\":0.4", "\"cpu\":-0.4", "a file:1: /measurement/pairs/0/a/cpu: "},
        {"\"processes\":4", "\"processes\":0", "a file:1: /measurement/processes: "},
        {"\"seed\":\"0\"", "\"seed\":\"x\"", "a file:1: /measurement/pairs/0/seed: "},
        {"\"threshold\":0.1", "\"threshold\":1", "a file:1: /threshold: "},
        {"\"cupel_comparison\":1", "\"cupel_comparison\":2", "a file:1: /cupel_comparison: "},
    };
    struct contest contest;
    contest_make(&contest, 0.8, 8, 12);
    char *printed = transcript_print(&contest);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        char *changed = replace(printed, rows[i].old, rows[i].new);
        size_t differences = transcript_differences(changed, &err);
        if (rows[i].error) {
            assert_int_equal(err.code, ERR_INVALID);
            assert_memory_equal(err.message, rows[i].error, strlen(rows[i].error));
        } else {
            assert_int_equal(err.code, 0);
            assert_in_range(differences, 1, 200);
        }
        free(changed);
    }
    free(printed);
    contest_fini(&contest);
}

static void test_other_documents_are_none(void **state)
{
    (void)state;
    static const char *const others[] = {
        "", "{}", "[]", "{\"cupel_report\":1}", "{\"cupel_comparison\":", "1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(transcript_is(others[i], strlen(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conclusions_follow_from_the_pairs),
        cmocka_unit_test(test_neither_side_is_favoured),
        cmocka_unit_test(test_a_small_difference_may_be_proven_to_be_one),
        cmocka_unit_test(test_answers_come_first),
        cmocka_unit_test(test_what_was_not_compared_is_no_recommendation),
        cmocka_unit_test(test_a_run_that_fails_ends_all_conclusions),
        cmocka_unit_test(test_the_sheet_is_shown_at_any_width),
        cmocka_unit_test(test_what_is_known_so_far_is_shown),
        cmocka_unit_test(test_documents_are_as_the_schema_says),
        cmocka_unit_test(test_a_transcript_can_be_recomputed),
        cmocka_unit_test(test_a_changed_transcript_is_contradicted_or_refused),
        cmocka_unit_test(test_other_documents_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
