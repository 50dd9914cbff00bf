/* Which changes are asked, in which order, and that the same question asks the same ones. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/edge/choose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void must_values(struct edge_values *values, const char *text)
{
    struct json_file file;
    struct err err = {0};
    *values = (struct edge_values){0};
    if (json_file_read(&file, "values", text, strlen(text), NULL, &err) < 0 ||
        edge_values_read(values, &file, json_root(file.document), &err) < 0)
        fail_msg("%s", err.message);
    json_file_fini(&file);
}

static void must_samples(struct sample_set *set, const char *text)
{
    struct err err = {0};
    if (samples_parse(set, "samples", text, strlen(text), &err) < 0)
        fail_msg("%s", err.message);
}

static void choose(struct edges *edges, const struct edge_values *values, const struct sample_set *samples,
                   const struct edge_words *words, size_t most)
{
    const struct edges_input input = {
        .values = values, .samples = samples, .words = words, .seed = digest_of("seed", 4), .most = most};
    edges_choose(edges, &input);
}

static size_t position_of(const struct edges *edges, const char *id)
{
    for (size_t i = 0; i < edges->set.count; i++)
        if (strcmp(edges->set.items[i].id, id) == 0)
            return i;
    return SIZE_MAX;
}

static const char few[] =
    "{\"parameters\": [{\"do\": \"absent\", \"nothing\": true}, {\"set\": \"0\", \"nothing\": "
    "true}, {\"set\": \"\", \"nothing\": true}, \"1\", \"-1\"], \"json\": [{\"do\": \"absent\", "
    "\"nothing\": true}, {\"set\": 0, \"nothing\": true}, 7], \"filters\": [\"status\"]}";

static void test_one_sample(void **state)
{
    (void)state;
    struct edge_values values;
    struct sample_set samples;
    struct edges edges;
    must_values(&values, few);
    must_samples(&samples, "{\"id\": \"order-17\", \"args\": [\"--status=paid\"], \"env\": {\"A\": \"b\"}, "
                           "\"stdin\": \"{\\\"n\\\": 1.0 }\", \"weight\": 3}\n");
    choose(&edges, &values, &samples, NULL, 100);
    size_t zero = position_of(&edges, "order-17 with --status=0");
    assert_int_not_equal(zero, SIZE_MAX);
    const struct sample *sample = &edges.set.items[zero];
    assert_string_equal(sample->args[0], "--status=0");
    assert_string_equal(sample->stdin_bytes, "{\"n\": 1.0 }");
    assert_string_equal(sample->environment[0], "A=b");
    assert_true(sample->weight == 0);
    assert_string_equal(edges.cases[zero].word, "status");
    assert_string_equal(edges.cases[zero].label, "0");
    assert_true(edges.cases[zero].nothing);
    size_t absent = position_of(&edges, "order-17 without n");
    assert_int_not_equal(absent, SIZE_MAX);
    assert_string_equal(edges.set.items[absent].stdin_bytes, "{ }");
    assert_null(edges.cases[absent].label);
    assert_int_not_equal(position_of(&edges, "order-17 with stdin=0"), SIZE_MAX);
    assert_int_equal(edges.left_out, 0);
    assert_true(zero < position_of(&edges, "order-17 with --status=1"));
    edges_fini(&edges);
    samples_fini(&samples);
    edge_values_fini(&values);
}

/* What a patch names, and what varies, comes before the rest; nothing is asked that a sample asks. */
static void test_order(void **state)
{
    (void)state;
    static const char diff[] =
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-if (!max_size)\n+if (maxSize < 0)\n";
    struct edge_values values;
    struct sample_set samples;
    struct edge_words words = {0};
    struct edges edges;
    must_values(&values, few);
    must_samples(&samples, "{\"id\": \"a\", \"args\": [\"--colour=red\", \"--max-size=3\"]}\n"
                           "{\"id\": \"b\", \"args\": [\"--colour=red\", \"--max-size=0\"]}\n");
    edge_words_of_patch(&words, diff, strlen(diff));
    choose(&edges, &values, &samples, &words, 4);
    assert_int_equal(edges.set.count, 4);
    assert_int_equal(position_of(&edges, "a with --max-size=0"), SIZE_MAX); /* that is b */
    size_t named = 0;
    for (size_t i = 0; i < edges.set.count; i++)
        named += strcmp(edges.cases[i].word, "max-size") == 0;
    assert_true(named >= 3);
    assert_true(edges.left_out > 0);
    edges_fini(&edges);
    edge_words_fini(&words);
    samples_fini(&samples);
    edge_values_fini(&values);
}

static void test_same_again(void **state)
{
    (void)state;
    struct edge_values values;
    struct sample_set samples;
    struct edges one;
    struct edges two;
    cleanup_text struct text lines = {0};
    for (int i = 0; i < 300; i++)
        text_printf(&lines, "{\"args\": [\"%d\", \"--kind=%d\"]}\n", i, i % 7);
    must_values(&values, few);
    must_samples(&samples, text_string(&lines));
    choose(&one, &values, &samples, NULL, 50);
    choose(&two, &values, &samples, NULL, 50);
    assert_int_equal(one.set.count, 50);
    assert_int_equal(one.looked, EDGES_SAMPLES_MOST);
    for (size_t i = 0; i < 50; i++) {
        assert_string_equal(one.set.items[i].id, two.set.items[i].id);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(one.set.items[i].id, one.set.items[k].id);
    }
    edges_fini(&one);
    edges_fini(&two);
    choose(&one, &values, &samples, NULL, 0);
    assert_int_equal(one.set.count, 0);
    edges_fini(&one);
    samples_fini(&samples);
    edge_values_fini(&values);
}

static const char typed[] = "{\"parameters\": [{\"set\": \"0\", \"nothing\": true}, \"none\", {\"do\": "
                            "\"other-case\"}, \"-1\", \"2024-02-29\", {\"do\": "
                            "\"of-another\"}], \"json\": [{\"set\": 0, \"nothing\": true}, {\"do\": "
                            "\"one-item\"}, -1, {\"do\": \"of-another\"}, "
                            "\"none\"]}";

/* What is near the value that is there comes before the rest, and JSON's strings are asked as parameters are.
 */
static void test_near(void **state)
{
    (void)state;
    static const struct {
        const char *sample, *ids[8];
    } rows[] = {
        {"{\"id\": \"1\", \"args\": [\"--n\", \"5\"]}",
         {"1 with --n=0", "1 with --n=-1", "1 with --n=none", "1 with --n=2024-02-29"}},
        {"{\"id\": \"1\", \"args\": [\"--n\", \"five\"]}",
         {"1 with --n=0", "1 with --n other-case", "1 with --n=none", "1 with --n=-1",
          "1 with --n=2024-02-29"}},
        {"{\"id\": \"1\", \"args\": [\"--n\", \"2024-01-01\"]}",
         {"1 with --n=0", "1 with --n=2024-02-29", "1 with --n=none", "1 with --n=-1"}},
        {"{\"id\": \"1\", \"request\": {\"id\": 1, \"n\": \"5\"}}",
         {"1 with n=0", "1 with n=\"-1\"", "1 with n=-1", "1 with n=\"none\"", "1 with n=\"2024-02-29\""}},
        {"{\"id\": \"1\", \"request\": {\"id\": 1, \"n\": [5, 6]}}",
         {"1 with n=0", "1 with n one-item", "1 with n=-1", "1 with n=\"none\""}},
    };
    struct edge_values values;
    must_values(&values, typed);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample_set samples;
        struct edges edges;
        size_t last = 0;
        must_samples(&samples, rows[i].sample);
        choose(&edges, &values, &samples, NULL, 100);
        for (size_t k = 0; k < 8 && rows[i].ids[k]; k++) {
            size_t at = position_of(&edges, rows[i].ids[k]);
            if (at == SIZE_MAX || (k > 0 && at <= last))
                fail_msg("%s: %s at %zu behind %zu", rows[i].sample, rows[i].ids[k], at, last);
            last = at;
        }
        edges_fini(&edges);
        samples_fini(&samples);
    }
    edge_values_fini(&values);
}

/* Of the next item, so that two are alike; else of another sample that may be shown. */
static void test_of_another(void **state)
{
    (void)state;
    struct edge_values values;
    struct sample_set samples;
    struct edges edges;
    must_values(&values,
                "{\"parameters\": [{\"do\": \"of-another\"}], \"json\": [{\"do\": \"of-another\"}]}");
    must_samples(&samples, "{\"id\": \"a\", \"args\": [\"--state\", \"open\"], \"stdin\": \"{\\\"i\\\": "
                           "[{\\\"p\\\": 3}, {\\\"p\\\": 3}, {\\\"p\\\": 7}]}\"}\n"
                           "{\"id\": \"b\", \"args\": [\"--state=paid\"], \"stdin\": \"{\\\"i\\\": []}\"}\n"
                           "{\"id\": \"c\", \"args\": [\"--state=lost\"]}\n");
    samples.items[2].held_out = true;
    choose(&edges, &values, &samples, NULL, 100);
    static const char *const ids[] = {"a with --state=paid", "b with --state=open", "a with /i/0/p=7",
                                      "a with stdin={\"i\": []}"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (position_of(&edges, ids[i]) == SIZE_MAX)
            fail_msg("not asked: %s", ids[i]);
    assert_string_equal(edges.set.items[position_of(&edges, ids[2])].stdin_bytes,
                        "{\"i\": [{\"p\": 7}, {\"p\": 3}, {\"p\": 7}]}");
    for (size_t i = 0; i < edges.set.count; i++)
        assert_null(strstr(edges.set.items[i].id, "lost"));
    edges_fini(&edges);
    samples_fini(&samples);
    edge_values_fini(&values);
}

/* Pairs of no value over filters, and a range the other way round. */
static void test_pairs(void **state)
{
    (void)state;
    struct edge_values values;
    struct sample_set samples;
    struct edges edges;
    must_values(
        &values,
        "{\"parameters\": [{\"do\": \"absent\", \"nothing\": true}, {\"set\": \"0\", \"nothing\": true}],"
        " \"json\": [{\"do\": \"absent\", \"nothing\": true}, {\"set\": 0, \"nothing\": true}],"
        " \"filters\": [\"from\", \"to\"], \"ranges\": [[\"from\", \"to\"]]}");
    must_samples(&samples, "{\"id\": \"a\", \"args\": [\"list\", \"--from=3\", \"--to\", \"9\"]}\n"
                           "{\"id\": \"b\", \"stdin\": \"{\\\"f\\\": {\\\"from\\\": 1, \\\"to\\\": 2}}\"}\n");
    choose(&edges, &values, &samples, NULL, 100);
    static const char *const ids[] = {
        "a with --from=0 and without --to",    "a with --from=0 and with --to=0",
        "a without --from and without --to",   "a with --from and --to reversed",
        "b without /f/from and without /f/to", "b with /f/from and /f/to reversed"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (position_of(&edges, ids[i]) == SIZE_MAX)
            fail_msg("not asked: %s", ids[i]);
    assert_string_equal(edges.set.items[position_of(&edges, ids[0])].args[1], "--from=0");
    assert_null(edges.set.items[position_of(&edges, ids[0])].args[2]);
    assert_null(edges.set.items[position_of(&edges, ids[2])].args[1]);
    assert_string_equal(edges.set.items[position_of(&edges, ids[4])].stdin_bytes, "{\"f\": {}}");
    assert_string_equal(edges.set.items[position_of(&edges, ids[5])].stdin_bytes,
                        "{\"f\": {\"from\": 2, \"to\": 1}}");
    assert_false(edges.cases[position_of(&edges, ids[0])].nothing);
    edges_fini(&edges);
    samples_fini(&samples);
    edge_values_fini(&values);
}

static void test_held_out(void **state)
{
    (void)state;
    struct edge_values values;
    struct sample_set samples;
    struct edges edges;
    must_values(&values, few);
    must_samples(&samples, "{\"id\": \"a\", \"args\": [\"x\"]}\n{\"id\": \"b\", \"args\": [\"5\"]}\n");
    samples.items[1].held_out = true;
    choose(&edges, &values, &samples, NULL, 100);
    assert_int_equal(edges.set.count, 0);
    assert_int_equal(edges.held_out, 1);
    assert_int_equal(edges.placeless, 1);
    edges_fini(&edges);
    samples_fini(&samples);
    edge_values_fini(&values);
}

static void test_words(void **state)
{
    (void)state;
    static const char diff[] =
        "diff --git a/untouched b/untouched\n@@ -1,3 +1,3 @@ context_of\n kept_word\n-old-name\n"
        "+newName = 1\n";
    char status[] = "status";
    char *const filters[] = {status, NULL};
    struct edge_words words = {0};
    edge_words_of_patch(&words, diff, strlen(diff));
    assert_true(edge_words_have(&words, "old_name"));
    assert_true(edge_words_have(&words, "new-name"));
    assert_false(edge_words_have(&words, "kept_word"));
    assert_false(edge_words_have(&words, "untouched"));
    assert_false(edge_words_have(&words, ""));
    edge_words_fini(&words);
    assert_true(edge_words_part(filters, "orderStatus"));
    assert_true(edge_words_part(filters, "order_status[]"));
    assert_true(edge_words_part(filters, "status"));
    assert_false(edge_words_part(filters, "statuses"));
    assert_false(edge_words_part(filters, "apparatstatus"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_sample), cmocka_unit_test(test_order),
        cmocka_unit_test(test_same_again), cmocka_unit_test(test_near),
        cmocka_unit_test(test_of_another), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_held_out),   cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
