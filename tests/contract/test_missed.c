/* What can't be compared is never green: every way in which two answers prove nothing by being alike. */
#include "base/memory.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char file_name[] = "out";
static char *no_outputs[] = {NULL};
static char *one_output[] = {file_name, NULL};

/* An answer in few words: status or ending, stdout, stderr, and the file "out". */
struct spoken {
    int status;        /* exit status; -1: killed by SIGSEGV */
    const char *out;   /* NULL: nothing */
    const char *error; /* likewise */
    const char *file;  /* NULL: absent */
    bool out_cut;
    bool file_cut;
};

struct missed_row {
    const char *words;
    enum workload_stdout kind;
    bool with_stderr;
    bool with_file;
    struct spoken base;
    struct spoken candidate;
    enum contract_outcome outcome;
    int missed; /* where it is CONTRACT_NOT_COMPARED */
};

static const struct missed_row missed_rows[] = {
    {.words = "both are killed",
     .base = {.status = -1},
     .candidate = {.status = -1},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "both are killed, with the same words",
     .base = {.status = -1, .out = "x\n"},
     .candidate = {.status = -1, .out = "x\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "the base alone is killed",
     .base = {.status = -1},
     .candidate = {.out = "x\n"},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "the candidate alone is killed",
     .base = {.out = "x\n"},
     .candidate = {.status = -1, .out = "x\n"},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "a shell tells of SIGSEGV",
     .base = {.status = 139},
     .candidate = {.status = 139},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "the same behind some words",
     .base = {.status = 139, .out = "x\n"},
     .candidate = {.status = 139, .out = "x\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "the same with other words",
     .base = {.status = 139, .out = "x\n"},
     .candidate = {.status = 139, .out = "y\n"},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "the same behind a file",
     .with_file = true,
     .base = {.status = 134, .file = "x\n"},
     .candidate = {.status = 134, .file = "x\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "SIGPIPE with words is a number of the program's own",
     .base = {.status = 141, .out = "x\n"},
     .candidate = {.status = 141, .out = "x\n"},
     .outcome = CONTRACT_SAME},
    {.words = "without words it is not",
     .base = {.status = 141, .out = "\n"},
     .candidate = {.status = 141, .out = "\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CRASHED},
    {.words = "128 is no signal",
     .base = {.status = 128, .out = "x"},
     .candidate = {.status = 128, .out = "x"},
     .outcome = CONTRACT_SAME},

    {.words = "both print nothing",
     .base = {.status = 0},
     .candidate = {.status = 0},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "both print blanks",
     .base = {.out = " \n"},
     .candidate = {.out = " \n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "both print nothing and fail",
     .base = {.status = 2, .error = "usage\n"},
     .candidate = {.status = 2, .error = "usage\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "what stderr says is compared",
     .with_stderr = true,
     .base = {.status = 2, .error = "usage\n"},
     .candidate = {.status = 2, .error = "usage\n"},
     .outcome = CONTRACT_SAME},
    {.words = "what a file says is compared",
     .with_file = true,
     .base = {.file = "x\n"},
     .candidate = {.file = "x\n"},
     .outcome = CONTRACT_SAME},
    {.words = "a file that is empty says nothing",
     .with_file = true,
     .base = {.file = ""},
     .candidate = {.file = ""},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "nor does one that is absent",
     .with_file = true,
     .base = {.status = 0},
     .candidate = {.status = 0},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "nothing and another status",
     .base = {.status = 0},
     .candidate = {.status = 1},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "nothing that became something",
     .base = {.status = 0},
     .candidate = {.out = "x\n"},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "something that became nothing",
     .base = {.out = "x\n"},
     .candidate = {.status = 0},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "an empty list is an answer",
     .base = {.out = "[]"},
     .candidate = {.out = "[]"},
     .outcome = CONTRACT_SAME},

    {.words = "both are cut",
     .base = {.out = "abc", .out_cut = true},
     .candidate = {.out = "abc", .out_cut = true},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CUT},
    {.words = "a file of both is cut",
     .with_file = true,
     .base = {.out = "x", .file = "abc", .file_cut = true},
     .candidate = {.out = "x", .file = "abc", .file_cut = true},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_CUT},
    {.words = "a cut file doesn't hide another stdout",
     .with_file = true,
     .base = {.out = "x", .file = "abc", .file_cut = true},
     .candidate = {.out = "y", .file = "abc", .file_cut = true},
     .outcome = CONTRACT_DIFFERENT},
    {.words = "the candidate alone is cut",
     .base = {.out = "abc"},
     .candidate = {.out = "abc", .out_cut = true},
     .outcome = CONTRACT_DIFFERENT},

    {.words = "both are no JSON, alike",
     .kind = WORKLOAD_STDOUT_JSON,
     .base = {.out = "oops"},
     .candidate = {.out = "oops"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
    {.words = "both are no JSON, unlike",
     .kind = WORKLOAD_STDOUT_JSON,
     .base = {.out = "oops"},
     .candidate = {.out = "ooops"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
    {.words = "both are JSON with something behind it",
     .kind = WORKLOAD_STDOUT_JSON,
     .base = {.out = "{} x"},
     .candidate = {.out = "{} x"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
    {.words = "both are no JSON lines",
     .kind = WORKLOAD_STDOUT_JSONL,
     .base = {.out = "{}\noops\n"},
     .candidate = {.out = "{}\noops\n"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
    {.words = "both print nothing where JSON is declared",
     .kind = WORKLOAD_STDOUT_JSON,
     .base = {.status = 0},
     .candidate = {.status = 0},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_EMPTY},
    {.words = "no JSON that became some",
     .kind = WORKLOAD_STDOUT_JSON,
     .base = {.out = "oops"},
     .candidate = {.out = "{}"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
    {.words = "no JSON beside a file that is fine",
     .kind = WORKLOAD_STDOUT_JSON,
     .with_file = true,
     .base = {.out = "oops", .file = "x"},
     .candidate = {.out = "oops", .file = "x"},
     .outcome = CONTRACT_NOT_COMPARED,
     .missed = MISSED_UNREADABLE},
};

static struct answer_part test_part(const char *bytes, bool cut)
{
    return (struct answer_part){.bytes = (char *)(uintptr_t)bytes,
                                .length = bytes ? strlen(bytes) : 0,
                                .present = bytes != NULL,
                                .cut = cut};
}

static struct answer test_answer(const struct spoken *spoken, struct answer_part *file)
{
    struct answer answer = {.ended = spoken->status >= 0, .status = spoken->status};
    if (answer.ended)
        snprintf(answer.ending, sizeof answer.ending, "exit status %d", spoken->status);
    else
        snprintf(answer.ending, sizeof answer.ending, "killed by SIGSEGV");
    answer.out = test_part(spoken->out ? spoken->out : "", spoken->out_cut);
    answer.error = test_part(spoken->error ? spoken->error : "", false);
    *file = test_part(spoken->file, spoken->file_cut);
    answer.outputs = file;
    answer.output_count = 1;
    return answer;
}

static bool test_holds(const struct missed_row *row)
{
    struct workload workload = {.stdout_kind = row->kind,
                                .compare_stderr = row->with_stderr,
                                .outputs = row->with_file ? one_output : no_outputs};
    struct contract *contract = contract_new(&workload, NULL);
    struct answer_part files[2];
    struct answer base = test_answer(&row->base, &files[0]);
    struct answer candidate = test_answer(&row->candidate, &files[1]);
    base.output_count = candidate.output_count = row->with_file;
    struct contract_summary summary;
    enum contract_outcome outcome = contract_record(contract, "s", &base, &candidate);
    contract_summarise(contract, &summary);
    bool missed = row->outcome == CONTRACT_NOT_COMPARED;
    bool holds = outcome == row->outcome && summary.samples == 1 && summary.not_compared == missed &&
                 (!missed || (summary.missed[row->missed] == 1 && summary.fields == 0 && summary.kinds == 0));
    if (!holds)
        print_error("%s: outcome %d, %zu fields; crashed %zu, cut %zu, unreadable %zu, empty %zu\n",
                    row->words, (int)outcome, summary.fields, summary.missed[0], summary.missed[1],
                    summary.missed[2], summary.missed[3]);
    contract_summary_fini(&summary);
    contract_free(contract);
    return holds;
}

static void test_missed_table_holds(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof missed_rows / sizeof *missed_rows; i++)
        failures += !test_holds(&missed_rows[i]);
    assert_int_equal(failures, 0);
}

/* The bytes that nobody read can't hide behind those that were: fields and kinds are of compared samples. */
static void test_what_was_seen_is_counted(void **state)
{
    (void)state;
    struct workload workload = {.outputs = one_output};
    struct contract *contract = contract_new(&workload, NULL);
    static const struct spoken spoken[] = {
        {.out = "{\"a\":1,\"i\":[{\"p\":1},{\"p\":2}],\"e\":[]}"},
        {.out = "{\"a\":\"x\",\"b\":{}}"},
        {.out = "one\ntwo\n"},
        {.status = 0},
        {.status = 139},
    };
    char id[] = "0";
    for (size_t i = 0; i < sizeof spoken / sizeof *spoken; i++, ++*id) {
        struct answer_part file;
        struct answer answer = test_answer(&spoken[i], &file);
        contract_record(contract, id, &answer, &answer);
        contract_record(contract, id, &answer, &answer);
    }
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.samples, 5);
    assert_int_equal(summary.not_compared, 2);
    assert_int_equal(summary.missed[MISSED_CRASHED], 1);
    assert_int_equal(summary.missed[MISSED_EMPTY], 1);
    assert_int_equal(summary.fields, 5 + 3 + 3); /* with an exit status each */
    assert_int_equal(summary.kinds, 6);          /* exit status, /a, /i/<star>/p, /e, /b, text */
    assert_false(summary.more_kinds);
    assert_string_equal(summary.unwritten[0], "out");
    assert_null(summary.unwritten[1]);
    enum contract_outcome outcome;
    assert_true(contract_find_outcome(contract, "0", &outcome));
    assert_int_equal(outcome, CONTRACT_SAME);
    assert_true(contract_find_outcome(contract, "4", &outcome));
    assert_int_equal(outcome, CONTRACT_NOT_COMPARED);
    assert_false(contract_find_outcome(contract, "5", &outcome));
    contract_summary_fini(&summary);
    contract_free(contract);
}

/* Keys without end are counted up to a limit, and that there were more is said. */
static void test_kinds_have_a_limit(void **state)
{
    (void)state;
    struct workload workload = {.outputs = no_outputs};
    struct contract *contract = contract_new(&workload, NULL);
    for (int sample = 0; sample < 3; sample++) {
        char id[16];
        char *bytes = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&bytes, &length);
        assert_non_null(stream);
        for (int i = 0; i < 5000; i++)
            fprintf(stream, "%c\"k%d\":%d", i ? ',' : '{', sample * 5000 + i, i);
        fputs("}", stream);
        fclose(stream);
        snprintf(id, sizeof id, "%d", sample);
        const struct spoken spoken = {.out = bytes};
        struct answer_part file;
        struct answer answer = test_answer(&spoken, &file);
        assert_int_equal(contract_record(contract, id, &answer, &answer), CONTRACT_SAME);
        free(bytes);
    }
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.kinds, 10000);
    assert_true(summary.more_kinds);
    contract_summary_fini(&summary);
    contract_free(contract);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missed_table_holds),
        cmocka_unit_test(test_what_was_seen_is_counted),
        cmocka_unit_test(test_kinds_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
