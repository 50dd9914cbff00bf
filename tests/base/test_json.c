/* The lossless reader: what it takes, what it refuses and where, and what it keeps. */
#include "base/json.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads text that may hold NULs. */
static int test_read(const char *bytes, size_t length, struct json_document **out, struct json_error *error)
{
    *out = NULL;
    return json_read(bytes, length, NULL, out, error);
}

struct refusal {
    const char *text;
    enum json_problem problem;
    unsigned line;
    unsigned column;
    const char *message;
};

static void test_json_refuses_with_a_place(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"", JSON_PROBLEM_EMPTY, 1, 1, "expected a value, found nothing"},
        {" \n ", JSON_PROBLEM_EMPTY, 2, 2, "expected a value, found nothing"},
        {"{\"a\":1}\n x", JSON_PROBLEM_TRAILING, 2, 2, "something follows the value"},
        {"01", JSON_PROBLEM_TRAILING, 1, 2, "something follows the value"},
        {"[1,]", JSON_PROBLEM_SYNTAX, 1, 4, "expected a value, found ']'"},
        {"[1 2]", JSON_PROBLEM_SYNTAX, 1, 4, "expected ',' or ']', found '2'"},
        {"{\"a\" 1}", JSON_PROBLEM_SYNTAX, 1, 6, "expected ':', found '1'"},
        {"{a:1}", JSON_PROBLEM_SYNTAX, 1, 2, "expected a key in double quotes, found 'a'"},
        {"[1.]", JSON_PROBLEM_SYNTAX, 1, 4, "expected a digit, found ']'"},
        {"[1e+]", JSON_PROBLEM_SYNTAX, 1, 5, "expected a digit, found ']'"},
        {"NaN", JSON_PROBLEM_SYNTAX, 1, 1, "expected a value, found 'N'"},
        {"\"a", JSON_PROBLEM_SYNTAX, 1, 3, "a string is not closed"},
        {"\"a\tb\"", JSON_PROBLEM_SYNTAX, 1, 3, "control byte 0x09 in a string must be escaped"},
        {"\"\\x\"", JSON_PROBLEM_SYNTAX, 1, 2, "invalid escape in a string"},
        {"\"\\u12g4\"", JSON_PROBLEM_SYNTAX, 1, 2, "\\u needs four hexadecimal digits"},
        {"[1 // c\n]", JSON_PROBLEM_SYNTAX, 1, 4, "expected ',' or ']', found '/'"},
        {"\xef\xbb\xbf{}", JSON_PROBLEM_SYNTAX, 1, 1, "expected a value, found a byte order mark"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_document *document;
        struct json_error error;
        int code = test_read(rows[i].text, strlen(rows[i].text), &document, &error);
        assert_int_equal(code, ERR_INVALID);
        assert_null(document);
        assert_string_equal(error.message, rows[i].message);
        assert_int_equal(error.problem, rows[i].problem);
        assert_int_equal(error.line, rows[i].line);
        assert_int_equal(error.column, rows[i].column);
    }
}

static void test_json_limits_depth_and_size(void **state)
{
    (void)state;
    static const char text[] = "[[[1]]]";
    struct json_document *document;
    struct json_error error;
    struct json_options options = {.max_depth = 3};
    assert_int_equal(json_read(text, strlen(text), &options, &document, &error), 0);
    json_free(document);
    options.max_depth = 2;
    assert_int_equal(json_read(text, strlen(text), &options, &document, &error), ERR_LIMIT);
    assert_int_equal(error.problem, JSON_PROBLEM_DEPTH);
    assert_string_equal(error.message, "nested deeper than 2 levels");
    options = (struct json_options){.max_bytes = 7};
    assert_int_equal(json_read(text, strlen(text), &options, &document, &error), 0);
    json_free(document);
    options.max_bytes = 6;
    assert_int_equal(json_read(text, strlen(text), &options, &document, &error), ERR_LIMIT);
    assert_string_equal(error.message, "longer than 6 bytes");
}

static void test_json_keeps_what_doubles_and_maps_lose(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":1.10,\"a\":18446744073709551617,\"s\\u0000\":\"x\\u0000y\",\"l\":\"\\ud800\"}";
    struct json_document *document;
    struct json_error error;
    assert_int_equal(test_read(text, strlen(text), &document, &error), 0);
    const struct json_value *root = json_root(document);
    assert_int_equal(json_count(root), 4);
    assert_string_equal(json_bytes(json_member(root, 0, NULL, NULL), NULL), "1.10");
    assert_string_equal(json_bytes(json_find(root, "a"), NULL), "18446744073709551617");
    const char *key;
    size_t length;
    const struct json_value *value = json_member(root, 2, &key, &length);
    assert_int_equal(length, 2);
    assert_memory_equal(key, "s\0", 2);
    assert_memory_equal(json_bytes(value, &length), "x\0y", 3);
    assert_int_equal(length, 3);
    assert_true(json_is_escaped(value));
    assert_memory_equal(json_bytes(json_find(root, "l"), &length), "\xed\xa0\x80", 3);
    const char *source = json_source(document, json_find(root, "l"), &length);
    assert_memory_equal(source, "\"\\ud800\"", length);
    json_free(document);
}

static void test_json_decodes_strings(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"a\\u00e9b\"", "a\xc3\xa9"
                          "b"},
        {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
        {"\"\\ud83d\\u0041\"", "\xed\xa0\xbd"
                               "A"},
        {"\"longer than eight bytes, and \\n then some\"", "longer than eight bytes, and \n then some"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_document *document;
        struct json_error error;
        assert_int_equal(test_read(rows[i][0], strlen(rows[i][0]), &document, &error), 0);
        assert_string_equal(json_bytes(json_root(document), NULL), rows[i][1]);
        json_free(document);
    }
}

static void test_json_takes_comments_only_where_asked(void **state)
{
    (void)state;
    static const char text[] = "// one\n{\"a\": /* two */ [1, 2,], // three\n}\n// four";
    struct json_document *document;
    struct json_error error;
    assert_int_equal(test_read(text, strlen(text), &document, &error), ERR_INVALID);
    struct json_options options = {.comments = true};
    assert_int_equal(json_read(text, strlen(text), &options, &document, &error), 0);
    assert_int_equal(json_count(json_find(json_root(document), "a")), 2);
    json_free(document);
    assert_int_equal(json_read("[,]", 3, &options, &document, &error), ERR_INVALID);
    assert_int_equal(json_read("[1] /* open", 11, &options, &document, &error), ERR_INVALID);
    assert_string_equal(error.message, "a comment is not closed");
}

static void test_json_reads_lines_and_text(void **state)
{
    (void)state;
    struct json_document *document;
    struct json_error error;
    static const char lines[] = "{\"a\":1}\n\n[2]\r\n3";
    assert_int_equal(json_read_lines(lines, strlen(lines), NULL, &document, &error), 0);
    assert_int_equal(json_count(json_root(document)), 3);
    assert_int_equal(json_count_leaves(document), 3);
    json_free(document);
    assert_int_equal(json_read_lines("{\"a\":\n1}", 8, NULL, &document, &error), ERR_INVALID);
    assert_string_equal(error.message, "the value does not end on its line");
    assert_int_equal(json_read_lines("1\n2 3\n", 6, NULL, &document, &error), ERR_INVALID);
    assert_int_equal(error.line, 2);
    assert_int_equal(json_wrap_text("one\ntwo", 7, NULL, &document, &error), 0);
    assert_int_equal(json_count(json_root(document)), 2);
    size_t length;
    assert_memory_equal(json_bytes(json_element(json_root(document), 0), &length), "one\n", 4);
    assert_int_equal(length, 4);
    json_free(document);
}

static void test_json_uses_memory_again(void **state)
{
    (void)state;
    struct json_pool *pool = json_pool_new();
    struct json_options options = {.pool = pool};
    struct json_error error;
    const char *first = NULL;
    for (int i = 0; i < 3; i++) {
        struct json_document *document;
        assert_int_equal(json_read("[\"\\u0041\",{}]", 13, &options, &document, &error), 0);
        size_t length;
        const char *source = json_source(document, json_root(document), &length);
        assert_memory_equal(source, "[\"\\u0041\",{}]", 13);
        assert_string_equal(json_bytes(json_element(json_root(document), 0), NULL), "A");
        assert_true(i < 2 || first == source);
        first = i == 0 ? source : first;
        json_free(document);
    }
    json_pool_free(pool);
}

/*
 * The suite leaves these open. Numbers of any size are text here, and what is wrong inside of a string is
 * kept as it came, so that a difference in it is seen; only what is no JSON at the first byte is refused.
 */
static const char *const suite_refused[] = {
    "i_string_UTF-16LE_with_BOM.json",
    "i_string_utf16BE_no_BOM.json",
    "i_string_utf16LE_no_BOM.json",
    "i_structure_UTF-8_BOM_empty_object.json",
};

static bool suite_expects(const char *name)
{
    if (*name != 'i')
        return *name == 'y';
    for (size_t i = 0; i < sizeof suite_refused / sizeof *suite_refused; i++) {
        if (!strcmp(name, suite_refused[i]))
            return false;
    }
    return true;
}

static char *suite_load(const char *folder, const char *name, size_t *length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    *length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void test_json_passes_the_suite(void **state)
{
    (void)state;
    static const char folder[] = CUPEL_SHARED "/data/JSONTestSuite/test_parsing";
    DIR *directory = opendir(folder);
    if (!directory) {
        print_message("%s is not there: skipped\n", folder);
        skip();
    }
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.')
            continue;
        size_t length;
        char *bytes = suite_load(folder, entry->d_name, &length);
        struct json_document *document;
        struct json_error error;
        bool taken = test_read(bytes, length, &document, &error) == 0;
        if (taken != suite_expects(entry->d_name))
            fail_msg("%s was %s", entry->d_name, taken ? "taken" : "refused");
        json_free(document);
        free(bytes);
        count++;
    }
    closedir(directory);
    print_message("%zu files\n", count);
    assert_true(count > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_refuses_with_a_place),
        cmocka_unit_test(test_json_limits_depth_and_size),
        cmocka_unit_test(test_json_keeps_what_doubles_and_maps_lose),
        cmocka_unit_test(test_json_decodes_strings),
        cmocka_unit_test(test_json_takes_comments_only_where_asked),
        cmocka_unit_test(test_json_reads_lines_and_text),
        cmocka_unit_test(test_json_uses_memory_again),
        cmocka_unit_test(test_json_passes_the_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
