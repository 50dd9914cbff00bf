/* The parts of an answer beside stdout: declared output files and listed headers, under rules of their own.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "tests/contract/told.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static char out_name[] = "out";
static char *no_outputs[] = {NULL};
static char *one_output[] = {out_name, NULL};

/* Exit status 0 and a word on stdout, so that something is compared in any case. */
static struct answer test_answer(void)
{
    static char word[] = "ok\n";
    struct answer answer = {.ended = true};
    snprintf(answer.ending, sizeof answer.ending, "exit status 0");
    answer.out = (struct answer_part){.bytes = word, .length = 3, .present = true};
    answer.error = (struct answer_part){.present = true};
    return answer;
}

static bool test_holds(const struct told_row *row, const struct workload *workload,
                       const struct answer *before, const struct answer *after)
{
    struct rules *rules = row->rules ? told_rules(row->rules) : NULL;
    struct contract *contract = contract_new(workload, rules);
    struct contract_summary summary;
    enum contract_outcome outcome = contract_record(contract, "s", before, after);
    contract_summarise(contract, &summary);
    bool holds = told_agrees(row, outcome, &summary, true);
    contract_summary_fini(&summary);
    contract_free(contract);
    rules_free(rules);
    return holds;
}

/* A file's content before and after; NULL: it is absent. */
static const struct told_row file_rows[] = {
    /* Presence, and content by what it is: JSON, text, bytes. */
    {"{\"a\":1}", "{\"a\":1}", NULL, CONTRACT_SAME, ""},
    {"{\"a\":1}", "{\"a\": 1}", NULL, CONTRACT_EQUIVALENT, "whitespace out  >"},
    {"{\"a\":1}", "{\"a\":2}", NULL, CONTRACT_DIFFERENT, "value out /a 1>2"},
    {"{\"a\":1}", NULL, NULL, CONTRACT_DIFFERENT, "missing out  a file of 7 bytes>"},
    {NULL, "{\"a\":1}", NULL, CONTRACT_DIFFERENT, "added out  >a file of 7 bytes"},
    {NULL, "", NULL, CONTRACT_DIFFERENT, "added out  >a file of 0 bytes"},
    {"", "x", NULL, CONTRACT_DIFFERENT, "body out  nothing>1 bytes: x"},
    {"x\n", "", NULL, CONTRACT_DIFFERENT, "body out  2 bytes: x\n>nothing"},
    {"{\"a\":1}", "a=1\n", NULL, CONTRACT_DIFFERENT,
     "body out  7 bytes: {\"a\":1}>not JSON at line 1, column 1: expected a value, found 'a'"},
    {"{\"a\":1}", "{\"a\":1", NULL, CONTRACT_DIFFERENT,
     "became-unparsable out  7 bytes: {\"a\":1}>not JSON at line 1, column 7: expected ',' or '}', found the "
     "end"},
    {"a=1\n", "{\"a\":1}\n", NULL, CONTRACT_DIFFERENT, "value out line 1 \"a=1\\n\">\"{\\\"a\\\":1}\\n\""},
    {"a\nb\n", "a\nc\n", NULL, CONTRACT_DIFFERENT, "value out line 2 \"b\\n\">\"c\\n\""},
    {"\xff\x01", "\xff\x01", NULL, CONTRACT_SAME, ""},
    /* Rules by part. */
    {"{\"a\":1}", "{\"a\":2}", "[{\"path\":\"/a\",\"part\":\"out\",\"noisy\":true}]", CONTRACT_TOLERATED,
     "(value out /a by noisy at /a of out x1)"},
    {"{\"a\":1}", "{\"a\":2}", "[{\"path\":\"/a\",\"noisy\":true}]", CONTRACT_DIFFERENT,
     "value out /a 1>2; [unused: noisy at /a]"},
    {"[{\"id\":1,\"v\":1}]", "[{\"id\":1,\"v\":2}]", "[{\"path\":\"\",\"part\":\"out\",\"key\":\"id\"}]",
     CONTRACT_DIFFERENT, "value out /@id=1/v 1>2"},
    {"a 1\nb\n", "a 2\nb\n",
     "[{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true,\"format\":\"regex\",\"regex\":\"^a [0-9]\\n$\"}]",
     CONTRACT_TOLERATED, "(value out line 1 by noisy at /0 of out x1)"},
    /* A line is a value without its end. */
    {"5\n", "6\r\n", "[{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true,\"format\":\"integer\"}]",
     CONTRACT_TOLERATED, "(value out line 1 by noisy at /0 of out x1)"},
    {"5\n", "x\n", "[{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true,\"format\":\"integer\"}]",
     CONTRACT_DIFFERENT, "format out line 1 \"5\\n\">\"x\\n\"; (value out line 1 by noisy at /0 of out x1)"},
    {"5\n", "0\n", "[{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true,\"total\":true}]", CONTRACT_DIFFERENT,
     "emptied out line 1 \"5\\n\">\"0\\n\""},
    /* JSON lines behind a byte order mark. */
    {"\xef\xbb\xbf{\"a\":1}\n{\"a\":2}\n", "\xef\xbb\xbf{\"a\":1}\n{\"a\": 2}\n", NULL, CONTRACT_EQUIVALENT,
     "whitespace out  >"},
    {"\xef\xbb\xbf{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}\n", NULL, CONTRACT_DIFFERENT,
     "bom out  a byte order mark>none"},
    {"a 1\nb\n", "a 2\nc\n", "[{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true}]", CONTRACT_DIFFERENT,
     "value out line 2 \"b\\n\">\"c\\n\"; (value out line 1 by noisy at /0 of out x1)"},
    {"\xff\x01", "\xff\x02", "[{\"path\":\"\",\"part\":\"out\",\"noisy\":true}]", CONTRACT_TOLERATED,
     "(value out  by noisy at the root of out x1)"},
    {"\xff\x01", "\xff\x02\x03", "[{\"path\":\"\",\"part\":\"out\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "(value out  by ignore at the root of out x1)"},
    {"\xff\x01", "", "[{\"path\":\"\",\"part\":\"out\",\"ignore\":true}]", CONTRACT_DIFFERENT,
     "body out  2 bytes: \xff\x01>nothing"},
    {"\xff\x01", "\xff\x01",
     "[{\"path\":\"\",\"part\":\"out\",\"ignore\":true},{\"path\":\"/0\",\"part\":\"out\",\"noisy\":true}]",
     CONTRACT_SAME, "[unused: noisy at /0 of out]"},
    {"{\"a\":1}", NULL, "[{\"path\":\"\",\"part\":\"out\",\"ignore\":true}]", CONTRACT_DIFFERENT,
     "missing out  a file of 7 bytes>; [unused: ignore at the root of out]"},
};

static struct answer_part test_file(const char *content)
{
    return (struct answer_part){.bytes = (char *)(uintptr_t)content,
                                .length = content ? strlen(content) : 0,
                                .present = content != NULL};
}

static void test_files_table_holds(void **state)
{
    (void)state;
    size_t failures = 0;
    const struct workload workload = {.outputs = one_output};
    for (size_t i = 0; i < sizeof file_rows / sizeof *file_rows; i++) {
        struct answer_part files[] = {test_file(file_rows[i].before), test_file(file_rows[i].after)};
        struct answer before = test_answer();
        struct answer after = test_answer();
        before.outputs = &files[0];
        after.outputs = &files[1];
        before.output_count = after.output_count = 1;
        failures += !test_holds(&file_rows[i], &workload, &before, &after);
    }
    assert_int_equal(failures, 0);
}

/* A file that was cut is equal to nothing, whatever rules say of it. */
static void test_files_that_are_cut(void **state)
{
    (void)state;
    const struct workload workload = {.outputs = one_output};
    static const char *const ignored[] = {NULL, "[{\"path\":\"\",\"part\":\"out\",\"ignore\":true}]"};
    for (size_t i = 0; i < 2; i++) {
        struct rules *rules = ignored[i] ? told_rules(ignored[i]) : NULL;
        struct contract *contract = contract_new(&workload, rules);
        struct answer_part whole_file = test_file("abc");
        struct answer_part cut_file = test_file("abc");
        cut_file.cut = true;
        struct answer whole = test_answer();
        struct answer cut = test_answer();
        whole.outputs = &whole_file;
        cut.outputs = &cut_file;
        whole.output_count = cut.output_count = 1;
        assert_int_equal(contract_compare(contract, &cut, &cut), CONTRACT_NOT_COMPARED);
        assert_int_equal(contract_compare(contract, &cut, &whole), CONTRACT_NOT_COMPARED);
        assert_int_equal(contract_compare(contract, &whole, &cut), CONTRACT_DIFFERENT);
        contract_free(contract);
        rules_free(rules);
    }
}

/* A head before and after. */
static const struct told_row header_rows[] = {
    /* What a rule lists is compared, and nothing else. */
    {"Content-Type: a\nDate: 1", "content-type: a\nDate: 2", "[{\"header\":\"Content-Type\"}]", CONTRACT_SAME,
     ""},
    {"Content-Type: a", "Content-Type: b", "[{\"header\":\"content-type\"}]", CONTRACT_DIFFERENT,
     "value header content-type /0 \"a\">\"b\""},
    {"Content-Type: a", "Date: b", "[{\"header\":\"content-type\"}]", CONTRACT_DIFFERENT,
     "missing header content-type  [\"a\"]>"},
    {"Date: b", "Content-Type: a", "[{\"header\":\"content-type\"}]", CONTRACT_DIFFERENT,
     "added header content-type  >[\"a\"]"},
    {"Content-Type: a", "Content-Type: b", NULL, CONTRACT_SAME, ""},
    {"Date: 1", "Date: 2", "[{\"header\":\"etag\"}]", CONTRACT_SAME, "[unused: compared at header etag]"},
    {"E: a\"\\\x01\xff", "E: a\"\\\x01\xfe", "[{\"header\":\"e\"}]", CONTRACT_DIFFERENT,
     "value header e /0 \"a\\\"\\\\\\u0001\xff\">\"a\\\"\\\\\\u0001\xfe\""},
    {"E: a", "E: ", "[{\"header\":\"e\"}]", CONTRACT_DIFFERENT, "value header e /0 \"a\">\"\""},
    /* Several values, in their order. */
    {"V: a\nX: 1\nv: b", "V: a\nV: b", "[{\"header\":\"v\"}]", CONTRACT_SAME, ""},
    {"V: a\nV: b", "V: b\nV: a", "[{\"header\":\"v\"}]", CONTRACT_DIFFERENT,
     "order header v  [\"a\",\"b\"]>[\"b\",\"a\"]"},
    {"V: a\nV: b", "V: b\nV: a", "[{\"header\":\"v\",\"multiset\":true}]", CONTRACT_TOLERATED,
     "(order header v  by multiset at header v x1)"},
    {"V: a\nV: b", "V: a", "[{\"header\":\"v\",\"multiset\":true}]", CONTRACT_DIFFERENT,
     "length header v  2 elements>1 element"},
    /* As with other rules. */
    {"D: 1", "D: 2", "[{\"header\":\"d\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "(value header d /* by ignore at header d x1)"},
    {"D: 1", "X: 2", "[{\"header\":\"d\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "(missing header d  by ignore at header d x1)"},
    {"D: 1", "D: 2", "[{\"header\":\"d\",\"noisy\":true,\"format\":\"integer\"}]", CONTRACT_TOLERATED,
     "(value header d /* by noisy at header d x1)"},
    {"D: 1", "D: x", "[{\"header\":\"d\",\"noisy\":true,\"format\":\"integer\"}]", CONTRACT_DIFFERENT,
     "format header d /0 \"1\">\"x\"; (value header d /* by noisy at header d x1)"},
    {"D: 1", "X: 1", "[{\"header\":\"d\",\"noisy\":true}]", CONTRACT_DIFFERENT, "missing header d  [\"1\"]>"},
    {"D: 2024-01-01T00:00:00Z", "D: 2024-01-01T01:00:00+01:00", "[{\"header\":\"d\",\"format\":\"rfc3339\"}]",
     CONTRACT_TOLERATED, "(value header d /* by format rfc3339 at header d x1)"},
};

/* "Name: value" lines. */
static void test_set_headers(struct answer *answer, const char *head)
{
    while (*head) {
        size_t length = strcspn(head, "\n");
        size_t name = strcspn(head, ":");
        answer->headers = memory_resize(answer->headers, answer->header_count + 1, sizeof *answer->headers);
        answer->headers[answer->header_count++] =
            (struct answer_header){.name = memory_copy_bytes(head, name),
                                   .value = memory_copy_bytes(head + name + 2, length - name - 2)};
        head += length + (head[length] == '\n');
    }
}

static void test_free_headers(struct answer *answer)
{
    answer->out = answer->error = (struct answer_part){0};
    answer_fini(answer);
}

static void test_headers_table_holds(void **state)
{
    (void)state;
    size_t failures = 0;
    const struct workload workload = {.outputs = no_outputs};
    for (size_t i = 0; i < sizeof header_rows / sizeof *header_rows; i++) {
        struct answer before = test_answer();
        struct answer after = test_answer();
        test_set_headers(&before, header_rows[i].before);
        test_set_headers(&after, header_rows[i].after);
        failures += !test_holds(&header_rows[i], &workload, &before, &after);
        test_free_headers(&before);
        test_free_headers(&after);
    }
    assert_int_equal(failures, 0);
}

/* A header that no rule lists makes answers unlike for the shortcut alone. */
static void test_headers_and_identity(void **state)
{
    (void)state;
    struct answer one = test_answer();
    struct answer two = test_answer();
    test_set_headers(&one, "Date: 1");
    test_set_headers(&two, "Date: 1");
    assert_true(answer_is_identical(&one, &two, false));
    assert_int_equal(answer_weigh(&one), 3 + 4 + 1);
    test_set_headers(&two, "X: 2");
    assert_false(answer_is_identical(&one, &two, false));
    test_free_headers(&two);
    two = test_answer();
    test_set_headers(&two, "Date: 2");
    assert_false(answer_is_identical(&one, &two, false));
    test_free_headers(&one);
    test_free_headers(&two);
}

/* The base's own headers teach noise like any other part: values, not presence. */
static void test_headers_teach_noise(void **state)
{
    (void)state;
    const struct workload workload = {.outputs = no_outputs};
    struct rules *rules = told_rules("[{\"header\":\"date\"},{\"header\":\"etag\"}]");
    struct contract *contract = contract_new(&workload, rules);
    struct answer answers[] = {test_answer(), test_answer(), test_answer()};
    char *unstable = NULL;
    test_set_headers(&answers[0], "Date: 1\nEtag: a");
    test_set_headers(&answers[1], "Date: 2\nEtag: a");
    test_set_headers(&answers[2], "Date: 2");
    contract_learn(contract, "s", answers, 2, &unstable);
    assert_null(unstable);
    assert_int_equal(contract_compare(contract, &answers[0], &answers[1]), CONTRACT_TOLERATED);
    assert_int_equal(contract_compare(contract, &answers[0], &answers[2]), CONTRACT_DIFFERENT);
    contract_learn(contract, "s", answers, 3, &unstable);
    assert_string_equal(unstable, "the base's own answers to sample \"s\" differ: missing of header etag "
                                  "([\"a\"], then absent)");
    free(unstable);
    for (size_t i = 0; i < 3; i++)
        test_free_headers(&answers[i]);
    contract_free(contract);
    rules_free(rules);
}

struct forbid_row {
    const char *rules; /* NULL: none */
    const char *forbidden;
    const char *first; /* the base's answers, of which the second differs at a neighbour */
    const char *second;
    const char *after; /* differs where it is forbidden */
    enum contract_outcome outcome;
};

/* What a neighbour taught excuses nothing where nothing may be learned. */
static void test_forbidden_noise_is_not_excused(void **state)
{
    (void)state;
    static const struct forbid_row rows[] = {
        {NULL, "/0/t", "[{\"t\":1},{\"t\":1}]", "[{\"t\":1},{\"t\":2}]", "[{\"t\":1},{\"t\":3}]",
         CONTRACT_TOLERATED},
        {NULL, "/0/t", "[{\"t\":1},{\"t\":1}]", "[{\"t\":1},{\"t\":2}]", "[{\"t\":3},{\"t\":1}]",
         CONTRACT_DIFFERENT},
        {NULL, "/0", "[{\"t\":1},{\"t\":1}]", "[{\"t\":1},{\"t\":2}]", "[{\"t\":3},{\"t\":1}]",
         CONTRACT_DIFFERENT},
        {"[{\"path\":\"\",\"key\":\"id\"}]", "/@id=7/t", "[{\"id\":6,\"t\":1},{\"id\":7,\"t\":1}]",
         "[{\"id\":6,\"t\":2},{\"id\":7,\"t\":1}]", "[{\"id\":6,\"t\":3},{\"id\":7,\"t\":1}]",
         CONTRACT_TOLERATED},
        {"[{\"path\":\"\",\"key\":\"id\"}]", "/@id=7/t", "[{\"id\":6,\"t\":1},{\"id\":7,\"t\":1}]",
         "[{\"id\":6,\"t\":2},{\"id\":7,\"t\":1}]", "[{\"id\":6,\"t\":1},{\"id\":7,\"t\":3}]",
         CONTRACT_DIFFERENT},
    };
    const struct workload workload = {.outputs = no_outputs};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rules *rules = rows[i].rules ? told_rules(rows[i].rules) : NULL;
        struct contract *contract = contract_new(&workload, rules);
        const char *const forbidden[] = {rows[i].forbidden, NULL};
        struct err err = {0};
        char *unstable = NULL;
        assert_int_equal(contract_forbid_noise(contract, forbidden, &err), 0);
        struct answer answers[] = {test_answer(), test_answer(), test_answer()};
        answers[0].out = test_file(rows[i].first);
        answers[1].out = test_file(rows[i].second);
        answers[2].out = test_file(rows[i].after);
        contract_learn(contract, "s", answers, 2, &unstable);
        assert_null(unstable);
        if (contract_compare(contract, &answers[0], &answers[2]) != rows[i].outcome)
            fail_msg("row %zu", i);
        contract_learn(contract, "s", answers, 3, &unstable);
        assert_int_equal(unstable != NULL, rows[i].outcome == CONTRACT_DIFFERENT);
        free(unstable);
        contract_free(contract);
        rules_free(rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_table_holds),   cmocka_unit_test(test_files_that_are_cut),
        cmocka_unit_test(test_headers_table_holds), cmocka_unit_test(test_headers_and_identity),
        cmocka_unit_test(test_headers_teach_noise), cmocka_unit_test(test_forbidden_noise_is_not_excused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
