/* What requests are changed to, as data: the list that ships, one that a team adds, and what can be wrong. */
#include "base/memory.h"
#include "workloads/edge/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int values_of_text(struct edge_values *values, const char *text, struct err *err)
{
    struct json_file file;
    *values = (struct edge_values){0};
    if (json_file_read(&file, "values.json", text, strlen(text), NULL, err) < 0)
        return err->code;
    int code = edge_values_read(values, &file, json_root(file.document), err);
    json_file_fini(&file);
    return code;
}

static const struct edge_value *find(const struct edge_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].text && strcmp(list->items[i].text, text) == 0)
            return &list->items[i];
    return NULL;
}

static void test_shipped(void **state)
{
    (void)state;
    struct edge_values values = {0};
    struct err err = {0};
    if (edge_values_load(&values, CUPEL_SOURCE "/policies/edge_values.json", &err) < 0)
        fail_msg("%s", err.message);
    static const char *const parameters[] = {"",
                                             "0",
                                             "00",
                                             "-0",
                                             "0.0",
                                             "+0",
                                             "1",
                                             "-1",
                                             " ",
                                             "%20",
                                             "+",
                                             "null",
                                             "NULL",
                                             "none",
                                             "false",
                                             "[]",
                                             "{}",
                                             "NaN",
                                             "1e0",
                                             "1,2",
                                             "%00",
                                             "%25",
                                             "%",
                                             "_",
                                             "*",
                                             "'",
                                             "\\",
                                             "2147483648",
                                             "9007199254740993",
                                             "-9223372036854775809",
                                             "1970-01-01",
                                             "0000-00-00",
                                             "2024-02-29"};
    static const char *const fields[] = {"null",  "0",     "-0", "0.0",    "\"\"", "\" \"",
                                         "\"0\"", "false", "[]", "[null]", "{}",   "9223372036854775808"};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (!find(&values.parameters, parameters[i]))
            fail_msg("no parameter is set to \"%s\"", parameters[i]);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!find(&values.json, fields[i]))
            fail_msg("no field is set to %s", fields[i]);
    assert_int_equal(strlen(find(&values.parameters, "0")->label), 1);
    assert_string_equal(find(&values.parameters, "")->label, "\"\"");
    assert_true(find(&values.parameters, "")->nothing && !find(&values.parameters, "1")->nothing);
    assert_true(values.cases > 0 && values.seconds > 0);
    edge_values_fini(&values);
}

static void test_adds(void **state)
{
    (void)state;
    struct edge_values values;
    struct err err = {0};
    struct json_file file;
    static const char more[] =
        "{\"cases\": 7, \"parameters\": [\"x y\", {\"repeat\": \"z\", \"times\": 3}], \"json\": "
        "[{\"repeat\": "
        "\"z\", \"times\": 3}, {\"set\": {\"a\": [1, 2]}}, {\"do\": \"absent\", \"nothing\": true}]}";
    assert_int_equal(values_of_text(&values, "{\"cases\": 5, \"seconds\": 2, \"parameters\": [\"0\"]}", &err),
                     0);
    assert_int_equal(json_file_read(&file, "more", more, strlen(more), NULL, &err), 0);
    assert_int_equal(edge_values_read(&values, &file, json_root(file.document), &err), 0);
    json_file_fini(&file);
    assert_int_equal(values.cases, 7);
    assert_int_equal(values.parameters.count, 3);
    assert_string_equal(values.parameters.items[1].label, "\"x y\"");
    assert_string_equal(values.parameters.items[2].text, "zzz");
    assert_string_equal(values.parameters.items[2].label, "\"z\" × 3");
    assert_string_equal(values.json.items[0].text, "\"zzz\"");
    assert_string_equal(values.json.items[1].text, "{\"a\":[1,2]}");
    assert_int_equal(values.json.items[2].act, EDGE_ABSENT);
    edge_values_fini(&values);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"[]", "values.json:1: must be an object, not an array"},
        {"{\"casess\": 1}", "values.json:1: /casess: unknown key; did you mean \"cases\"?"},
        {"{\"cases\": -1}", "values.json:1: /cases: must be an integer from 0 to 100000"},
        {"{\"seconds\": 0}", "values.json:1: /seconds: must be a number from 0.1 to 86400"},
        {"{\"parameters\": [1]}", "values.json:1: /parameters/0: must be a string, not a number"},
        {"{\"parameters\": [\"a\\u0000b\"]}", "values.json:1: /parameters/0: must not contain a NUL"},
        {"{\"parameters\": [{}]}",
         "values.json:1: /parameters/0: must have one of \"set\", \"do\" and \"repeat\""},
        {"{\"parameters\": [{\"do\": \"in-array\"}]}",
         "/parameters/0/do: unknown value; known are \"absent\", \"bare\""},
        {"{\"json\": [{\"do\": \"bare\"}]}", "/json/0/do: unknown value; known are \"absent\", \"in-array\""},
        {"{\"json\": [{\"set\": 1, \"label\": 2}]}", "/json/0/label: unknown key"},
        {"{\"json\": [{\"repeat\": \"a\"}]}", "values.json:1: /json/0: \"times\" is missing"},
        {"{\"json\": [{\"repeat\": \"\\\"\", \"times\": 2}]}",
         "values.json:1: /json/0/repeat: must be one letter or digit"},
        {"{\"json\": [{\"repeat\": \"a\", \"times\": 65537}]}",
         "values.json:1: /json/0/times: must be an integer from 1 to 65536"},
        {"{\"ranges\": [[\"from\"]]}",
         "values.json:1: /ranges/0: must be the two words of a range's low and high end"},
        {"{\"version\": 2}", "values.json:1: /version: must be"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct edge_values values;
        struct err err = {0};
        assert_int_equal(values_of_text(&values, rows[i].text, &err), ERR_INVALID);
        if (!strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].text, err.message);
        edge_values_fini(&values);
    }
}

static struct digest digest_of_text(const char *text)
{
    struct edge_values values;
    struct err err = {0};
    struct digest_stream stream;
    assert_int_equal(values_of_text(&values, text, &err), 0);
    digest_start(&stream);
    edge_values_digest(&values, &stream);
    edge_values_fini(&values);
    return digest_finish(&stream);
}

static void test_digest(void **state)
{
    (void)state;
    static const char *const others[] = {"{\"cases\": 2, \"json\": [0]}", "{\"cases\": 1, \"json\": [1]}",
                                         "{\"cases\": 1, \"parameters\": [\"0\"]}",
                                         "{\"cases\": 1, \"json\": [{\"set\": 0, \"nothing\": true}]}",
                                         "{\"cases\": 1, \"json\": [0], \"filters\": [\"q\"]}"};
    struct digest one = digest_of_text("{\"cases\": 1, \"json\": [0]}");
    struct digest same = digest_of_text("{\"json\": [ {\"set\": 0} ], \"cases\": 1}");
    assert_memory_equal(&one, &same, sizeof one);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct digest other = digest_of_text(others[i]);
        assert_memory_not_equal(&one, &other, sizeof one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_adds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
