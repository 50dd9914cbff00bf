/* Where n stands in a request, what the configuration may say of it, and which sizes follow. */
#include "base/memory.h"
#include "workloads/curve/generate.h"
#include "workloads/curve/points.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int size_of_text(struct size **size, const char *text, struct err *err)
{
    struct json_file file;
    if (json_file_read(&file, "cupel.json", text, strlen(text), NULL, err) < 0)
        return err->code;
    int code = size_read(size, &file, json_root(file.document), err);
    json_file_fini(&file);
    return code;
}

static struct size *size_must(const char *text)
{
    struct size *size = NULL;
    struct err err = {0};
    if (size_of_text(&size, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return size;
}

static void test_configuration(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message; /* NULL: accepted */
    } rows[] = {
        {"\"/items\"", NULL},
        {"\"rows in the table\"", NULL},
        {"{\"of\":\"arg:1\"}", NULL},
        {"{\"of\":\"stdin.bytes\",\"values\":[0,1,1000000000000000]}", NULL},
        {"{\"of\":\"stratum\",\"values\":[1],\"generate\":[\"gen\",\"--n=${n}\"]}", NULL},
        {"7", "must be a string or an object, not a number"},
        {"{}", "\"of\" is missing: where the size stands in a request"},
        {"{\"of\":\"arg:0\"}", "must be a JSON Pointer into the JSON of stdin, \"arg:1\", \"stdin.bytes\", "
                               "\"stdin.lines\" or \"stratum\""},
        {"{\"of\":\"/a~2\"}", "must be a JSON Pointer into the JSON of stdin, \"arg:1\", \"stdin.bytes\", "
                              "\"stdin.lines\" or \"stratum\""},
        {"{\"of\":\"/a\",\"value\":[1]}", "unknown key; did you mean \"values\"?"},
        {"{\"of\":\"/a\",\"values\":[]}", "must hold 1 to 16 sizes"},
        {"{\"of\":\"/a\",\"values\":[10,10]}", "must be greater than the size before it"},
        {"{\"of\":\"/a\",\"values\":[1.5]}", ""},
        {"{\"of\":\"/a\",\"values\":[-1]}", ""},
        {"{\"of\":\"/a\",\"generate\":[\"gen\",\"${n}\"]}", "needs \"values\": the sizes to make samples of"},
        {"{\"of\":\"/a\",\"values\":[1],\"generate\":[]}", "must be a non-empty array of strings"},
        {"{\"of\":\"/a\",\"values\":[1],\"generate\":[\"gen\"]}", "must have ${n} in one of its arguments"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct size *size = NULL;
        struct err err = {0};
        int code = size_of_text(&size, rows[i].text, &err);
        assert_int_equal(code, rows[i].message ? ERR_INVALID : 0);
        if (rows[i].message && !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].text, err.message);
        size_free(size);
    }
    struct size *size = size_must("\"rows in the table\"");
    assert_int_equal(size->of, SIZE_WORDS);
    size_free(size);
}

static void test_requests(void **state)
{
    (void)state;
    static char two[] = "250";
    static char name[] = "-x";
    static char *arguments[] = {name, two, NULL};
    static const struct {
        const char *of;
        const char *bytes; /* of stdin */
        double n;          /* negative: none */
    } rows[] = {
        {"/items", "{\"items\":[1,2,3]}", 3},
        {"/items/length", "{\"items\":[1,2,3]}", 3},
        {"/items/length", "{\"items\":{\"length\":9}}", 9},
        {"/items/length", "{\"items\":{\"a\":1,\"b\":2}}", 2},
        {"/items/length", "{\"items\":\"h\xc3\xa9llo\"}", 5},
        {"/items/1/n", "{\"items\":[0,{\"n\":1e3}]}", 1000},
        {"/length", "[1,2]", 2},
        {"/a~1b/~0", "{\"a/b\":{\"~\":[]}}", 0},
        {"/n", "{\"n\":-5}", -1},
        {"/n", "{\"n\":1e300}", -1},
        {"/n/length", "{\"n\":5}", -1},
        {"/n", "{\"n\":null}", -1},
        {"/items/7", "{\"items\":[1,2,3]}", -1},
        {"/items/length/x", "{\"items\":[1,2,3]}", -1},
        {"/items", "{\"items\":[1,2,3]", -1},
        {"/items", "", -1},
        {"arg:2", "", 250},
        {"arg:1", "", -1},
        {"arg:3", "", -1},
        {"stdin.bytes", "abc\n", 4},
        {"stdin.lines", "a\nb\n", 2},
        {"stdin.lines", "a\nb", 2},
        {"stdin.lines", "", 0},
        {"stratum", "", 1200},
        {"words", "12", -1},
    };
    char stratum[] = "v2, n = 1200 rows";
    const struct sample sample = {.args = arguments, .stratum = stratum};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = memory_format("\"%s\"", rows[i].of);
        struct size *size = size_must(text);
        double n = -1;
        bool known = size_of_request(size, &sample, rows[i].bytes, strlen(rows[i].bytes), &n);
        if (known != (rows[i].n >= 0) || (known && n != rows[i].n))
            fail_msg("%s in %s: %d, %g", rows[i].of, rows[i].bytes, known, n);
        size_free(size);
        free(text);
    }
}

/* A worker is asked by lines; the end of one is no part of the request. */
static void test_workers_requests(void **state)
{
    (void)state;
    static const struct {
        const char *of;
        double n; /* negative: none */
    } rows[] = {{"/orders", 3}, {"/orders/length", 3}, {"/limit", 7},      {"/nothing", -1},
                {"arg:1", -1},  {"stdin.bytes", 28},   {"stdin.lines", 1}, {"stratum", 4}};
    const char *line = "{\"request\": {\"orders\": [1, 2, 3], \"limit\": 7}, \"stratum\": \"big 4\"}\n";
    struct sample_set set;
    struct err err = {0};
    assert_int_equal(samples_parse(&set, "samples", line, strlen(line), &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = memory_format("\"%s\"", rows[i].of);
        struct size *size = size_must(text);
        double n = -1;
        bool known = size_of_sample(size, &set, &set.items[0], &n);
        if (known != (rows[i].n >= 0) || (known && n != rows[i].n))
            fail_msg("%s: %d, %g", rows[i].of, known, n);
        size_free(size);
        free(text);
    }
    samples_fini(&set);
}

static void test_sizes_of_samples(void **state)
{
    (void)state;
    const double known[] = {-1, 98, 100, 101, 103, 1000, 0, 1050, 5000, 1e6};
    struct points points;
    struct size *size = size_must("{\"of\":\"/a\",\"values\":[0,100,1000,70000]}");
    points_of_samples(&points, size, known, 10);
    assert_int_equal(points.count, 3); /* nothing is near 70,000 */
    assert_true(points.groups[0].n == 0 && points.groups[0].count == 1);
    assert_int_equal(points.groups[1].count, 4);
    assert_int_equal(points.groups[1].indices[0], 2); /* the nearest first */
    assert_true(fabs(points.groups[1].n - 100.5) < 1e-9);
    assert_int_equal(points.groups[2].count, 2);
    size_free(size);
    size = size_must("\"/a\"");
    points_of_samples(&points, size, known, 10);
    assert_true(points.count >= 4 && points.groups[0].n == 0);
    assert_true(points.groups[points.count - 1].n == 1e6);
    for (size_t i = 1; i < points.count; i++)
        assert_true(points.groups[i].n > points.groups[i - 1].n);
    points_of_samples(&points, size, known, 1); /* no sample has one */
    assert_int_equal(points.count, 0);
    size_free(size);
}

static void test_production(void **state)
{
    (void)state;
    struct sample samples[100] = {0};
    double known[100];
    struct curve_production production;
    const struct sample_set set = {.items = samples, .count = 100};
    for (size_t i = 0; i < 100; i++) {
        samples[i].weight = i == 99 ? 0 : 1; /* the last one is checked only */
        known[i] = i == 0 ? -1 : (double)(100 - i);
    }
    points_production(&production, &set, known);
    assert_true(fabs(production.known - 98.0 / 99) < 1e-12);
    assert_true(production.points[CURVE_P50].n == 50);
    assert_true(production.points[CURVE_P99].n == 99 && production.points[CURVE_MAX].n == 99);
    /* They are sizes to be measured, where none is near. */
    double values[FIT_POINTS_MOST];
    struct size *size = size_must("{\"of\":\"/a\",\"values\":[10,95,1000]}");
    assert_int_equal(points_values(size, &production, values), 4);
    assert_true(values[0] == 10 && values[1] == 50 && values[2] == 95 && values[3] == 1000);
    size_free(size);
    size = size_must("{\"of\":\"/a\",\"values\":[10,20]}"); /* but none greater than was asked for */
    assert_int_equal(points_values(size, &production, values), 2);
    size_free(size);
    for (size_t i = 0; i < 100; i++)
        known[i] = -1;
    points_production(&production, &set, known);
    assert_true(production.known == 0);
}

static void test_generated_samples(void **state)
{
    (void)state;
    struct generated generated = {0};
    struct err err = {0};
    const char *one = "{\"stdin\":\"[1]\"}\n";
    const char *two = "{\"args\":[\"2\"],\"weight\":3,\"id\":\"x\"}\n{\"args\":[\"2\"]}\n";
    assert_int_equal(generated_add(&generated, 1, one, strlen(one), &err), 0);
    assert_int_equal(generated_add(&generated, 2, two, strlen(two), &err), 0);
    assert_int_equal(generated.count, 2);
    assert_int_equal(generated.first[1], 1);
    assert_int_equal(generated.first[2], 3);
    assert_string_equal(generated.set.items[0].id, "n = 1");
    assert_string_equal(generated.set.items[2].id, "n = 2, 2 of 2");
    assert_true(generated.set.items[1].weight == 0);
    static const char *const bad[] = {"", "12\n", "{\"stdin_file\":\"x\"}", "{\"stdin\":"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(generated_add(&generated, 3, bad[i], strlen(bad[i]), &err) < 0);
    assert_int_equal(generated.count, 2);
    generated_fini(&generated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration),    cmocka_unit_test(test_requests),
        cmocka_unit_test(test_workers_requests), cmocka_unit_test(test_sizes_of_samples),
        cmocka_unit_test(test_production),       cmocka_unit_test(test_generated_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
