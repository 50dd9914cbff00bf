#include "workloads/samples.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int samples_of(struct sample_set *set, const char *text, struct err *err)
{
    return samples_parse(set, "s.jsonl", text, strlen(text), err);
}

static void test_reads_every_field(void **state)
{
    (void)state;
    struct sample_set set;
    struct err err = {0};
    const char *text = "{\"id\":\"x\",\"args\":[\"-n\",\"\"],\"stdin\":\"a\\u0000b\",\"env\":{\"N\":\"1=2\"},"
                       "\"stratum\":\"large\",\"weight\":0.5,\"at\":\"2024-02-29T00:00:00Z\"}\n"
                       "\n"
                       "{\"stdin_file\":\"in.txt\",\"weight\":0}\n";
    assert_int_equal(samples_of(&set, text, &err), 0);
    assert_int_equal(set.count, 2);
    const struct sample *first = &set.items[0];
    assert_string_equal(first->id, "x");
    assert_string_equal(first->args[0], "-n");
    assert_string_equal(first->args[1], "");
    assert_null(first->args[2]);
    assert_int_equal(first->stdin_length, 3);
    assert_memory_equal(first->stdin_bytes, "a\0b", 4);
    assert_string_equal(first->environment[0], "N=1=2");
    assert_null(first->environment[1]);
    assert_string_equal(first->stratum, "large");
    assert_true(first->weight == 0.5);
    assert_string_equal(first->at, "2024-02-29T00:00:00Z");
    const struct sample *second = &set.items[1];
    assert_string_equal(second->id, "line 3");
    assert_string_equal(second->stratum, "all");
    assert_true(second->weight == 0);
    assert_null(second->args[0]);
    assert_null(second->stdin_bytes);
    assert_string_equal(second->stdin_file, "in.txt");
    samples_fini(&set);
}

static void test_refusals_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"", "s.jsonl: there are no samples in it"},
        {"\n\n", "s.jsonl: there are no samples in it"},
        {"{\"weight\":0}\n", "s.jsonl: all weights are 0, so nothing could be timed"},
        {"{}\n[]\n", "s.jsonl:2: /1: must be an object, not an array"},
        {"{}\n{\"arg\":[]}\n", "s.jsonl:2: /1/arg: unknown key; did you mean \"args\"?"},
        {"{\"args\":[1]}", "s.jsonl:1: /0/args/0: must be a string, not a number"},
        {"{\"args\":[\"a\\u0000\"]}", "s.jsonl:1: /0/args/0: must not contain a NUL"},
        {"{\"id\":\"\"}", "s.jsonl:1: /0/id: must not be empty"},
        {"{\"weight\":-1}", NULL},
        {"{\"weight\":\"1\"}", NULL},
        {"{\"env\":{\"A=B\":\"\"}}",
         "s.jsonl:1: /0/env: the name of a variable must not be empty or hold \"=\""},
        {"{\"env\":{\"A\":1}}", "s.jsonl:1: /0/env/A: must be a string, not a number"},
        {"{\"stdin\":\"\",\"stdin_file\":\"f\"}",
         "s.jsonl:1: /0/stdin: \"stdin\" and \"stdin_file\" exclude each other"},
        {"{\"stdin\":{\"limit\":5}}",
         "s.jsonl:1: /0/stdin: must be a string: JSON goes in as its text, or by \"stdin_file\""},
        {"{\"id\":\"a\"}\n{}\n\n{\"id\":\"a\"}\n", "s.jsonl:4: /2: the id \"a\" is taken by line 1"},
        {"{\"id\":\"line 2\"}\n{}\n", "s.jsonl:2: /1: the id \"line 2\" is taken by line 1"},
        {"{\"id\":1,\"id\":2}", NULL},
        {"{}\n{\"id\":\n", NULL},
        {"not json", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample_set set;
        struct err err = {0};
        assert_int_equal(samples_of(&set, rows[i].text, &err), ERR_INVALID);
        assert_memory_equal(err.message, "s.jsonl:", 8);
        if (rows[i].message)
            assert_string_equal(err.message, rows[i].message);
    }
}

static void test_too_many_strata(void **state)
{
    (void)state;
    cleanup_free char *text = memory_zeroed(64 * (SAMPLES_STRATA_MOST + 1));
    size_t used = 0;
    for (int i = 0; i < SAMPLES_STRATA_MOST; i++)
        used += (size_t)sprintf(text + used, "{\"stratum\":\"%d\"}\n", i);
    struct sample_set set;
    struct err err = {0};
    assert_int_equal(samples_of(&set, text, &err), 0);
    samples_fini(&set);
    sprintf(text + used, "{\"stratum\":\"more\"}\n");
    assert_int_equal(samples_of(&set, text, &err), ERR_LIMIT);
    assert_string_equal(err.message, "s.jsonl: 257 strata; the most are 256");
}

static char folder[] = "/tmp/cupel-samples-XXXXXX";

static int folder_make_one(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_drop(void **state)
{
    (void)state;
    cleanup_free char *command = memory_format("rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static char *folder_write(const char *name, const char *text)
{
    char *path = memory_format("%s/%s", folder, name);
    cleanup_file FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    return path;
}

static void test_load_looks_beside_the_file(void **state)
{
    (void)state;
    struct sample_set set;
    struct err err = {0};
    free(folder_write("in.txt", "hello"));
    cleanup_free char *good = folder_write("good.jsonl", "{\"stdin_file\":\"in.txt\"}\n");
    cleanup_free char *missing = folder_write("missing.jsonl", "{\"id\":\"m\",\"stdin_file\":\"out.txt\"}\n");
    cleanup_free char *outside = folder_write("outside.jsonl", "{\"stdin_file\":\"../../etc/passwd\"}\n");
    cleanup_free char *folded = folder_write("folded.jsonl", "{\"stdin_file\":\".\"}\n");
    assert_int_equal(samples_load(&set, good, &err), 0);
    assert_string_equal(set.path, good);
    assert_string_equal(set.folder, folder);
    assert_false(set.has_manifest);
    samples_fini(&set);
    assert_int_equal(samples_load(&set, missing, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "sample \"m\": stdin_file \"out.txt\": No such file or directory"));
    assert_int_equal(samples_load(&set, outside, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "leaves the samples' folder"));
    assert_int_equal(samples_load(&set, folded, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "is not a regular file"));
    assert_int_equal(samples_load(&set, "/nonexistent/s.jsonl", &err), ERR_NOT_FOUND);
}

static void test_manifest_is_held_against_the_bytes(void **state)
{
    (void)state;
    struct sample_set set;
    struct err err = {0};
    cleanup_free char *path = folder_write("held.jsonl", "{}\n");
    struct digest digest = digest_of("{}\n", 3);
    char hex[DIGEST_HEX];
    digest_to_hex(&digest, hex);
    cleanup_free char *text = memory_format(
        "{\"source\":\"web, one day\",\"population\":86400,\"window\":\"2024-02-29\",\"sha256\":\"%s\"}",
        hex);
    free(folder_write("held.jsonl.manifest.json", text));
    assert_int_equal(samples_load(&set, path, &err), 0);
    assert_true(set.has_manifest);
    assert_string_equal(set.manifest_source, "web, one day");
    assert_true(set.population == 86400);
    samples_fini(&set);
    cleanup_free char *changed = folder_write("held.jsonl", "{} \n");
    assert_int_equal(samples_load(&set, changed, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "/sha256: the samples have changed: "));
    free(folder_write("held.jsonl.manifest.json", "{\"scrubed\":[]}"));
    assert_int_equal(samples_load(&set, path, &err), ERR_INVALID);
    assert_non_null(strstr(err.message, "did you mean \"scrubbed\"?"));
}

static void test_manifest_names_strata(void **state)
{
    (void)state;
    static const struct {
        const char *strata;
        const char *told; /* "name population; …", or the end of the error */
    } rows[] = {
        {"{\"small\":{\"population\":12,\"samples\":3},\"large\":{}}", "small 12; large -1"},
        {"{\"small\":12,\"refunds\":0}", "small 12; refunds 0"},
        {"[\"small\",\"refunds\"]", "small -1; refunds -1"},
        {"{}", ""},
        {"7", "/strata: must be an object, or an array of names"},
        {"[7]", "/strata/0: must be a string, not a number"},
        {"{\"a\":\"many\"}", "/strata/a: must be a number, not a string"},
        {"{\"a\":{\"population\":-1}}", "/strata/a/population: must be a number from 0 to 1e+18"},
    };
    cleanup_free char *path = folder_write("strata.jsonl", "{}\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char told[512] = "";
        struct sample_set set;
        struct err err = {0};
        cleanup_free char *text = memory_format("{\"strata\":%s}", rows[i].strata);
        free(folder_write("strata.jsonl.manifest.json", text));
        if (samples_load(&set, path, &err) < 0) {
            assert_string_equal(strstr(err.message, ": /strata") + 2, rows[i].told);
            continue;
        }
        for (size_t k = 0; k < set.stratum_count; k++)
            snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s %g", k ? "; " : "",
                     set.strata[k].name, set.strata[k].population);
        assert_string_equal(told, rows[i].told);
        samples_fini(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_every_field),
        cmocka_unit_test(test_refusals_name_file_and_line),
        cmocka_unit_test(test_too_many_strata),
        cmocka_unit_test(test_load_looks_beside_the_file),
        cmocka_unit_test(test_manifest_is_held_against_the_bytes),
        cmocka_unit_test(test_manifest_names_strata),
    };
    return cmocka_run_group_tests(tests, folder_make_one, folder_drop);
}
