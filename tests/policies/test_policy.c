/* Bundled policies, what extends them, and what is no policy. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "policies/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BUNDLED CUPEL_SOURCE "/policies"

static int policy_from(const char *text, struct policy *policy, struct err *err)
{
    struct json_file file = {0};
    const struct json_options options = {.comments = true};
    int code = json_file_read(&file, "cupel.json", text, strlen(text), &options, err);
    if (code == 0)
        code = policy_read(policy, &file, json_find(json_root(file.document), "policy"), BUNDLED, err);
    json_file_fini(&file);
    return code;
}

static struct policy policy_must(const char *text)
{
    struct policy policy;
    struct err err = {0};
    if (policy_from(text, &policy, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return policy;
}

static void test_default_holds_where_nothing_is_said(void **state)
{
    (void)state;
    struct policy policy = policy_must("{}"), named = policy_must("{\"policy\": \"default\"}");
    assert_string_equal(policy.name, "default");
    assert_int_equal(policy.intent, INTENT_OPTIMIZE);
    assert_true(policy.minimum_improvement == 0.10);
    assert_true(policy.regression_threshold == 0.05);
    assert_true(policy.guardrail[METRIC_WALL] == 0.05);
    assert_true(policy.guardrail[METRIC_PEAK_MEMORY] == 0.05);
    assert_true(policy.guardrail[METRIC_CPU] < 0);
    assert_true(policy.budget[METRIC_WALL] < 0);
    assert_true(policy.time_budget_s == 600);
    assert_int_equal(policy.sign_off.signatures, 1);
    assert_int_equal(policy.sign_off.expires_days, 30);
    assert_true(policy.sign_off.exclude_author);
    assert_null(policy.sign_off.signers[0]);
    assert_string_equal(policy.sign_off.bots[0], "*[bot]@*");
    assert_false(policy.touch.report_only);
    assert_true(policy.touch.allow_standard_imports);
    assert_memory_equal(&policy.digest, &named.digest, sizeof policy.digest);
    policy_fini(&policy);
    policy_fini(&named);
}

static void test_policies_extend_each_other(void **state)
{
    (void)state;
    struct policy strict = policy_must("{\"policy\": \"strict\"}");
    assert_string_equal(strict.name, "strict");
    assert_true(strict.guardrail[METRIC_CPU] == 0.03);
    assert_true(strict.minimum_improvement == 0.10);
    assert_int_equal(strict.touch.max_files, 5);
    assert_string_equal(strict.touch.forbidden_paths[0], "cupel.json");
    assert_true(strict.require_full_isolation);
    size_t count = 0;
    while (strict.touch.forbidden_paths[count])
        count++;
    assert_string_equal(strict.touch.forbidden_paths[count - 1], "spec/");
    struct policy own =
        policy_must("{\"policy\": {\"extends\": \"strict\", \"name\": \"ours\", \"intent\": "
                    "\"no-regression\", \"guardrails\": {\"wall\": null}, \"budgets\": {\"wall\": 0.05}, "
                    "\"touch\": {\"max_files\": 7, \"forbidden_paths\": [\"x\"]}}}");
    assert_string_equal(own.name, "ours");
    assert_int_equal(own.intent, INTENT_NO_REGRESSION);
    assert_true(own.guardrail[METRIC_WALL] < 0 && own.guardrail[METRIC_CPU] == 0.03);
    assert_true(own.budget[METRIC_WALL] == 0.05);
    assert_int_equal(own.touch.max_files, 7);
    assert_string_equal(own.touch.forbidden_paths[0], "x");
    assert_null(own.touch.forbidden_paths[1]);
    assert_memory_not_equal(&own.digest, &strict.digest, sizeof own.digest);
    struct policy exploratory = policy_must("{\"policy\": \"exploratory\"}");
    assert_true(exploratory.touch.report_only);
    policy_fini(&exploratory);
    policy_fini(&strict);
    policy_fini(&own);
}

static void test_digest_is_of_what_holds(void **state)
{
    (void)state;
    struct policy plain = policy_must("{}");
    struct policy same = policy_must("{\"policy\": {\"name\": \"x\", \"minimum_improvement\": 0.1}}");
    struct policy other = policy_must("{\"policy\": {\"minimum_improvement\": 0.11}}");
    struct policy who = policy_must("{\"policy\": {\"sign_off\": {\"signers\": [\"*@example.org\"]}}}");
    assert_string_equal(who.sign_off.signers[0], "*@example.org");
    assert_memory_not_equal(&plain.digest, &who.digest, sizeof plain.digest);
    policy_fini(&who);
    struct policy price = policy_must(
        "{\"policy\": {\"price\": {\"cpu_hour\": 0.04, \"requests_a_day\": 5e6, \"currency\": \"EUR\"}}}");
    struct policy unpriced = policy_must("{\"policy\": {\"price\": {\"cpu_hour\": null}}}");
    assert_true(price.price.cpu_hour == 0.04 && price.price.requests_a_day == 5e6);
    assert_string_equal(price.price.currency, "EUR");
    assert_true(plain.price.cpu_hour < 0 && plain.price.requests_a_day < 0 && !plain.price.currency);
    assert_memory_not_equal(&plain.digest, &price.digest, sizeof plain.digest);
    assert_memory_equal(&plain.digest, &unpriced.digest, sizeof plain.digest);
    policy_fini(&price);
    policy_fini(&unpriced);
    struct policy path = policy_must("{\"policy\": {\"touch\": {\"also_forbidden_paths\": [\"x\"]}}}");
    assert_memory_equal(&plain.digest, &same.digest, sizeof plain.digest);
    assert_memory_not_equal(&plain.digest, &other.digest, sizeof plain.digest);
    assert_memory_not_equal(&plain.digest, &path.digest, sizeof plain.digest);
    policy_fini(&plain);
    policy_fini(&same);
    policy_fini(&other);
    policy_fini(&path);
}

static void test_errors_name_place_and_remedy(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"policy\": \"defualt\"}",
         "cupel.json:1: /policy: there is no bundled policy \"defualt\"; there are default, "
         "strict and exploratory"},
        {"{\"policy\": \"../x\"}", "cupel.json:1: /policy: there is no bundled policy \"../x\"; there are "
                                   "default, strict and exploratory"},
        {"{\"policy\": {\"extends\": \"x\"}}",
         "cupel.json:1: /policy/extends: there is no bundled policy \"x\"; there "
         "are default, strict and exploratory"},
    };
    static const char *const parts[][2] = {
        {"{\"policy\":\n{\"minimum_improvment\": 0.1}}", "minimum_improvement"},
        {"{\"policy\": {\"touch\": {\"max_file\": 1}}}", "max_files"},
        {"{\"policy\": {\"guardrails\": {\"wal\": 1}}}", "wall"},
        {"{\"policy\": {\"minimum_improvement\": 1}}", "/policy/minimum_improvement"},
        {"{\"policy\": {\"minimum_improvement\": \"0.1\"}}", "/policy/minimum_improvement"},
        {"{\"policy\": {\"touch\": {\"max_lines\": 0}}}", "/policy/touch/max_lines"},
        {"{\"policy\": {\"touch\": {\"forbidden_paths\": [1]}}}", "/policy/touch/forbidden_paths/0"},
        {"{\"policy\": {\"intent\": \"faster\"}}", "/policy/intent"},
        {"{\"policy\": {\"version\": 2}}", "/policy/version"},
        {"{\"policy\": {\"sign_off\": {\"signatures\": 0}}}", "/policy/sign_off/signatures"},
        {"{\"policy\": {\"sign_off\": {\"expires_days\": 367}}}", "/policy/sign_off/expires_days"},
        {"{\"policy\": {\"sign_off\": {\"exclude_author\": 1}}}", "/policy/sign_off/exclude_author"},
        {"{\"policy\": {\"sign_off\": {\"signers\": \"kim\"}}}", "/policy/sign_off/signers"},
        {"{\"policy\": {\"sign_off\": {\"bot\": []}}}", "bots"},
        {"{\"policy\": {\"price\": {\"cpu_hour\": 0}}}", "/policy/price/cpu_hour"},
        {"{\"policy\": {\"price\": {\"currency\": \"sixty euros\"}}}", "/policy/price/currency"},
        {"{\"policy\": {\"price\": {\"cpu_hours\": 1}}}", "cpu_hour"},
        {"{\"policy\": {\"forbid_learned_noise\": [\"/a\", \"at\"]}}",
         "/policy/forbid_learned_noise/1: must be a JSON Pointer: empty, or beginning with '/'"},
        {"{\"policy\": {\"forbid_learned_noise\": [7]}}", "/policy/forbid_learned_noise/0: must be a string"},
        {"{\"policy\": 3}", "/policy"},
    };
    struct policy policy;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        assert_int_equal(policy_from(rows[i][0], &policy, &err), ERR_INVALID);
        assert_string_equal(err.message, rows[i][1]);
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct err err = {0};
        assert_int_equal(policy_from(parts[i][0], &policy, &err), ERR_INVALID);
        if (!strstr(err.message, parts[i][1]) || strncmp(err.message, "cupel.json:", 11) != 0)
            fail_msg("%s: \"%s\" does not name %s", parts[i][0], err.message, parts[i][1]);
    }
}

static void test_files_are_told_from_names(void **state)
{
    (void)state;
    static const char text[] = "[\"default\", \"rules/perf\", \"perf.json\", {}]";
    struct json_file file = {0};
    struct err err = {0};
    assert_int_equal(json_file_read(&file, "x", text, sizeof text - 1, NULL, &err), 0);
    const struct json_value *root = json_root(file.document);
    assert_false(policy_names_file(json_element(root, 0)));
    assert_true(policy_names_file(json_element(root, 1)));
    assert_true(policy_names_file(json_element(root, 2)));
    assert_false(policy_names_file(json_element(root, 3)));
    assert_false(policy_names_file(NULL));
    json_file_fini(&file);
}

static void test_globs(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *path;
        bool matches;
    } rows[] = {
        {"cupel.json", "cupel.json", true},
        {"cupel.json", "a/cupel.json", false},
        {"*.c", "x.c", true},
        {"*.c", "a/x.c", false},
        {"**/*.c", "x.c", true},
        {"**/*.c", "a/b/x.c", true},
        {"**/x", "ax", false},
        {"a/**", "a/b/c", true},
        {"a/**", "a", false},
        {"a/**", "ab", false},
        {".github/", ".github/w/x.yml", true},
        {".github/", ".github", false},
        {".github/", ".githubx", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/x/yb", false},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"?", "", false},
        {"*", "", true},
        {"a*b*c", "a1b2b3c", true},
        {"a*b*c", "a1c2b", false},
        {"**/a/*/b", "x/a/q/a/c/b", true},
        {"**/a/*/b", "x/a/q/c/b", false},
        {"**", "a/b", true},
        {"a**b", "a/x/b", true},
        {"", "a", false},
        {"", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (policy_glob_matches(rows[i].glob, rows[i].path) != rows[i].matches)
            fail_msg("`%s` on `%s`: expected %s", rows[i].glob, rows[i].path,
                     rows[i].matches ? "a match" : "none");
    char path[4001];
    memset(path, 'a', 4000);
    path[4000] = '\0';
    /* Ends in no time, or the test's own limit stops it. */
    assert_false(policy_glob_matches("**a**a**a**a**a*a*a*a*a*a*a*a*a*b", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_holds_where_nothing_is_said),
        cmocka_unit_test(test_policies_extend_each_other),
        cmocka_unit_test(test_digest_is_of_what_holds),
        cmocka_unit_test(test_errors_name_place_and_remedy),
        cmocka_unit_test(test_files_are_told_from_names),
        cmocka_unit_test(test_globs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
