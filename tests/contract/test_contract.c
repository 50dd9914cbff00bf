/* Whole answers: endings, parts, kinds of stdout, learned noise, and what counts as compared. */
#include "base/cleanup.h"
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static char *no_outputs[] = {NULL};
static char output_name[] = "out.json";
static char *one_output[] = {output_name, NULL};

/* An answer on borrowed strings; never answer_fini() it. */
static struct answer test_answer(int status, const char *out)
{
    struct answer answer = {.ended = true, .status = status};
    snprintf(answer.ending, sizeof answer.ending, "exit status %d", status);
    answer.out =
        (struct answer_part){.bytes = (char *)(uintptr_t)out, .length = strlen(out), .present = true};
    answer.error = (struct answer_part){.present = true};
    return answer;
}

static struct answer test_crash(const char *ending)
{
    struct answer answer = test_answer(0, "");
    answer.ended = false;
    snprintf(answer.ending, sizeof answer.ending, "%s", ending);
    return answer;
}

static struct contract *test_contract(struct workload *workload, enum workload_stdout kind)
{
    *workload = (struct workload){.stdout_kind = kind, .outputs = no_outputs};
    return contract_new(workload, NULL);
}

/* "class part pointer before>after" of the most serious finding, or "". */
static const char *test_first(const struct contract *contract)
{
    static char words[2048];
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    *words = 0;
    if (summary.finding_count) {
        const struct finding *finding = &summary.findings[0];
        snprintf(words, sizeof words, "%s %s %s %s>%s", finding_class_name(finding->class), finding->part,
                 finding->pointer, finding->before ? finding->before : "",
                 finding->after ? finding->after : "");
    }
    contract_summary_fini(&summary);
    return words;
}

struct answer_row {
    enum workload_stdout kind;
    int before_status;
    const char *before;
    int after_status;
    const char *after;
    enum contract_outcome outcome;
    size_t fields;
    const char *first;
};

static const struct answer_row answer_rows[] = {
    {WORKLOAD_STDOUT_AUTO, 0, "{\"a\":[1,2]}", 0, "{\"a\":[1,2]}", CONTRACT_SAME, 3, ""},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"a\":1}", 0, "{\"a\": 1}\n", CONTRACT_EQUIVALENT, 2, "whitespace stdout  >"},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"a\":1}", 1, "{\"a\":1}", CONTRACT_DIFFERENT, 2,
     "status exit status  exit status 0>exit status 1"},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"a\":1}", 0, "", CONTRACT_DIFFERENT, 2,
     "body stdout  7 bytes: {\"a\":1}>nothing"},
    {WORKLOAD_STDOUT_AUTO, 0, "", 0, "", CONTRACT_NOT_COMPARED, 0, ""},
    {WORKLOAD_STDOUT_AUTO, 1, "", 1, "", CONTRACT_NOT_COMPARED, 0, ""},
    {WORKLOAD_STDOUT_AUTO, 0, "", 1, "", CONTRACT_DIFFERENT, 1,
     "status exit status  exit status 0>exit status 1"},
    {WORKLOAD_STDOUT_AUTO, 0, "", 0, "x\n", CONTRACT_DIFFERENT, 1, "body stdout  nothing>2 bytes: x\n"},
    {WORKLOAD_STDOUT_AUTO, 139, "", 139, "", CONTRACT_NOT_COMPARED, 0, ""},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"p\":1}\n{\"p\":2}\n", 0, "{\"p\":1}\n{\"p\":3}\n", CONTRACT_DIFFERENT, 3,
     "value stdout /1/p 2>3"},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"p\":1}\n{\"p\":2}\n", 0, "{\"p\":1}\n", CONTRACT_DIFFERENT, 3,
     "length stdout  2 elements>1 element"},
    {WORKLOAD_STDOUT_AUTO, 0, "{\"p\":1}\n{\"p\":2}\n", 0, "{\"p\":1}\nERROR\n", CONTRACT_DIFFERENT, 3,
     "became-unparsable stdout  16 bytes: {\"p\":1}\n{\"p\":2}\n>not JSON at line 2, column 1: expected a "
     "value, "
     "found 'E'"},
    {WORKLOAD_STDOUT_AUTO, 0, "total 1.50\n", 0, "total 1.5\n", CONTRACT_DIFFERENT, 2,
     "value stdout line 1 \"total 1.50\\n\">\"total 1.5\\n\""},
    {WORKLOAD_STDOUT_AUTO, 0, "1.50\n", 0, "1.5\n", CONTRACT_DIFFERENT, 2,
     "value stdout line 1 \"1.50\\n\">\"1.5\\n\""},
    {WORKLOAD_STDOUT_JSON, 0, "1.50\n", 0, "1.5\n", CONTRACT_EQUIVALENT, 2,
     "number-spelling stdout  1.50>1.5"},
    {WORKLOAD_STDOUT_AUTO, 0, "a\nb\n", 0, "a\nb", CONTRACT_DIFFERENT, 3,
     "value stdout line 2 \"b\\n\">\"b\""},
    {WORKLOAD_STDOUT_AUTO, 0, "a\nb\nc\n", 0, "a\nc\nb\n", CONTRACT_DIFFERENT, 4,
     "order stdout  \"a\\nb\\nc\\n\">\"a\\nc\\nb\\n\""},
    {WORKLOAD_STDOUT_AUTO, 0, "\xff\x01", 0, "\xff\x02", CONTRACT_DIFFERENT, 2,
     "value stdout  2 bytes, SHA-256 437cb43a30226e63, differing from byte 1>2 bytes, SHA-256 "
     "1cfcb0bd04645357, "
     "differing from byte 1"},
    {WORKLOAD_STDOUT_TEXT, 0, "{\"a\":1}", 0, "{\"a\": 1}", CONTRACT_DIFFERENT, 2,
     "value stdout line 1 \"{\\\"a\\\":1}\">\"{\\\"a\\\": 1}\""},
    {WORKLOAD_STDOUT_JSON, 0, "oops", 0, "oops", CONTRACT_NOT_COMPARED, 0, ""},
    {WORKLOAD_STDOUT_JSON, 0, "", 0, "", CONTRACT_NOT_COMPARED, 0, ""},
};

static void test_contract_table_holds(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof answer_rows / sizeof *answer_rows; i++) {
        const struct answer_row *row = &answer_rows[i];
        struct workload workload;
        struct contract *contract = test_contract(&workload, row->kind);
        struct answer before = test_answer(row->before_status, row->before);
        struct answer after = test_answer(row->after_status, row->after);
        enum contract_outcome outcome = contract_compare(contract, &before, &after);
        assert_string_equal(test_first(contract), "");
        assert_int_equal(contract_record(contract, "s1", &before, &after), outcome);
        struct contract_summary summary;
        contract_summarise(contract, &summary);
        if (outcome != row->outcome || summary.fields != row->fields ||
            strcmp(test_first(contract), row->first)) {
            print_error("row %zu: outcome %d, %zu fields, %s\n", i, (int)outcome, summary.fields,
                        test_first(contract));
            failures++;
        }
        assert_int_equal(summary.not_compared, row->outcome == CONTRACT_NOT_COMPARED);
        contract_summary_fini(&summary);
        contract_free(contract);
    }
    assert_int_equal(failures, 0);
}

static void test_contract_crashes_are_never_green(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    struct answer fine = test_answer(0, "x");
    struct answer crash = test_crash("killed by SIGSEGV");
    struct answer late = test_crash("timed out after 10.0 s");
    assert_int_equal(contract_compare(contract, &crash, &crash), CONTRACT_NOT_COMPARED);
    assert_int_equal(contract_compare(contract, &crash, &late), CONTRACT_DIFFERENT);
    assert_int_equal(contract_compare(contract, &crash, &fine), CONTRACT_DIFFERENT);
    assert_int_equal(contract_record(contract, "s", &fine, &crash), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "status exit status  exit status 0>killed by SIGSEGV");
    contract_free(contract);
}

static void test_contract_cut_answers_are_never_green(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    struct answer whole = test_answer(0, "abc");
    struct answer cut = test_answer(0, "abc");
    cut.out.cut = true;
    assert_int_equal(contract_compare(contract, &cut, &cut), CONTRACT_NOT_COMPARED);
    assert_int_equal(contract_compare(contract, &cut, &whole), CONTRACT_NOT_COMPARED);
    assert_int_equal(contract_record(contract, "s", &whole, &cut), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "length stdout  3 bytes>more than 3 bytes");
    contract_free(contract);
}

static void test_contract_compares_declared_outputs(void **state)
{
    (void)state;
    struct workload workload = {.outputs = one_output};
    struct contract *contract = contract_new(&workload, NULL);
    char text[] = "{\"a\":1}";
    char changed[] = "{\"a\":2}";
    struct answer_part there = {.bytes = text, .length = 7, .present = true};
    struct answer_part other = {.bytes = changed, .length = 7, .present = true};
    struct answer_part absent = {0};
    struct answer with = test_answer(0, "");
    struct answer without = test_answer(0, "");
    struct answer different = test_answer(0, "");
    with.outputs = &there;
    without.outputs = &absent;
    different.outputs = &other;
    with.output_count = without.output_count = different.output_count = 1;
    assert_int_equal(contract_compare(contract, &with, &with), CONTRACT_SAME);
    assert_int_equal(contract_compare(contract, &without, &without), CONTRACT_NOT_COMPARED);
    assert_int_equal(contract_compare(contract, &without, &with), CONTRACT_DIFFERENT);
    assert_int_equal(contract_record(contract, "s1", &with, &different), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "value out.json /a 1>2");
    assert_int_equal(contract_record(contract, "s2", &with, &without), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "missing out.json  a file of 7 bytes>");
    contract_free(contract);
}

static void test_contract_compares_stderr_only_where_asked(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    struct answer before = test_answer(0, "x\n");
    struct answer after = test_answer(0, "x\n");
    char warning[] = "warning\n";
    after.error.bytes = warning;
    after.error.length = 8;
    assert_int_equal(contract_compare(contract, &before, &after), CONTRACT_SAME);
    workload.compare_stderr = true;
    assert_int_equal(contract_record(contract, "s", &before, &after), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "body stderr  nothing>8 bytes: warning\n");
    contract_free(contract);
}

static void test_contract_groups_by_pattern_and_counts_samples(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    struct answer before = test_answer(0, "{\"i\":[{\"p\":1},{\"p\":2},{\"p\":3}]}");
    struct answer one = test_answer(0, "{\"i\":[{\"p\":1},{\"p\":9},{\"p\":8}]}");
    struct answer two = test_answer(0, "{\"i\":[{\"p\":7},{\"p\":2},{\"p\":3}]}");
    contract_record(contract, "first", &before, &before);
    contract_record(contract, "second", &before, &one);
    contract_record(contract, "third", &before, &two);
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.samples, 3);
    assert_int_equal(summary.fields, 12);
    assert_int_equal(summary.finding_count, 1);
    assert_string_equal(summary.findings[0].pattern, "/i/*/p");
    assert_string_equal(summary.findings[0].pointer, "/i/1/p");
    assert_string_equal(summary.findings[0].sample, "second");
    assert_int_equal(summary.findings[0].count, 2);
    contract_summary_fini(&summary);
    contract_free(contract);
}

/* Told by a sample that may be shown, if one shows it: its answer, too. */
static void test_contract_tells_of_visible_samples(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    struct answer before = test_answer(0, "{\"p\":1}");
    struct answer hidden = test_answer(0, "{\"p\":2}");
    struct answer shown = test_answer(0, "{\"p\":3}");
    static const char *const ids[] = {"held out: v1", "held out: v2", "second", "held out: v3", "third"};
    static const char *const told[] = {"held out: v1", "held out: v1", "second", "second", "second"};
    for (size_t i = 0; i < 5; i++) {
        struct contract_summary summary;
        contract_record(contract, ids[i], &before, i == 2 ? &shown : &hidden);
        contract_summarise(contract, &summary);
        assert_int_equal(summary.finding_count, 1);
        assert_string_equal(summary.findings[0].sample, told[i]);
        assert_string_equal(summary.findings[0].after, i < 2 ? "2" : "3");
        assert_int_equal(summary.findings[0].count, i + 1);
        contract_summary_fini(&summary);
    }
    contract_free(contract);
}

/* Learns from three answers; the sentence, or "". */
static const char *test_learn(struct contract *contract, const char *a, const char *b, const char *c)
{
    static char words[2048];
    struct answer answers[] = {test_answer(0, a), test_answer(0, b), test_answer(0, c)};
    char *unstable;
    contract_learn(contract, "s1", answers, 3, &unstable);
    snprintf(words, sizeof words, "%s", unstable ? unstable : "");
    free(unstable);
    return words;
}

static void test_contract_learns_noise_of_values_only(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    assert_string_equal(test_learn(contract, "{\"t\":1,\"v\":[{\"n\":1}]}", "{\"t\":2,\"v\":[{\"n\":1}]}",
                                   "{\"t\":3,\"v\":[{\"n\":4}]}"),
                        "");
    struct answer before = test_answer(0, "{\"t\":1,\"v\":[{\"n\":1}]}");
    struct answer noisy = test_answer(0, "{\"t\":9,\"v\":[{\"n\":9}]}");
    struct answer type = test_answer(0, "{\"t\":\"9\",\"v\":[{\"n\":1}]}");
    struct answer missing = test_answer(0, "{\"v\":[{\"n\":1}]}");
    struct answer length = test_answer(0, "{\"t\":1,\"v\":[{\"n\":1},{\"n\":1}]}");
    assert_int_equal(contract_record(contract, "s1", &before, &noisy), CONTRACT_TOLERATED);
    assert_int_equal(contract_compare(contract, &before, &type), CONTRACT_DIFFERENT);
    assert_int_equal(contract_compare(contract, &before, &missing), CONTRACT_DIFFERENT);
    assert_int_equal(contract_compare(contract, &before, &length), CONTRACT_DIFFERENT);
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.tolerated, 1);
    assert_int_equal(summary.excuse_count, 2);
    assert_string_equal(summary.excuses[0].pattern, "/t");
    assert_string_equal(summary.excuses[0].by, "learned noise");
    assert_int_equal(summary.excuses[0].evidence, 2);
    assert_int_equal(summary.excuses[0].asked, 2);
    assert_string_equal(summary.excuses[1].pattern, "/v/*/n");
    assert_int_equal(summary.excuses[1].evidence, 1);
    contract_summary_fini(&summary);
    contract_free(contract);
}

/* What the base showed at one sample excuses at another, unless only that sample's own noise is asked for. */
static void test_contract_tells_whose_noise_it_is(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    assert_string_equal(test_learn(contract, "{\"t\":1}", "{\"t\":2}", "{\"t\":1}"), "");
    struct answer before = test_answer(0, "{\"t\":1}");
    struct answer after = test_answer(0, "{\"t\":9}");
    assert_int_equal(contract_compare(contract, &before, &after), CONTRACT_TOLERATED);
    assert_int_equal(contract_compare_at(contract, "s1", &before, &after), CONTRACT_TOLERATED);
    assert_int_equal(contract_compare_at(contract, "s2", &before, &after), CONTRACT_DIFFERENT);
    assert_int_equal(contract_record(contract, "s2", &before, &after), CONTRACT_TOLERATED);
    assert_int_equal(contract_record_at(contract, "s2", &before, &after), CONTRACT_DIFFERENT);
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.samples, 1); /* recorded twice, and still one sample */
    assert_int_equal(summary.fields, 2);  /* the exit status and t */
    assert_int_equal(summary.tolerated, 1);
    assert_int_equal(contract_breaks(&summary), 1);
    contract_summary_fini(&summary);
    contract_free(contract);
}

static void test_contract_learns_lines_one_by_one(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    assert_string_equal(
        test_learn(contract, "took 1 ms\nsum 5\n", "took 2 ms\nsum 5\n", "took 1 ms\nsum 5\n"), "");
    struct answer before = test_answer(0, "took 1 ms\nsum 5\n");
    struct answer noisy = test_answer(0, "took 3 ms\nsum 5\n");
    struct answer broken = test_answer(0, "took 3 ms\nsum 6\n");
    assert_int_equal(contract_compare(contract, &before, &noisy), CONTRACT_TOLERATED);
    assert_int_equal(contract_record(contract, "s", &before, &broken), CONTRACT_DIFFERENT);
    assert_string_equal(test_first(contract), "value stdout line 2 \"sum 5\\n\">\"sum 6\\n\"");
    contract_free(contract);
}

static void test_contract_reports_an_unstable_base(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *second;
        const char *sentence;
    } rows[] = {
        {"{\"a\":1}", "{}", "missing of stdout at /a (1, then absent)"},
        {"{\"a\":1}", "{\"a\":\"1\"}", "type of stdout at /a (1, then \"1\")"},
        {"{\"a\":[1]}", "{\"a\":[1,2]}", "length of stdout at /a (1 element, then 2 elements)"},
        {"{\"a\":[1,2]}", "{\"a\":[2,1]}", "order of stdout at /a ([1,2], then [2,1])"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", "value of stdout at /a/b (1, then 2)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct workload workload;
        struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
        static const char *const forbidden[] = {"/a", NULL};
        struct err err = {0};
        assert_int_equal(contract_forbid_noise(contract, forbidden, &err), 0);
        char wanted[512];
        snprintf(wanted, sizeof wanted, "the base's own answers to sample \"s1\" differ: %s",
                 rows[i].sentence);
        assert_string_equal(test_learn(contract, rows[i].first, rows[i].second, rows[i].first), wanted);
        contract_free(contract);
    }
}

static void test_contract_refuses_a_broken_forbidden_pointer(void **state)
{
    (void)state;
    struct workload workload;
    struct contract *contract = test_contract(&workload, WORKLOAD_STDOUT_AUTO);
    static const char *const forbidden[] = {"items", NULL};
    struct err err = {0};
    assert_int_equal(contract_forbid_noise(contract, forbidden, &err), ERR_INVALID);
    assert_string_equal(err.message, "items: must be a JSON Pointer: empty, or beginning with '/'");
    contract_free(contract);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract_table_holds),
        cmocka_unit_test(test_contract_crashes_are_never_green),
        cmocka_unit_test(test_contract_cut_answers_are_never_green),
        cmocka_unit_test(test_contract_compares_declared_outputs),
        cmocka_unit_test(test_contract_compares_stderr_only_where_asked),
        cmocka_unit_test(test_contract_groups_by_pattern_and_counts_samples),
        cmocka_unit_test(test_contract_tells_of_visible_samples),
        cmocka_unit_test(test_contract_learns_noise_of_values_only),
        cmocka_unit_test(test_contract_tells_whose_noise_it_is),
        cmocka_unit_test(test_contract_learns_lines_one_by_one),
        cmocka_unit_test(test_contract_reports_an_unstable_base),
        cmocka_unit_test(test_contract_refuses_a_broken_forbidden_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
