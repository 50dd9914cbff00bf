/* Rules that are refused, with the words that say why. */
#include "tests/contract/told.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const char *const refused_rows[][2] = {
    {"{}", "r:1: must be an array, not an object"},
    {"[1]", "r:1: /0: must be an object, not a number"},
    {"[{\"path\":\"/a\"}]",
     "r:1: /0: the rule does nothing: it needs \"ignore\", \"noisy\" or another effect"},
    {"[{\"path\":\"/a\",\"ignore\":false}]",
     "r:1: /0: the rule does nothing: it needs \"ignore\", \"noisy\" or another effect"},
    {"[{\"ignore\":true}]", "r:1: /0: a rule has either \"path\" or \"header\""},
    {"[{\"path\":\"\",\"header\":\"etag\",\"ignore\":true}]",
     "r:1: /0: a rule has either \"path\" or \"header\""},
    {"[{\"path\":\"a.b\",\"ignore\":true}]",
     "r:1: /0/path: must be a JSON Pointer: empty, or beginning with '/'"},
    {"[\n{\"path\":\"/a\",\n\"ignor\":true}]", "r:3: /0/ignor: unknown key; did you mean \"ignore\"?"},
    {"[{\"path\":\"/a\",\"noisy\":1}]", "r:1: /0/noisy: must be true or false, not a number"},
    {"[{\"path\":\"/a\",\"format\":\"rfc3393\"}]",
     "r:1: /0/format: unknown value; did you mean \"rfc3339\"?"},
    {"[{\"path\":\"/a\",\"format\":\"regex\"}]", "r:1: /0/format: needs \"regex\" beside it"},
    {"[{\"path\":\"/a\",\"format\":\"uuid\",\"regex\":\"x\"}]",
     "r:1: /0/regex: needs \"format\": \"regex\" beside it"},
    {"[{\"path\":\"/a\",\"absolute\":\"1e\"}]",
     "r:1: /0/absolute: must be a decimal of at least 0, as in \"0.001\""},
    {"[{\"path\":\"/a\",\"relative\":\"-0.1\"}]",
     "r:1: /0/relative: must be a decimal of at least 0, as in \"0.001\""},
    {"[{\"path\":\"/a\",\"absolute\":true}]", "r:1: /0/absolute: must be a decimal, as in \"0.001\""},
    {"[{\"path\":\"/a\",\"multiset\":true,\"key\":\"id\"}]",
     "r:1: /0: \"multiset\" and \"key\" exclude each other"},
    {"[{\"path\":\"/a\",\"key\":\"\"}]", "r:1: /0/key: must not be empty"},
    {"[{\"path\":\"/a\",\"ignore\":true,\"format\":\"uuid\"}]",
     "r:1: /0: \"ignore\" and \"format\" exclude each other"},
    {"[{\"path\":\"/a\",\"ignore\":true,\"total\":true}]",
     "r:1: /0: \"ignore\" and \"total\" exclude each other"},
    {"[{\"path\":\"/a\",\"noisy\":true,\"absolute\":\"1\"}]",
     "r:1: /0: \"noisy\" and \"absolute\" exclude each other"},
    {"[{\"path\":\"/a\",\"noisy\":true,\"alias\":true}]",
     "r:1: /0: \"noisy\" and \"alias\" exclude each other"},
    {"[{\"path\":\"/a\",\"alias\":true,\"unicode\":\"nfc\"}]",
     "r:1: /0: \"alias\" and \"unicode\" exclude each other"},
    {"[{\"path\":\"/a\",\"format\":\"uuid\"},\n{\"path\":\"/a\",\"ignore\":true}]",
     "r:2: /1: \"ignore\" can't be said beside the \"format\" of rule 0, which binds the same place"},
    {"[{\"path\":\"/a\",\"key\":\"id\"},{\"path\":\"/b\",\"key\":\"id\"},{\"path\":\"/"
     "a\",\"key\":\"k\"}]",
     "r:1: /2: \"key\" can't be said beside the \"key\" of rule 0, which binds the same place"},
    {"[{\"path\":\"/a\",\"multiset\":true},{\"path\":\"/a\",\"key\":\"k\"}]",
     "r:1: /1: \"key\" can't be said beside the \"multiset\" of rule 0, which binds the same place"},
    {"[{\"header\":\"Etag\",\"ignore\":true},{\"header\":\"etag\",\"noisy\":true}]",
     "r:1: /1: \"noisy\" can't be said beside the \"ignore\" of rule 0, which binds the same place"},
    {"[{\"header\":\"etag\",\"key\":\"id\"}]", "r:1: /0/key: says nothing about a header"},
    {"[{\"header\":\"etag\",\"part\":\"stdout\"}]", "r:1: /0/part: says nothing about a header"},
    {"[{\"header\":\"e tag\"}]", "r:1: /0/header: is no name of a header"},
    {"[{\"header\":\"\"}]", "r:1: /0/header: must not be empty"},
    {"[{\"path\":\"/a\",\"unicode\":\"nfkc\"}]", "r:1: /0/unicode: unknown value; did you mean \"nfc\"?"},
};

static void test_rules_are_refused_with_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_rows / sizeof *refused_rows; i++) {
        struct json_file file;
        struct err err = {0};
        struct rules *rules = NULL;
        assert_int_equal(
            json_file_read(&file, "r", refused_rows[i][0], strlen(refused_rows[i][0]), NULL, &err), 0);
        assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), ERR_INVALID);
        assert_string_equal(err.message, refused_rows[i][1]);
        assert_null(rules);
        json_file_fini(&file);
    }
}

/* Effects for one place that go together, and the same effect at places that differ. */
static void test_rules_are_allowed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "[{\"path\":\"/a\",\"noisy\":true,\"format\":\"uuid\",\"total\":true,\"numeric_string\":true}]",
        "[{\"path\":\"/a\",\"absolute\":\"1\",\"relative\":\"0.1\",\"numeric_string\":true}]",
        "[{\"path\":\"/a\",\"alias\":true,\"format\":\"uuid\"}]",
        "[{\"path\":\"/a\",\"noisy\":true},{\"path\":\"/a\",\"format\":\"uuid\"}]",
        "[{\"path\":\"/a\",\"key\":\"i\"},{\"path\":\"/a\",\"part\":\"o\",\"key\":\"k\"}]",
        "[{\"path\":\"/a\",\"key\":\"id\"},{\"path\":\"/*\",\"key\":\"x\"}]",
        "[{\"path\":\"/a\",\"ignore\":true},{\"path\":\"/a/b\",\"noisy\":true}]",
        "[{\"header\":\"etag\"},{\"header\":\"date\",\"noisy\":true,\"format\":\"rfc3339\"}]",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        rules_free(told_rules(rows[i]));
}

static void test_rules_name_parts_that_answers_have(void **state)
{
    (void)state;
    static char name[] = "out.json";
    static char *none[] = {NULL};
    static char *one[] = {name, NULL};
    static const struct workload plain[] = {{.outputs = none}};
    static const struct workload rich[] = {{.outputs = none, .compare_stderr = true}, {.outputs = one}};
    static const struct {
        const struct workload *workloads;
        size_t count;
        const char *rules;
        const char *words; /* NULL: allowed */
    } rows[] = {
        {plain, 1, "[{\"path\":\"/a\",\"ignore\":true},{\"header\":\"date\"}]", NULL},
        {rich, 2, "[{\"path\":\"/a\",\"part\":\"out.json\",\"ignore\":true}]", NULL},
        {rich, 2, "[{\"path\":\"/a\",\"part\":\"stderr\",\"ignore\":true}]", NULL},
        {plain, 1, "[{\"path\":\"/a\",\"part\":\"stdout\",\"ignore\":true}]", NULL},
        {plain, 1, "[{\"path\":\"/a\",\"part\":\"out.json\",\"ignore\":true}]",
         "r:1: /0/part: is neither \"stdout\" nor among the \"outputs\" of any workload"},
        {rich, 2, "[{\"path\":\"/a\",\"part\":\"exit status\",\"ignore\":true}]",
         "r:1: /0/part: is neither \"stdout\" nor among the \"outputs\" of any workload"},
        {plain, 1, "[{\"path\":\"/a\",\"part\":\"stderr\",\"ignore\":true}]",
         "r:1: /0/part: no workload compares stderr: one needs \"stderr\": true"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_file file;
        struct err err = {0};
        struct rules *rules = NULL;
        assert_int_equal(json_file_read(&file, "r", rows[i].rules, strlen(rows[i].rules), NULL, &err), 0);
        const struct json_value *root = json_root(file.document);
        assert_int_equal(rules_read(&rules, &file, root, &err), 0);
        int code = rules_check_parts(rules, rows[i].workloads, rows[i].count, &file, root, &err);
        assert_int_equal(code, rows[i].words ? ERR_INVALID : 0);
        if (rows[i].words)
            assert_string_equal(err.message, rows[i].words);
        rules_free(rules);
        json_file_fini(&file);
    }
}

static void test_rules_refuse_a_broken_regex(void **state)
{
    (void)state;
    static const char text[] = "[{\"path\":\"/a\",\"format\":\"regex\",\"regex\":\"(\"}]";
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(json_file_read(&file, "r", text, strlen(text), NULL, &err), 0);
    assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), ERR_INVALID);
    static const char words[] =
        "r:1: /0/regex: not a POSIX extended regular expression: "; /* and libc's reason */
    assert_memory_equal(err.message, words, strlen(words));
    json_file_fini(&file);
}

static void test_rules_may_be_absent(void **state)
{
    (void)state;
    struct json_file file = {0};
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(rules_read(&rules, &file, NULL, &err), 0);
    assert_non_null(rules);
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_refused_with_words),
        cmocka_unit_test(test_rules_are_allowed),
        cmocka_unit_test(test_rules_name_parts_that_answers_have),
        cmocka_unit_test(test_rules_refuse_a_broken_regex),
        cmocka_unit_test(test_rules_may_be_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
