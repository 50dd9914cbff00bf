/* What samples showed: strata and their shares, what never varied, and the bound that n samples give. */
#include "base/cleanup.h"
#include "base/text.h"
#include "workloads/coverage/coverage.h"
#include "workloads/coverage/variation.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_parse(struct sample_set *set, const char *text)
{
    struct err err = {0};
    if (samples_parse(set, "s.jsonl", text, strlen(text), &err) < 0)
        fail_msg("%s", err.message);
}

/* "name, name +dropped /looked at" */
static void test_describe(const struct variation *variation, struct text *out)
{
    for (char **name = variation->fixed; *name; name++)
        text_printf(out, "%s%s", name == variation->fixed ? "" : ", ", *name);
    if (variation->dropped)
        text_printf(out, " +%zu", variation->dropped);
    text_printf(out, " /%zu", variation->parameters);
}

struct variation_row {
    const char *samples;
    const char *told;
};

static const struct variation_row variation_rows[] = {
    /* Options with their value behind '=' or in the next argument, others by position. */
    {"{\"args\":[\"--currency=EUR\",\"-n\",\"1\",\"in\",\"a\"]}\n"
     "{\"args\":[\"--currency=EUR\",\"-n\",\"2\",\"in\",\"b\"]}\n",
     "--currency, argument 1 /4"},
    {"{\"args\":[\"--currency\",\"EUR\",\"-1\"]}\n{\"args\":[\"--currency\",\"EUR\",\"-2\"]}\n",
     "--currency /2"},
    {"{\"args\":[\"-v\",\"--all\"]}\n{\"args\":[\"-v\"]}\n", "-v /2"},
    {"{\"args\":[\"--a=\"]}\n{\"args\":[\"--a=x\"]}\n", " /1"},
    /* What some samples lack has varied. */
    {"{\"args\":[\"a\",\"b\"]}\n{\"args\":[\"a\"]}\n", "argument 1 /2"},
    /* Variables. */
    {"{\"env\":{\"LANG\":\"C\",\"TZ\":\"a\"}}\n{\"env\":{\"LANG\":\"C\",\"TZ\":\"b\"}}\n", "$LANG /2"},
    /* Fields of JSON, by pattern; types and spellings tell values apart. */
    {"{\"request\":{\"page\":{\"size\":20,\"no\":1},\"q\":\"x\"}}\n"
     "{\"request\":{\"q\":\"y\",\"page\":{\"no\":2,\"size\":20}}}\n",
     "/page/size /3"},
    {"{\"request\":{\"i\":[{\"q\":1,\"p\":1},{\"q\":1,\"p\":2}]}}\n{\"request\":{\"i\":[{\"q\":1,\"p\":1}]}}"
     "\n",
     "/i/*/q /2"},
    {"{\"request\":{\"a\":1,\"b\":null,\"c\":[],\"d\":true}}\n"
     "{\"request\":{\"a\":\"1\",\"b\":null,\"c\":{},\"d\":false}}\n",
     "/b /4"},
    {"{\"request\":{\"a/b~c\":1}}\n{\"request\":{\"a/b~c\":1}}\n", "/a~1b~0c /1"},
    {"{\"request\":7}\n{\"request\":7}\n", "request /1"},
    {"{\"stdin\":\"{\\\"a\\\":1,\\\"b\\\":1}\"}\n{\"stdin\":\"{\\\"a\\\":1,\\\"b\\\":2}\"}\n", "/a /2"},
    {"{\"stdin\":\"a b\"}\n{\"stdin\":\"a b\"}\n", "stdin /1"},
    {"{\"stdin\":\"a b\"}\n{\"stdin\":\"a c\"}\n", " /1"},
    {"{\"stdin\":\"{}\"}\n{\"stdin\":\"a\"}\n", " /1"},
    /* One sample shows one value of everything. */
    {"{\"args\":[\"a\"]}\n", "argument 1 /1"},
    {"{}\n{}\n", " /0"},
};

static void test_variation_table_holds(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof variation_rows / sizeof *variation_rows; i++) {
        cleanup_text struct text told = {0};
        struct sample_set set;
        struct variation variation;
        test_parse(&set, variation_rows[i].samples);
        variation_of_samples(&variation, &set);
        test_describe(&variation, &told);
        if (strcmp(text_string(&told), variation_rows[i].told)) {
            print_error("%s: %s\n", variation_rows[i].samples, text_string(&told));
            failures++;
        }
        variation_fini(&variation);
        samples_fini(&set);
    }
    assert_int_equal(failures, 0);
}

static void test_variation_has_limits(void **state)
{
    (void)state;
    cleanup_text struct text samples = {0};
    for (int sample = 0; sample < 3; sample++) {
        text_append_string(&samples, "{\"request\":{\"a\":1");
        for (int i = 0; i < 9000; i++)
            text_printf(&samples, ",\"k%d\":1", i < 150 ? i : sample * 9000 + i);
        text_append_string(&samples, "}}\n");
    }
    struct sample_set set;
    struct variation variation;
    test_parse(&set, text_string(&samples));
    variation_of_samples(&variation, &set);
    assert_int_equal(variation.parameters, VARIATION_PARAMETERS);
    assert_string_equal(variation.fixed[0], "/a");
    assert_string_equal(variation.fixed[99], "/k98");
    assert_null(variation.fixed[100]);
    assert_int_equal(variation.dropped, 51);
    variation_fini(&variation);
    samples_fini(&set);
}

static void test_write(const char *path, const char *content)
{
    cleanup_file FILE *stream = fopen(path, "we");
    assert_non_null(stream);
    fputs(content, stream);
}

/* Files are read where they are small; what held-out samples ask stays unknown. */
static void test_variation_reads_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/cupel-coverage-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    test_write("one", "{\"a\":1,\"b\":1}");
    test_write("two", "{\"a\":1,\"b\":2}");
    test_write("s.jsonl", "{\"stdin_file\":\"one\"}\n{\"stdin_file\":\"two\"}\n");
    struct err err = {0};
    struct sample_set set;
    struct variation variation;
    cleanup_text struct text told = {0};
    assert_int_equal(samples_load(&set, "s.jsonl", &err), 0);
    variation_of_samples(&variation, &set);
    test_describe(&variation, &told);
    assert_string_equal(text_string(&told), "/a /2");
    variation_fini(&variation);
    set.items[1].held_out = true;
    variation_of_samples(&variation, &set);
    text_clear(&told);
    test_describe(&variation, &told);
    assert_string_equal(text_string(&told), "/a, /b /2");
    variation_fini(&variation);
    samples_fini(&set);
    cleanup_free char *large = malloc(VARIATION_STDIN_BYTES + 2);
    memset(large, ' ', VARIATION_STDIN_BYTES + 1);
    large[VARIATION_STDIN_BYTES + 1] = 0;
    large[0] = '7';
    test_write("one", large);
    test_write("two", large);
    assert_int_equal(samples_load(&set, "s.jsonl", &err), 0);
    variation_of_samples(&variation, &set);
    text_clear(&told);
    test_describe(&variation, &told);
    assert_string_equal(text_string(&told), " /1"); /* told apart by their names */
    variation_fini(&variation);
    samples_fini(&set);
    static const char *const files[] = {"one", "two", "s.jsonl"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(unlink(files[i]), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

static bool test_was_compared(const char *id, void *data)
{
    return !strstr(data, id);
}

/* "name share samples/compared; …" under the samples that were not compared. */
static const char *test_count(const struct sample_set *set, char *missed)
{
    static char words[512];
    struct coverage coverage;
    size_t used = 0;
    coverage_count(&coverage, set, test_was_compared, missed);
    *words = 0;
    for (size_t i = 0; i < coverage.stratum_count; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s %.3g %zu/%zu", i ? "; " : "",
                                 coverage.strata[i].name, coverage.strata[i].share,
                                 coverage.strata[i].samples, coverage.strata[i].compared);
    assert_int_equal(coverage_samples(&coverage), set->count);
    coverage_fini(&coverage);
    return words;
}

static void test_strata_are_counted(void **state)
{
    (void)state;
    struct sample_set set;
    char none[] = "";
    char b_and_c[] = "b1 c1";
    test_parse(&set,
               "{\"id\":\"b1\",\"stratum\":\"b\",\"weight\":3}\n{\"id\":\"a1\",\"stratum\":\"a\",\"weight\":"
               "0}\n{\"id\":\"a2\",\"stratum\":\"a\"}\n{\"id\":\"c1\",\"stratum\":\"c\",\"weight\":4}\n");
    assert_string_equal(test_count(&set, none), "a 0.125 2/2; b 0.375 1/1; c 0.5 1/1");
    assert_string_equal(test_count(&set, b_and_c), "a 0.125 2/2; b 0.375 1/0; c 0.5 1/0");
    /* A manifest without populations only names strata. */
    struct sample_stratum named[] = {{(char *)(uintptr_t) "a", -1}, {(char *)(uintptr_t) "refunds", -1}};
    set.strata = named;
    set.stratum_count = 2;
    assert_string_equal(test_count(&set, none), "a 0.125 2/2; b 0.375 1/1; c 0.5 1/1; refunds 0 0/0");
    /* With them it says what production is; what it doesn't name has no share. */
    named[0].population = 30;
    named[1].population = 10;
    assert_string_equal(test_count(&set, none), "a 0.75 2/2; b -1 1/1; c -1 1/1; refunds 0.25 0/0");
    set.strata = NULL;
    set.stratum_count = 0;
    samples_fini(&set);
}

static void test_bound_is_that_of_none_in_n(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double bound;
    } rows[] = {{0, 1}, {1, 0.95}, {2, 0.776393}, {3, 0.631597}, {30, 0.095033}, {1200, 0.00249328}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(fabs(coverage_bound(rows[i].n) - rows[i].bound) < 1e-6);
    assert_true(coverage_bound(SIZE_MAX / 2) > 0);
    /* At that rate n requests show nothing one time in twenty. */
    assert_true(fabs(pow(1 - coverage_bound(59), 59) - 0.05) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variation_table_holds),      cmocka_unit_test(test_variation_has_limits),
        cmocka_unit_test(test_variation_reads_files),      cmocka_unit_test(test_strata_are_counted),
        cmocka_unit_test(test_bound_is_that_of_none_in_n),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
