/* The document holds what was found, and is read back as strictly as it was written. */
#include "base/memory.h"
#include "tests/report/built.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What others rely on, and where. */
static const struct {
    const char *path;
    const char *expected;
} agreed[] = {
    {"cupel_report", "1"},
    {"created", "\"2026-03-01T12:00:00Z\""},
    {"base/commit", "\"0123456789abcdef0123456789abcdef01234567\""},
    {"base/tree", "\"89abcdef0123456789abcdef0123456789abcdef\""},
    {"environment/isolation", "\"full\""},
    {"environment/noise_floor/cpu", "0.013"},
    {"policy/guardrails/wall", "0.05"},
    {"policy/budgets", "{}"},
    {"policy/intent", "\"optimize\""},
    {"candidates/0/verdict", "\"refused\""},
    {"candidates/0/rank", "1"},
    {"candidates/0/sign_off", "{\"state\":\"awaiting\"}"},
    {"candidates/0/patch/files", "2"},
    {"candidates/0/patch/tree", "\"fedcba9876543210fedcba9876543210fedcba98\""},
    {"candidates/0/patch/notes/0", "\"hunk 1 of src/a.c said 5 lines and has 6\""},
    {"candidates/0/screen/refusals/0/line", "3"},
    {"candidates/0/screen/refusals/0/unsafe", "false"},
    {"candidates/0/suspicions/0", "\"it looked for the parent's memory\""},
    {"candidates/0/identical", "null"},
    {"candidates/0/stages/4/name", "\"build\""},
    {"candidates/0/stages/4/outcome", "\"passed\""},
    {"candidates/0/stages/4/seconds", "3.14"},
    {"candidates/0/stages/3/outcome", "\"skipped\""},
    {"candidates/0/contract/samples", "1200"},
    {"candidates/0/contract/fields", "23411"},
    {"candidates/0/contract/edge_cases", "0"},
    {"candidates/0/contract/not_compared", "0"},
    {"candidates/0/contract/findings/0/class", "\"number-spelling\""},
    {"candidates/0/contract/findings/0/breaks", "false"},
    {"candidates/0/contract/findings/0/after", "null"},
    {"candidates/0/contract/excused/0/by", "\"learned noise\""},
    {"candidates/0/contract/unused_rules/0", "{\"workload\":\"summary\",\"rule\":\"ignore at /never\"}"},
    {"candidates/0/workloads/0/weight", "0.7"},
    {"candidates/0/measurements/0/metric", "\"cpu\""},
    {"candidates/0/measurements/0/role", "\"primary\""},
    {"candidates/0/measurements/0/outcome", "\"improved\""},
    {"candidates/0/measurements/0/e_value", "231"},
    {"candidates/0/measurements/0/threshold", "0.1"},
    {"candidates/0/measurements/0/gain/point", "0.158"},
    {"candidates/0/measurements/0/pairs/0/first", "\"candidate\""},
    {"candidates/0/measurements/0/pairs/0/phase", "\"decide\""},
    {"candidates/0/measurements/0/pairs/0/seed", "\"18446744073709551615\""},
    {"candidates/0/measurements/0/strata/0/harmful", "true"},
    {"candidates/0/measurements/1/role", "\"guardrail\""},
    {"candidates/0/measurements/1/threshold", "-0.05"},
    {"candidates/0/measurements/1/strata", "[]"},
};

static void document_has_the_agreed_keys(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    built_rich_evidence(&evidence);
    built_make(&evidence, &built);
    for (size_t i = 0; i < sizeof agreed / sizeof *agreed; i++)
        built_assert(built.view, agreed[i].path, agreed[i].expected);
    const char *digest = built_at(built.view, "candidates/0/digest")->valuestring;
    assert_int_equal(7 + 64, strlen(digest));
    assert_null(strstr(text_string(&built.canonical), "\"digest\":\"sha256:0\",\"rank\""));
    assert_null(cJSON_GetObjectItem(built_at(built.document, "candidates/0"), "rank"));
    assert_null(cJSON_GetObjectItem(built_at(built.document, "candidates/0"), "sign_off"));
    built_fini(&built);
}

static void document_is_the_same_for_the_same_evidence(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built one;
    struct built two;
    built_rich_evidence(&evidence);
    built_make(&evidence, &one);
    built_rich_evidence(&evidence);
    built_make(&evidence, &two);
    assert_string_equal(text_string(&one.canonical), text_string(&two.canonical));
    built_fini(&two);
    built_rich_evidence(&evidence);
    evidence.patch_digest[0] = 'a';
    built_make(&evidence, &two);
    assert_string_not_equal(built_at(one.view, "candidates/0/id")->valuestring,
                            built_at(two.view, "candidates/0/id")->valuestring);
    built_fini(&one);
    built_fini(&two);
}

static void document_makes_foreign_bytes_valid(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    case_recommended(&evidence);
    free(evidence.subject);
    evidence.subject = memory_copy_string("caf\xe9 \xff\n\x01");
    evidence.workloads->measurement.metrics[0].e_value = 1.0 / 0.0;
    built_make(&evidence, &built);
    built_assert(built.view, "candidates/0/patch/subject", "\"caf\\\\xe9 \\\\xff\\n\\u0001\"");
    built_assert(built.view, "candidates/0/measurements/0/e_value", "null");
    built_fini(&built);
}

static int parse(const char *bytes, size_t length, char *message)
{
    cJSON *document = NULL;
    struct digest digest;
    struct err err = {0};
    int status = report_view_parse(bytes, length, &document, &digest, &err);
    strcpy(message, err.message);
    cJSON_Delete(document);
    return status;
}

static void parse_gives_back_what_was_written(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct err err = {0};
    built_rich_evidence(&evidence);
    built_make(&evidence, &built);
    struct text view cleanup_text = {0};
    assert_int_equal(0, report_canonicalise(built.view, &view, &err));
    const char *const sources[] = {text_string(&built.canonical), text_string(&view)};
    struct digest expected = digest_of(sources[0], strlen(sources[0]));
    for (size_t i = 0; i < 2; i++) {
        struct text again cleanup_text = {0};
        cJSON *document = NULL;
        struct digest digest;
        int status = report_view_parse(sources[i], strlen(sources[i]), &document, &digest, &err);
        assert_string_equal("", err.message);
        assert_int_equal(0, status);
        assert_memory_equal(&expected, &digest, sizeof digest);
        assert_int_equal(0, report_canonicalise(document, &again, &err));
        assert_string_equal(sources[0], text_string(&again));
        cJSON_Delete(document);
    }
    built_fini(&built);
}

static void parse_refuses_what_is_no_report(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *message; /* its beginning */
    } rows[] = {
        {"", "report: line 1, column 1: "},
        {"{\"cupel_report\":1,}", "report: line 1, column 19: "},
        {"{\"cupel_report\":1} x", "report: line 1, column 20: "},
        {"[]", "report: not a cupel report (\"cupel_report\" is not 1)"},
        {"{\"cupel_report\":\"1\"}", "report: not a cupel report (\"cupel_report\" is not 1)"},
        {"{\"cupel_report\":2}", "report: version 2, made by a newer cupel"},
        {"{\"cupel_report\":1}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":[]}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":{\"a\":{}}}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":[{},{}]}", "report: holds 2 candidates; give it one"},
        {"{\"cupel_report\":1,\"cupel_report\":1}", "report: the key \"cupel_report\" occurs twice"},
        {"{\"cupel_report\":1,\"a\":\"\\u0000\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"a\":\"\xff\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"a\":\"\\ud800\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"candidates\":[{\"e\":1e999}]}",
         "report: a number is infinite or none at all"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char message[ERR_MESSAGE_MAX];
        assert_int_equal(ERR_INVALID, parse(rows[i].bytes, strlen(rows[i].bytes), message));
        if (strncmp(rows[i].message, message, strlen(rows[i].message)) != 0)
            assert_string_equal(rows[i].message, message);
    }
}

static void parse_notices_a_changed_view(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    char message[ERR_MESSAGE_MAX];
    built_rich_evidence(&evidence);
    built_make(&evidence, &built);
    struct text bytes cleanup_text = {0};
    struct err err = {0};
    assert_int_equal(0, report_canonicalise(built.view, &bytes, &err));
    char *view = bytes.data;
    char *verdict = strstr(view, "\"verdict\":\"refused\"");
    assert_non_null(verdict);
    assert_int_equal(0, parse(view, strlen(view), message));
    memcpy(verdict, "\"verdict\":\"REFUSED\"", strlen("\"verdict\":\"refused\""));
    assert_int_equal(ERR_INVALID, parse(view, strlen(view), message));
    assert_non_null(strstr(message, "report: it was changed after it was made"));
    built_fini(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_has_the_agreed_keys),
        cmocka_unit_test(document_is_the_same_for_the_same_evidence),
        cmocka_unit_test(document_makes_foreign_bytes_valid),
        cmocka_unit_test(parse_gives_back_what_was_written),
        cmocka_unit_test(parse_refuses_what_is_no_report),
        cmocka_unit_test(parse_notices_a_changed_view),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
