/* Two documents under rules: the findings, in their order, written as "class pointer before>after; …". */
#include "base/cleanup.h"
#include "tests/contract/told.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const struct told_row comparison_rows[] = {
    {"[1,2,3]", "[3,1,2]", NULL, CONTRACT_DIFFERENT, "order  [1,2,3]>[3,1,2]"},
    {"[1,2,3]", "[1,3,3]", NULL, CONTRACT_DIFFERENT, "value /1 2>3"},
    {"[1,2,3,4]", "[1,9,2,3,4]", NULL, CONTRACT_DIFFERENT, "length  4 elements>5 elements"},
    {"[1,2,3,4]", "[1,2,4]", NULL, CONTRACT_DIFFERENT, "length  4 elements>3 elements"},
    {"[{\"a\":1},{\"a\":2},{\"a\":3}]", "[{\"a\":9},{\"a\":3}]", NULL, CONTRACT_DIFFERENT,
     "length  3 elements>2 elements; value /0/a 1>9"},
    {"[{\"a\":1},{\"a\":2},{\"a\":3},{\"a\":4}]", "[{\"a\":2},{\"a\":3},{\"a\":4},{\"a\":5}]", NULL,
     CONTRACT_DIFFERENT,
     "value /0/a 1>5; order  "
     "[{\"a\":1},{\"a\":2},{\"a\":3},{\"a\":4}]>[{\"a\":2},{\"a\":3},{\"a\":4},{\"a\":5}]"},
    {"[[1,2],[3,4]]", "[[2,1],[3,4]]", NULL, CONTRACT_DIFFERENT, "order /0 [1,2]>[2,1]"},
    {"{\"i\":[{\"p\":1},{\"p\":2}]}", "{\"i\":[{\"p\":3},{\"p\":4}]}", NULL, CONTRACT_DIFFERENT,
     "value /i/0/p 1>3"},
    {"{\"i\":[1]}", "{\"i\":[]}", NULL, CONTRACT_DIFFERENT, "emptied /i [1]>[]"},
    {"{\"i\":[null]}", "{\"i\":[]}", NULL, CONTRACT_DIFFERENT, "length /i 1 element>0 elements"},
    {"{\"n\":3}", "{\"n\":0}", "[{\"path\":\"/n\",\"total\":true,\"noisy\":true}]", CONTRACT_DIFFERENT,
     "emptied /n 3>0"},
    {"{\"n\":3}", "{\"n\":4}", "[{\"path\":\"/n\",\"total\":true}]", CONTRACT_DIFFERENT, "value /n 3>4"},
    {"{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"d\":4,\"a\":\"1\"}", NULL, CONTRACT_DIFFERENT,
     "missing /b 2>; type /a 1>\"1\"; added /d >4"},
    {"{\"a\":1}", "{\"a\":1,\"a\":1}", NULL, CONTRACT_DIFFERENT, "duplicate-key /a 1>1"},
    {"{\"a\":1,\"a\":2}", "{\"a\":1, \"a\":2}", NULL, CONTRACT_EQUIVALENT, "whitespace  >"},
    {"{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}", NULL, CONTRACT_DIFFERENT, "value /a 1>2"},
    {"{\"a\":true}", "{\"a\":false}", NULL, CONTRACT_DIFFERENT, "value /a true>false"},
    {"\"\\u00e9\"", "\"e\\u0301\"", NULL, CONTRACT_DIFFERENT,
     "unicode-normalisation  \"\\u00e9\">\"e\\u0301\""},
    {"\"\\u00e9\"", "\"e\\u0301\"", "[{\"path\":\"\",\"unicode\":\"nfc\"}]", CONTRACT_TOLERATED,
     "(unicode-normalisation  by unicode nfc at the root x1)"},
    {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", NULL, CONTRACT_EQUIVALENT,
     "escape  \"\\ud83d\\ude00\">\"\xf0\x9f\x98\x80\""},
    {"\"\\ud800\"", "\"\xed\xa0\x80\"", NULL, CONTRACT_DIFFERENT, "value  \"\\ud800\">\"\xed\xa0\x80\""},
    {"{\"\\ud800\":1}", "{\"\xed\xa0\x80\":1}", NULL, CONTRACT_DIFFERENT,
     "missing /\xed\xa0\x80 1>; added /\xed\xa0\x80 >1"},
    {"{\"a\\u0000b\":1}", "{\"a\\u0000b\":2}", NULL, CONTRACT_DIFFERENT, "value /a\\u0000b 1>2"},
    {"[1e400]", "[10e399]", NULL, CONTRACT_EQUIVALENT, "number-spelling /0 1e400>10e399"},
    {"{\"a\":1}", "{\"a\":1}{}", NULL, CONTRACT_DIFFERENT,
     "trailing-data  7 bytes: {\"a\":1}>not JSON at line 1, column 8: something follows the value"},
    {"{\"a\":1}", "{\"a\":", NULL, CONTRACT_DIFFERENT,
     "became-unparsable  7 bytes: {\"a\":1}>not JSON at line 1, column 6: expected a value, found the end"},
    {"{\"a\":1}", "Segmentation fault", NULL, CONTRACT_DIFFERENT,
     "body  7 bytes: {\"a\":1}>not JSON at line 1, column 1: expected a value, found 'S'"},
    {"", "", NULL, CONTRACT_NOT_COMPARED, "parse  nothing>nothing"},
    /* Rules: the thing that they allow, and its twin that they don't. */
    {"{\"t\":\"2024-01-01T00:00:00Z\"}", "{\"t\":\"2024-01-01T01:00:00+01:00\"}",
     "[{\"path\":\"/t\",\"format\":\"rfc3339\"}]", CONTRACT_TOLERATED,
     "(value /t by format rfc3339 at /t x1)"},
    {"{\"t\":\"2024-01-01T00:00:00Z\"}", "{\"t\":\"2024-01-01T01:00:00Z\"}",
     "[{\"path\":\"/t\",\"format\":\"rfc3339\"}]", CONTRACT_DIFFERENT,
     "value /t \"2024-01-01T00:00:00Z\">\"2024-01-01T01:00:00Z\""},
    {"{\"t\":\"2024-02-29T23:59:60Z\"}", "{\"t\":\"2023-02-29T00:00:00Z\"}",
     "[{\"path\":\"/t\",\"noisy\":true,\"format\":\"rfc3339\"}]", CONTRACT_DIFFERENT,
     "format /t \"2024-02-29T23:59:60Z\">\"2023-02-29T00:00:00Z\"; (value /t by noisy at /t x1)"},
    {"{\"k\":\"ab-1\"}", "{\"k\":\"cd-22\"}",
     "[{\"path\":\"/k\",\"noisy\":true,\"format\":\"regex\",\"regex\":\"^[a-z]+-[0-9]+$\"}]",
     CONTRACT_TOLERATED, "(value /k by noisy at /k x1)"},
    {"{\"k\":\"ab-1\"}", "{\"k\":\"cd-\"}",
     "[{\"path\":\"/k\",\"noisy\":true,\"format\":\"regex\",\"regex\":\"^[a-z]+-[0-9]+$\"}]",
     CONTRACT_DIFFERENT, "format /k \"ab-1\">\"cd-\"; (value /k by noisy at /k x1)"},
    {"{\"k\":5}", "{\"k\":6.5}", "[{\"path\":\"/k\",\"noisy\":true,\"format\":\"integer\"}]",
     CONTRACT_DIFFERENT, "format /k 5>6.5; (value /k by noisy at /k x1)"},
    {"{\"m\":{\"a\":1},\"b\":1}", "{\"b\":1}", "[{\"path\":\"/m\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "(missing /m by ignore at /m x1)"},
    {"{\"m\":{\"a\":1}}", "{\"m\":{\"a\":2,\"c\":3}}", "[{\"path\":\"/m\",\"ignore\":true}]",
     CONTRACT_TOLERATED, "(value /m/a by ignore at /m x1); (added /m/c by ignore at /m x1)"},
    {"{\"m\":{\"a\":1}}", "{\"m\":{\"a\":2}}", "[{\"path\":\"/m\",\"noisy\":true}]", CONTRACT_DIFFERENT,
     "value /m/a 1>2"},
    {"[{\"t\":1,\"v\":1},{\"t\":2,\"v\":2}]", "[{\"t\":3,\"v\":1},{\"t\":4,\"v\":2}]",
     "[{\"path\":\"/*/t\",\"noisy\":true},{\"path\":\"/*/w\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "(value /*/t by noisy at /*/t x2); [unused: ignore at /*/w]"},
    {"[{\"t\":1,\"v\":1},{\"t\":2,\"v\":2}]", "[{\"t\":3,\"v\":1},{\"t\":4,\"v\":2}]",
     "[{\"path\":\"/0/t\",\"noisy\":true}]", CONTRACT_DIFFERENT,
     "value /1/t 2>4; (value /*/t by noisy at /0/t x1)"},
    {"[{\"t\":1,\"v\":1},{\"t\":2,\"v\":2}]", "[{\"t\":9,\"v\":2},{\"t\":8,\"v\":1}]",
     "[{\"path\":\"\",\"multiset\":true},{\"path\":\"/*/t\",\"noisy\":true}]", CONTRACT_TOLERATED,
     "(order  by multiset at the root x1); (value /*/t by noisy at /*/t x2)"},
    {"[1,2,3]", "[4,2,1]", "[{\"path\":\"\",\"multiset\":true}]", CONTRACT_DIFFERENT,
     "value  3>4; (order  by multiset at the root x1)"},
    {"[{\"id\":1,\"v\":1},{\"id\":2}]", "[{\"id\":3},{\"v\":1,\"id\":1.0}]",
     "[{\"path\":\"\",\"key\":\"id\"}]", CONTRACT_DIFFERENT,
     "missing /@id=2 {\"id\":2}>; added /@id=3 >{\"id\":3}; number-spelling /@id=1/id 1>1.0; "
     "key-order /@id=1 {\"id\":1,\"v\":1}>{\"v\":1,\"id\":1.0}"},
    {"[{\"id\":\"a/b\",\"v\":1}]", "[{\"id\":\"a/b\",\"v\":2}]",
     "[{\"path\":\"\",\"key\":\"id\"},{\"path\":\"/@id=a~1b/v\",\"noisy\":true}]", CONTRACT_TOLERATED,
     "(value /*/v by noisy at /@id=a~1b/v x1)"},
    {"[{\"id\":1},{\"id\":1}]", "[{\"id\":1},{\"id\":1}]", "[{\"path\":\"\",\"key\":\"id\"}]", CONTRACT_SAME,
     ""},
    {"{\"id\":\"aa\",\"r\":[\"aa\",\"x\"]}", "{\"id\":\"bb\",\"r\":[\"bb\",\"x\"]}",
     "[{\"path\":\"/id\",\"alias\":true}]", CONTRACT_TOLERATED,
     "(value /id by alias at /id x1); (value /r/* by alias at /id x1)"},
    {"{\"id\":\"aa\",\"r\":\"aa\"}", "{\"id\":\"bb\",\"r\":\"aa\"}", "[{\"path\":\"/id\",\"alias\":true}]",
     CONTRACT_DIFFERENT, "reference-broken /r \"aa\">\"aa\"; (value /id by alias at /id x1)"},
    {"[{\"id\":\"a\"},{\"id\":\"b\"}]", "[{\"id\":\"x\"},{\"id\":\"x\"}]",
     "[{\"path\":\"/*/id\",\"alias\":true}]", CONTRACT_DIFFERENT,
     "reference-broken /1/id \"b\">\"x\"; (value /*/id by alias at /*/id x1)"},
    {"{\"id\":7,\"n\":7,\"r\":7}", "{\"id\":8,\"n\":7,\"r\":8}", "[{\"path\":\"/id\",\"alias\":true}]",
     CONTRACT_TOLERATED, "(value /id by alias at /id x1); (value /r by alias at /id x1)"},
    {"{\"a\":\"1.0\"}", "{\"a\":1}", "[{\"path\":\"/a\",\"numeric_string\":true}]", CONTRACT_TOLERATED,
     "(type /a by numeric_string at /a x1)"},
    {"{\"a\":\"1.0\"}", "{\"a\":2}", "[{\"path\":\"/a\",\"numeric_string\":true}]", CONTRACT_DIFFERENT,
     "type /a \"1.0\">2"},
    {"{\"a\":1}", "{\"a\":1}", "[{\"header\":\"etag\",\"ignore\":true}]", CONTRACT_SAME,
     "[unused: ignore at header etag]"},
};

static void test_compare_table_holds(void **state)
{
    (void)state;
    told_assert_all(comparison_rows, sizeof comparison_rows / sizeof *comparison_rows);
}

/* Every document of the table, held against itself under its own rules, breaks nothing. */
static void test_compare_with_itself_is_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof comparison_rows / sizeof *comparison_rows; i++) {
        const struct told_row *row = &comparison_rows[i];
        struct rules *rules = row->rules ? told_rules(row->rules) : NULL;
        struct contract_summary summary;
        size_t length = strlen(row->before);
        enum contract_outcome outcome =
            contract_compare_json(row->before, length, row->before, length, rules, &summary);
        assert_int_equal(outcome, length ? CONTRACT_SAME : CONTRACT_NOT_COMPARED);
        contract_summary_fini(&summary);
        rules_free(rules);
    }
}

/* Many members in another order, beyond what is searched one by one; and a large array with a tenth changed.
 */
static void test_compare_large(void **state)
{
    (void)state;
    cleanup_text struct text before = {0};
    cleanup_text struct text after = {0};
    for (int i = 0; i < 1000; i++) {
        text_printf(&before, "%c\"k%d\":[%d]", i ? ',' : '{', i, i);
        text_printf(&after, "%c\"k%d\":[%d]", i ? ',' : '{', 999 - i, 999 - i == 500 ? -1 : 999 - i);
    }
    text_append_string(&before, "}");
    text_append_string(&after, "}");
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(before.data, before.length, after.data, after.length, NULL, &summary);
    assert_int_equal(outcome, CONTRACT_DIFFERENT);
    assert_int_equal(summary.fields, 1000);
    assert_int_equal(contract_breaks(&summary), 1);
    assert_string_equal(summary.findings[0].pointer, "/k500/0");
    contract_summary_fini(&summary);
}

/* Eight bytes that made a factor of the hash 0, whatever the seed: keys that end alike were taken for one. */
static void test_compare_reads_keys_of_equal_hashes(void **state)
{
    (void)state;
#define FORGETS "\xdb\x28\xb4\xa0\xd1~\\u0003\xe7"
    cleanup_text struct text before = {0};
    cleanup_text struct text after = {0};
    text_append_string(&before, "{\"AAAAAAAA" FORGETS "tail\":1");
    text_append_string(&after, "{\"BBBBBBBB" FORGETS "tail\":1,\"CCCCCCCC" FORGETS "tail\":1");
    for (int i = 0; i < 40; i++) {
        text_printf(&before, ",\"k%d\":0", i);
        text_printf(&after, ",\"k%d\":0", i);
    }
    text_append_string(&before, "}");
    text_append_string(&after, "}");
    struct contract_summary summary;
    enum contract_outcome outcome =
        contract_compare_json(before.data, before.length, after.data, after.length, NULL, &summary);
    assert_int_equal(outcome, CONTRACT_DIFFERENT);
    assert_int_equal(contract_breaks(&summary), 3);
    assert_string_equal(finding_class_name(summary.findings[0].class), "missing");
    contract_summary_fini(&summary);
}

static void test_compare_cuts_what_it_shows(void **state)
{
    (void)state;
    cleanup_text struct text before = {0};
    text_append_string(&before, "\"");
    for (int i = 0; i < 1000; i++)
        text_append_string(&before, "\xc3\xa9");
    text_append_string(&before, "\"");
    struct contract_summary summary;
    contract_compare_json(before.data, before.length, "\"\"", 2, NULL, &summary);
    assert_int_equal(summary.finding_count, 1);
    size_t length = strlen(summary.findings[0].before);
    assert_in_range(length, FINDING_TEXT_MAX - 4, FINDING_TEXT_MAX);
    assert_string_equal(summary.findings[0].before + length - 5, "\xc3\xa9\xe2\x80\xa6");
    contract_summary_fini(&summary);
}

/* A key of any length is one segment; two long ones that begin alike stay two. */
static void test_compare_cuts_the_keys_that_it_shows(void **state)
{
    (void)state;
    cleanup_text struct text before = {0};
    for (int i = 0; i < 2; i++) {
        text_append_string(&before, i ? ",\"" : "{\"");
        for (int k = 0; k < 10000; k++)
            text_append_string(&before, "\xc3\xa9");
        text_printf(&before, "%d\":1", i);
    }
    text_append_string(&before, "}");
    struct contract_summary summary;
    contract_compare_json(before.data, before.length, "{}", 2, NULL, &summary);
    assert_int_equal(summary.finding_count, 2);
    assert_in_range(strlen(summary.findings[0].pointer), 256, 300);
    assert_string_not_equal(summary.findings[0].pointer, summary.findings[1].pointer);
    contract_summary_fini(&summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_table_holds),
        cmocka_unit_test(test_compare_with_itself_is_same),
        cmocka_unit_test(test_compare_large),
        cmocka_unit_test(test_compare_reads_keys_of_equal_hashes),
        cmocka_unit_test(test_compare_cuts_what_it_shows),
        cmocka_unit_test(test_compare_cuts_the_keys_that_it_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
