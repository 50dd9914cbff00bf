/* Rules that are refused, with the words that say why. */
#include "workloads/contract/contract.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void test_rules_are_refused_with_words(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
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
        {"[{\"path\":\"/a\",\"unicode\":\"nfkc\"}]", "r:1: /0/unicode: unknown value; did you mean \"nfc\"?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_file file;
        struct err err = {0};
        struct rules *rules = NULL;
        assert_int_equal(json_file_read(&file, "r", rows[i][0], strlen(rows[i][0]), NULL, &err), 0);
        assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), ERR_INVALID);
        assert_string_equal(err.message, rows[i][1]);
        assert_null(rules);
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
        cmocka_unit_test(test_rules_refuse_a_broken_regex),
        cmocka_unit_test(test_rules_may_be_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
