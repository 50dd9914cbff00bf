/* Typed access: every error names file, line and JSON Pointer. */
#include "base/json_access.h"
#include "base/json_pointer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const char access_text[] = "{\n"
                                  "  \"name\": \"x\\u0000y\",\n"
                                  "  \"weight\": 2.5,\n"
                                  "  \"rows\": [\n"
                                  "    {\"run\": [\"a\", 1]},\n"
                                  "    {\"a/b~c\": true}\n"
                                  "  ],\n"
                                  "  \"big\": 1e999,\n"
                                  "  \"good\": [\"one\", \"two\"]\n"
                                  "}\n";

static struct json_file access_open(void)
{
    struct json_file file;
    struct err err = {0};
    assert_int_equal(json_file_read(&file, "c.json", access_text, strlen(access_text), NULL, &err), 0);
    return file;
}

static const struct json_value *access_at(const struct json_file *file, const char *key)
{
    return json_find(json_root(file->document), key);
}

static void test_access_names_the_place(void **state)
{
    (void)state;
    struct json_file file = access_open();
    struct err err = {0};
    const char *string;
    char **strings;
    double number;
    int64_t integer;
    bool flag;
    const struct json_value *rows = access_at(&file, "rows");
    assert_int_equal(json_want_string(&file, access_at(&file, "name"), &string, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:2: /name: must not contain a NUL");
    assert_int_equal(json_want_string(&file, access_at(&file, "weight"), &string, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:3: /weight: must be a string, not a number");
    assert_int_equal(json_want_number(&file, access_at(&file, "weight"), 0, 1, &number, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:3: /weight: must be a number from 0 to 1");
    assert_int_equal(json_want_integer(&file, access_at(&file, "weight"), 0, 9, &integer, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:3: /weight: must be an integer");
    assert_int_equal(json_want_number(&file, access_at(&file, "big"), 0, 1, &number, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:8: /big: is too large a number");
    assert_int_equal(json_want_strings(&file, json_find(json_element(rows, 0), "run"), &strings, NULL, &err),
                     ERR_INVALID);
    assert_string_equal(err.message, "c.json:5: /rows/0/run/1: must be a string, not a number");
    assert_int_equal(json_want_object(&file, json_find(json_element(rows, 1), "a/b~c"), &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:6: /rows/1/a~1b~0c: must be an object, not a boolean");
    assert_int_equal(json_want_array(&file, json_root(file.document), &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:1: must be an array, not an object");
    assert_int_equal(json_want_bool(&file, rows, &flag, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:4: /rows: must be true or false, not an array");
    json_file_fini(&file);
}

static void test_access_gives_what_is_right(void **state)
{
    (void)state;
    struct json_file file = access_open();
    struct err err = {0};
    double number;
    char **strings;
    size_t count;
    assert_int_equal(json_want_number(&file, access_at(&file, "weight"), 0, 2.5, &number, &err), 0);
    assert_true(number == 2.5);
    assert_int_equal(json_want_strings(&file, access_at(&file, "good"), &strings, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(strings[1], "two");
    assert_null(strings[2]);
    json_free_strings(strings);
    assert_int_equal(err.code, 0);
    json_file_fini(&file);
}

static void test_access_suggests_the_nearest_name(void **state)
{
    (void)state;
    static const char *const known[] = {"samples", "outputs", "stdout", "run", NULL};
    static const char *const rows[][2] = {
        {"{\"run\":1}", NULL},
        {"{\"sampels\":1}", "k:1: /sampels: unknown key; did you mean \"samples\"?"},
        {"{\"rnu\":1}", "k:1: /rnu: unknown key; did you mean \"run\"?"},
        {"{\"zzzzzz\":1}",
         "k:1: /zzzzzz: unknown key; known are \"samples\", \"outputs\", \"stdout\", \"run\""},
        {"{\"run\":1,\n\"run\":2}", "k:2: /run: the key occurs twice"},
        {"[]", "k:1: must be an object, not an array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_file file;
        struct err err = {0};
        assert_int_equal(json_file_read(&file, "k", rows[i][0], strlen(rows[i][0]), NULL, &err), 0);
        int code = json_check_keys(&file, json_root(file.document), known, &err);
        assert_int_equal(code, rows[i][1] ? ERR_INVALID : 0);
        assert_string_equal(err.message, rows[i][1] ? rows[i][1] : "");
        json_file_fini(&file);
    }
}

static void test_access_loads_files(void **state)
{
    (void)state;
    struct json_file file;
    struct err err = {0};
    assert_int_equal(json_file_load(&file, "/nonexistent/c.json", NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.message, "/nonexistent/c.json: no such file");
    assert_int_equal(json_file_load(&file, "/tmp", NULL, &err), ERR_INVALID);
    assert_string_equal(err.message, "/tmp: not a regular file");
    assert_int_equal(json_file_read(&file, "c.json", "{\n\"a\":}", 7, NULL, &err), ERR_INVALID);
    assert_string_equal(err.message, "c.json:2:5: expected a value, found '}'");
    assert_int_equal(json_file_load(&file, CUPEL_SOURCE "/CMakePresets.json", NULL, &err), 0);
    json_file_fini(&file);
}

static void test_access_splits_pointers(void **state)
{
    (void)state;
    char **segments;
    size_t count;
    struct err err = {0};
    assert_int_equal(json_pointer_split("/a~1b//m~0n", &segments, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_string_equal(segments[0], "a/b");
    assert_string_equal(segments[1], "");
    assert_string_equal(segments[2], "m~n");
    json_free_strings(segments);
    assert_int_equal(json_pointer_split("", &segments, &count, &err), 0);
    assert_int_equal(count, 0);
    json_free_strings(segments);
    assert_int_equal(json_pointer_split("a", &segments, &count, &err), ERR_INVALID);
    assert_int_equal(json_pointer_split("/a~2", &segments, &count, &err), ERR_INVALID);
    assert_int_equal(json_pointer_split("/a~", &segments, &count, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access_names_the_place),
        cmocka_unit_test(test_access_gives_what_is_right),
        cmocka_unit_test(test_access_suggests_the_nearest_name),
        cmocka_unit_test(test_access_loads_files),
        cmocka_unit_test(test_access_splits_pointers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
