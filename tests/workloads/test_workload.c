#include "workloads/curve/size.h"
#include "workloads/workload.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int workload_of(struct workload *workload, const char *text, struct err *err)
{
    struct json_file file;
    if (json_file_read(&file, "cupel.json", text, strlen(text), NULL, err) < 0)
        return err->code;
    int code = workload_read(workload, &file, json_root(file.document), err);
    json_file_fini(&file);
    return code;
}

static void test_defaults(void **state)
{
    (void)state;
    struct workload workload;
    struct err err = {0};
    const char *text = "{\"name\":\"sum\",\"kind\":\"command\",\"run\":[\"build/sum\",\"${samples}/x\"],"
                       "\"samples\":\"samples/sum.jsonl\"}";
    assert_int_equal(workload_of(&workload, text, &err), 0);
    assert_string_equal(workload.name, "sum");
    assert_ptr_equal(workload.kind, &workload_command);
    assert_string_equal(workload.run[1], "${samples}/x");
    assert_null(workload.run[2]);
    assert_string_equal(workload.samples_path, "samples/sum.jsonl");
    assert_int_equal(workload.primary, METRIC_CPU);
    assert_true(workload.weight == 1 && workload.timeout_s == 30 && workload.block_s == 0.5);
    assert_int_equal(workload.memory_bytes, UINT64_C(2048) << 20);
    assert_int_equal(workload.stdout_kind, WORKLOAD_STDOUT_AUTO);
    assert_int_equal(workload.cache, WORKLOAD_CACHE_COLD);
    assert_false(workload.compare_stderr);
    assert_null(workload.outputs[0]);
    workload_fini(&workload);
}

static void test_every_key(void **state)
{
    (void)state;
    struct workload workload;
    struct err err = {0};
    const char *text = "{\"name\":\"a.b-c_1\",\"kind\":\"command\",\"run\":[\"x\"],\"samples\":\"s\","
                       "\"primary\":\"wall\",\"weight\":0.7,\"stdout\":\"jsonl\",\"stderr\":true,"
                       "\"outputs\":[\"out.json\",\"a/b\"],\"timeout_s\":0.5,\"memory_mb\":64,\"block_s\":0,"
                       "\"cache\":\"replay\",\"size\":\"rows\"}";
    assert_int_equal(workload_of(&workload, text, &err), 0);
    assert_int_equal(workload.primary, METRIC_WALL);
    assert_int_equal(workload.stdout_kind, WORKLOAD_STDOUT_JSONL);
    assert_true(workload.compare_stderr);
    assert_string_equal(workload.outputs[1], "a/b");
    assert_true(workload.block_s == 0 && workload.timeout_s == 0.5);
    assert_int_equal(workload.memory_bytes, UINT64_C(64) << 20);
    assert_int_equal(workload.cache, WORKLOAD_CACHE_REPLAY);
    assert_string_equal(workload.size->words, "rows");
    workload_fini(&workload);
}

#define ROW(rest) "{\"name\":\"n\",\"kind\":\"command\",\"run\":[\"x\"],\"samples\":\"s\"" rest "}"

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message; /* how it ends; the place goes before */
    } rows[] = {
        {"[]", "must be an object, not an array"},
        {"{}", "\"kind\" is missing; this version knows \"command\" and \"worker\""},
        {"{\"kind\":\"http\",\"start\":[\"x\"]}",
         "/kind: this version measures \"command\" and \"worker\", not yet \"http\""},
        {"{\"kind\":\"comand\"}",
         "/kind: unknown kind \"comand\"; this version knows \"command\" and \"worker\""},
        {"{\"kind\":\"worker\",\"stdout\":\"text\"}",
         "/stdout: only the kind \"command\" has it: what a worker answers is its line of JSON"},
        {"{\"kind\":\"worker\",\"outputs\":[]}",
         "/outputs: only the kind \"command\" has it: what a worker answers is its line of JSON"},
        {ROW(",\"primary\":\"startup\""),
         "/primary: the kind \"command\" has no such figure: each sample is a process of its own"},
        {ROW(",\"timeout\":1"), "/timeout: unknown key; did you mean \"timeout_s\"?"},
        {"{\"kind\":\"command\",\"run\":[\"x\"],\"samples\":\"s\"}", "\"name\" is missing"},
        {"{\"kind\":\"command\",\"name\":\"a b\",\"run\":[\"x\"],\"samples\":\"s\"}",
         "/name: must be 1 to 64 letters, digits, \".\", \"_\" or \"-\""},
        {"{\"kind\":\"command\",\"name\":\"n\",\"samples\":\"s\"}",
         "\"run\" is missing: the command as an array of strings"},
        {"{\"kind\":\"command\",\"name\":\"n\",\"run\":[],\"samples\":\"s\"}",
         "/run: must be a non-empty array of strings"},
        {"{\"kind\":\"command\",\"name\":\"n\",\"run\":\"x\",\"samples\":\"s\"}",
         "/run: must be an array, not a string"},
        {"{\"kind\":\"command\",\"name\":\"n\",\"run\":[\"x\"]}",
         "\"samples\" is missing: the path of a JSON lines file"},
        {ROW(",\"outputs\":[\"../x\"]"),
         "/outputs/0: must be a path below the workspace, without \".\", \"..\" or empty parts"},
        {ROW(",\"outputs\":[\"a\",\"/etc/passwd\"]"),
         "/outputs/1: must be a path below the workspace, without \".\", \"..\" or empty parts"},
        {ROW(",\"outputs\":[\"a//b\"]"),
         "/outputs/0: must be a path below the workspace, without \".\", \"..\" or empty parts"},
        {ROW(",\"outputs\":[\"a/\"]"),
         "/outputs/0: must be a path below the workspace, without \".\", \"..\" or empty parts"},
        {ROW(",\"primary\":\"latency.p95\""),
         "/primary: the kind \"command\" has no such figure: each sample is a process of its own"},
        {ROW(",\"primary\":\"latency.p90\""), NULL},
        {ROW(",\"weight\":0"), NULL},
        {ROW(",\"timeout_s\":0"), NULL},
        {ROW(",\"block_s\":-1"), NULL},
        {ROW(",\"cache\":\"hot\""), NULL},
        {ROW(",\"stdout\":\"xml\""), NULL},
        {ROW(",\"stderr\":1"), NULL},
        {ROW(",\"size\":{\"of\":\"rows\"}"),
         "/size/of: must be a JSON Pointer into the JSON of stdin, \"arg:1\", \"stdin.bytes\", "
         "\"stdin.lines\" or \"stratum\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct workload workload;
        struct err err = {0};
        assert_int_equal(workload_of(&workload, rows[i].text, &err), ERR_INVALID);
        assert_memory_equal(err.message, "cupel.json:1: ", 14);
        if (rows[i].message)
            assert_string_equal(err.message + 14, rows[i].message);
    }
}

/* Each kind asks with its own fields. */
static void test_samples_suit_the_kind(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *sample, *message;
    } rows[] = {
        {"command", "{\"args\":[\"1\"]}", NULL},
        {"worker", "{\"request\":null}", NULL},
        {"worker", "{\"request\":{\"a\":[{\"b\":[[[[[1]]]]]}]}}", NULL},
        {"command", "{\"request\":1}",
         "s.jsonl: sample \"line 1\": \"request\" is for workers: the kind \"command\" takes \"args\", "
         "\"stdin\", \"stdin_file\" and \"env\""},
        {"worker", "{\"id\":\"x\"}",
         "s.jsonl: sample \"x\": \"request\" is missing: the JSON value that the worker is asked"},
        {"worker", "{\"request\":1,\"env\":{\"A\":\"b\"}}",
         "s.jsonl: sample \"line 1\": \"args\", \"stdin\", \"stdin_file\" and \"env\" are for the kind "
         "\"command\": one worker answers all samples"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct workload workload = {.kind = workload_kind_by_name(rows[i].kind)};
        struct sample_set set;
        struct err err = {0};
        assert_int_equal(samples_parse(&set, "s.jsonl", rows[i].sample, strlen(rows[i].sample), &err), 0);
        set.path = memory_copy_string("s.jsonl");
        assert_int_equal(workload_check_samples(&workload, &set, &err), rows[i].message ? ERR_INVALID : 0);
        assert_string_equal(err.message, rows[i].message ? rows[i].message : "");
        samples_fini(&set);
    }
}

static void test_latency_quantiles(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        size_t count; /* of requests that took 1, 2, 3 … s */
        double value;
    } rows[] = {
        {METRIC_LATENCY_P50, 39, -1},     {METRIC_LATENCY_P50, 40, 20.5},    {METRIC_LATENCY_P50, 41, 21},
        {METRIC_LATENCY_P95, 399, -1},    {METRIC_LATENCY_P95, 400, 380.05}, {METRIC_LATENCY_P99, 1999, -1},
        {METRIC_LATENCY_P99, 2001, 1981}, {METRIC_WALL, 2001, -1},           {METRIC_LATENCY_P50, 0, -1},
    };
    double sorted[2001];
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++)
        sorted[i] = (double)i + 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double value = metric_latency(rows[i].metric, sorted, rows[i].count);
        assert_true(fabs(value - rows[i].value) < 1e-9);
    }
    assert_int_equal(metric_by_name("latency.p99"), METRIC_LATENCY_P99);
    assert_int_equal(metric_by_name("latency"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),          cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_refusals),          cmocka_unit_test(test_samples_suit_the_kind),
        cmocka_unit_test(test_latency_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
