/* Places and changes: which bytes change, and that the others don't. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/edge/mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct edge_place *place_must(const struct edge_places *places, const char *name)
{
    const struct edge_place *place = edge_places_find(places, name);
    if (!place)
        fail_msg("no place \"%s\"", name);
    return place;
}

static struct edge_value value_of(enum edge_act act, const char *text)
{
    return (struct edge_value){.act = act,
                               .text = text ? memory_copy_string(text) : NULL,
                               .length = text ? strlen(text) : 0,
                               .label = text ? memory_copy_string(text) : NULL};
}

static void value_free(struct edge_value *value)
{
    free(value->text);
    free(value->label);
}

/* One text, one place, one change; NULL: it doesn't fit. */
struct row {
    const char *text;
    const char *name;
    enum edge_act act;
    const char *set;
    const char *expected;
};

/* Rows of query strings; NULL: of JSON on stdin. */
static char query_string[] = "";

static void check_rows(const struct row *rows, size_t count, char *query)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct edge_places places = {0};
        cleanup_text struct text out = {0};
        struct edge_value value = value_of(row->act, row->set);
        const struct edge_place whole = {
            .carrier = EDGE_REQUEST, .pattern = query, .name = query, .end = strlen(row->text)};
        if (query)
            edge_places_of_query(&places, &whole, row->text);
        else
            edge_places_of_json(&places, EDGE_STDIN, row->text, strlen(row->text));
        bool made =
            edge_mutate_text(place_must(&places, row->name), &value, row->text, strlen(row->text), &out);
        if (made != (row->expected != NULL))
            fail_msg("%s: %s %s: %s", row->text, row->name, edge_act_name(row->act), text_string(&out));
        assert_string_equal(text_string(&out), row->expected ? row->expected : "");
        edge_places_fini(&places);
        value_free(&value);
    }
}

static void test_query(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"status=paid&limit=10", "status", EDGE_SET, "0", "status=0&limit=10"},
        {"status=paid&limit=10", "status", EDGE_SET, "", "status=&limit=10"},
        {"status=paid&limit=10", "status", EDGE_ABSENT, NULL, "limit=10"},
        {"status=paid&limit=10", "limit", EDGE_ABSENT, NULL, "status=paid"},
        {"status=paid", "status", EDGE_ABSENT, NULL, ""},
        {"a=1&b=2&c=3", "b", EDGE_ABSENT, NULL, "a=1&c=3"},
        {"status=paid&limit=10", "status", EDGE_BARE, NULL, "status&limit=10"},
        {"status&limit=10", "status", EDGE_BARE, NULL, NULL},
        {"status&limit=10", "status", EDGE_SET, "0", "status=0&limit=10"},
        {"q=a&p=1", "q", EDGE_TWICE, NULL, "q=a&q=0&p=1"},
        {"q=a", "q", EDGE_BRACKETS, NULL, "q[]=a"},
        {"q=a", "q", EDGE_SET, " ", "q=%20"},
        {"q=a", "q", EDGE_SET, "%00", "q=%00"},
        {"q=a", "q", EDGE_SET, "%", "q=%"},
        {"q=a", "q", EDGE_SET, "+", "q=+"},
        {"q=a", "q", EDGE_SET, "\\", "q=%5C"},
        {"q=a", "q", EDGE_SET, "\xc3\xa9", "q=%C3%A9"},
        {"q=a&b", "q", EDGE_SET, "x&y", "q=x%26y&b"},
        {"q=aB", "q", EDGE_OTHER_CASE, NULL, "q=Ab"},
        {"q=%2fB", "q", EDGE_OTHER_CASE, NULL, NULL},
        {"q=12", "q", EDGE_OTHER_CASE, NULL, NULL},
        {"q=Zo\xc3\xab&b", "q", EDGE_OTHER_FORM, NULL, "q=Zoe%CC%88&b"},
        {"q=a", "q", EDGE_OTHER_FORM, NULL, NULL},
        {"q=a", "q", EDGE_LEADING_SPACE, NULL, "q=%20a"},
        {"q=a", "q", EDGE_TRAILING_SPACE, NULL, "q=a%20"},
        {"q=0", "q", EDGE_SET, "0", NULL},
        {"q=a", "q", EDGE_IN_ARRAY, NULL, NULL},
    };
    check_rows(rows, sizeof rows / sizeof *rows, query_string);
}

static void test_json(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"status\": \"paid\", \"n\": 1.50 }", "status", EDGE_SET, "0", "{\"status\": 0, \"n\": 1.50 }"},
        {"{\"status\": \"paid\", \"n\": 1.50 }", "status", EDGE_ABSENT, NULL, "{\"n\": 1.50 }"},
        {"{\"status\": \"paid\", \"n\": 1.50 }", "n", EDGE_ABSENT, NULL, "{\"status\": \"paid\" }"},
        {"{\"n\": 1}", "n", EDGE_ABSENT, NULL, "{}"},
        {"{\"a\": 1, \"b\": 2, \"a\": 3}", "a", EDGE_SET, "null", "{\"a\": null, \"b\": 2, \"a\": 3}"},
        {"{\"f\": {\"status\": 1}}", "/f/status", EDGE_SET, "-0", "{\"f\": {\"status\": -0}}"},
        {"{\"i\": [{\"p\": 1}, {\"p\": 2}]}", "/i/0/p", EDGE_SET, "0", "{\"i\": [{\"p\": 0}, {\"p\": 2}]}"},
        {"{\"i\": [1, 2]}", "/i/0", EDGE_ABSENT, NULL, "{\"i\": [2]}"},
        {"{\"i\": [1, 2]}", "i", EDGE_ONE_ITEM, NULL, "{\"i\": [1]}"},
        {"{\"i\": [1]}", "i", EDGE_ONE_ITEM, NULL, NULL},
        {"{\"i\": [1, 2]}", "i", EDGE_FIRST_ITEM, NULL, "{\"i\": 1}"},
        {"{\"i\": []}", "i", EDGE_FIRST_ITEM, NULL, NULL},
        {"{\"i\": [1, 2]}", "i", EDGE_ITEMS_TWICE, NULL, "{\"i\": [1, 2,1, 2]}"},
        {"{\"i\": 1}", "i", EDGE_IN_ARRAY, NULL, "{\"i\": [1]}"},
        {"{\"i\": [1]}", "i", EDGE_IN_ARRAY, NULL, NULL},
        {"{\"i\": 1}", "i", EDGE_DUPLICATE_KEY, NULL, "{\"i\": 1,\"i\":null}"},
        {"[1]", "/0", EDGE_DUPLICATE_KEY, NULL, NULL},
        {"{\"f\": {}}", "f", EDGE_EXTRA_KEY, NULL, "{\"f\": {\"unexpected\":0}}"},
        {"{\"f\": {\"a\":1}}", "f", EDGE_EXTRA_KEY, NULL, "{\"f\": {\"a\":1,\"unexpected\":0}}"},
        {"{\"s\": \"aB\"}", "s", EDGE_OTHER_CASE, NULL, "{\"s\": \"Ab\"}"},
        {"{\"s\": \"a\\n\"}", "s", EDGE_OTHER_CASE, NULL, NULL},
        {"{\"s\": \"\xc3\x84\xc3\xbc\xc3\x97\"}", "s", EDGE_OTHER_CASE, NULL,
         "{\"s\": \"\xc3\xa4\xc3\x9c\xc3\x97\"}"},
        {"{\"s\": \"gro\xc3\x9f\"}", "s", EDGE_OTHER_CASE, NULL, "{\"s\": \"GROSS\"}"},
        {"{\"s\": \"Zo\xc3\xab\xff\"}", "s", EDGE_OTHER_FORM, NULL, "{\"s\": \"Zoe\xcc\x88\xff\"}"},
        {"{\"s\": [\"\xc3\xab\"]}", "s", EDGE_OTHER_FORM, NULL, NULL},
        {"{\"s\": \"a\"}", "s", EDGE_OTHER_FORM, NULL, NULL},
        {"{\"s\": \"a\"}", "s", EDGE_LEADING_SPACE, NULL, "{\"s\": \" a\"}"},
        {"{\"s\": \"a\"}", "s", EDGE_TRAILING_SPACE, NULL, "{\"s\": \"a \"}"},
        {"{\"s\": 1}", "s", EDGE_TRAILING_SPACE, NULL, NULL},
        {"{\"path\": \"/o?a=1&b=2#top\"}", "path ?a", EDGE_SET, "\"", "{\"path\": \"/o?a=%22&b=2#top\"}"},
        {"{\"path\": \"/o?a=1&b=2#top\"}", "path ?b", EDGE_ABSENT, NULL, "{\"path\": \"/o?a=1#top\"}"},
        {"{\"q\": {\"raw\": \"a=1&b\"}}", "/q/raw ?b", EDGE_SET, "0", "{\"q\": {\"raw\": \"a=1&b=0\"}}"},
        {"{\"q\": [\"/x?a=1\"]}", "/q/0 ?a", EDGE_BARE, NULL, "{\"q\": [\"/x?a\"]}"},
        {" 42\n", "stdin", EDGE_SET, "0", " 0\n"},
        {"[3, 1]\n", "stdin", EDGE_SET, "[]", "[]\n"},
        {"[3, 1]\n", "stdin", EDGE_ABSENT, NULL, "\n"},
        {"{\"a~/b\": 1}", "a~0~1b", EDGE_SET, "0", "{\"a~/b\": 0}"},
        {"{\"p\": 1}\n{\"p\": 2}\n", "/0/p", EDGE_SET, "0", "{\"p\": 0}\n{\"p\": 2}\n"},
        {"{\"p\": 1}\n{\"p\": 2}\n", "/0", EDGE_ABSENT, NULL, "{\"p\": 2}\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows, NULL);
}

static void test_no_places(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "plain words\n", "{\"a\": ", "\xff\xfe", "{} {\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct edge_places places = {0};
        edge_places_of_json(&places, EDGE_STDIN, texts[i], strlen(texts[i]));
        assert_int_equal(places.count, 0);
        edge_places_fini(&places);
    }
}

/* A worker's `id` says which answer is which. */
static void test_request(void **state)
{
    (void)state;
    struct edge_places places = {0};
    static const char line[] = "{\"id\":7,\"filter\":{\"id\":3}}\n";
    edge_places_of_json(&places, EDGE_REQUEST, line, strlen(line));
    assert_null(edge_places_find(&places, "id"));
    assert_string_equal(place_must(&places, "/filter/id")->word, "id");
    assert_string_equal(place_must(&places, "filter")->pattern, "/filter");
    edge_places_fini(&places);
}

static void must_sample(struct sample_set *set, const char *line)
{
    struct err err = {0};
    if (samples_parse(set, "sample", line, strlen(line), &err) < 0)
        fail_msg("%s", err.message);
}

/* What a program is asked after the change, as one string; "-": it doesn't fit. */
static char *mutated(const char *line, const char *name, enum edge_act act, const char *set)
{
    struct edge_places places = {0};
    struct edge_value value = value_of(act, set);
    struct sample_set samples;
    struct sample out;
    struct text words = {0};
    must_sample(&samples, line);
    edge_places_of_arguments(&places, samples.items[0].args);
    edge_places_of_variables(&places, samples.items[0].environment);
    if (edge_mutate_sample(&samples.items[0], NULL, 0, place_must(&places, name), &value, &out)) {
        for (char **argument = out.args; *argument; argument++)
            text_printf(&words, "%s%s", argument == out.args ? "" : "|", *argument);
        for (char **variable = out.environment; *variable; variable++)
            text_printf(&words, "|%s", *variable);
        sample_fini(&out);
    } else {
        text_append_char(&words, '-');
    }
    edge_places_fini(&places);
    samples_fini(&samples);
    value_free(&value);
    return text_take(&words);
}

static void test_arguments(void **state)
{
    (void)state;
    static const char arguments[] =
        "{\"args\": [\"report\", \"--status=paid\", \"--limit\", \"10\", \"-v\", \"--\", \"-5\", "
        "\"{\\\"a\\\": 1}\"]}\n";
    static const struct {
        const char *name;
        enum edge_act act;
        const char *set;
        const char *expected;
    } rows[] = {
        {"--status", EDGE_SET, "0", "report|--status=0|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--status", EDGE_SET, "", "report|--status=|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--status", EDGE_ABSENT, NULL, "report|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--status", EDGE_BARE, NULL, "report|--status|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--status", EDGE_TWICE, NULL, "report|--status=paid|--status=0|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--status", EDGE_OTHER_CASE, NULL, "report|--status=PAID|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"--limit", EDGE_SET, "-1", "report|--status=paid|--limit|-1|-v|--|-5|{\"a\": 1}"},
        {"--limit", EDGE_ABSENT, NULL, "report|--status=paid|-v|--|-5|{\"a\": 1}"},
        {"--limit", EDGE_BARE, NULL, "report|--status=paid|--limit|-v|--|-5|{\"a\": 1}"},
        {"--limit", EDGE_TWICE, NULL, "report|--status=paid|--limit|10|--limit|0|-v|--|-5|{\"a\": 1}"},
        {"--limit", EDGE_BRACKETS, NULL, "-"},
        {"-v", EDGE_ABSENT, NULL, "report|--status=paid|--limit|10|--|-5|{\"a\": 1}"},
        {"-v", EDGE_SET, "0", "-"},
        {"-v", EDGE_TWICE, NULL, "-"},
        {"argument 1", EDGE_OTHER_CASE, NULL, "REPORT|--status=paid|--limit|10|-v|--|-5|{\"a\": 1}"},
        {"argument 7", EDGE_SET, "0", "report|--status=paid|--limit|10|-v|--|0|{\"a\": 1}"},
        {"argument 7", EDGE_ABSENT, NULL, "report|--status=paid|--limit|10|-v|--|{\"a\": 1}"},
        {"argument 7", EDGE_TWICE, NULL, "-"},
        {"argument 8 /a", EDGE_SET, "null", "report|--status=paid|--limit|10|-v|--|-5|{\"a\": null}"},
        {"argument 8 /a", EDGE_ABSENT, NULL, "report|--status=paid|--limit|10|-v|--|-5|{}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleanup_free char *words = mutated(arguments, rows[i].name, rows[i].act, rows[i].set);
        assert_string_equal(words, rows[i].expected);
    }
}

/* "name=value", the parameters of a URL, variables. */
static void test_named_arguments(void **state)
{
    (void)state;
    static const char line[] = "{\"args\": [\"get\", \"status=paid\", \"/orders?from=3&to=9\", \"--url\", "
                               "\"http://a/b?q=x%20y\", \"a&b\", \"what?\"], "
                               "\"env\": {\"LANG\": \"de\", \"TZ\": \"UTC\"}}\n";
    static const char rest[] = "|--url|http://a/b?q=x%20y|a&b|what?";
    static const struct {
        const char *name;
        enum edge_act act;
        const char *set;
        const char *head, *rest, *tail;
    } rows[] = {
        {"argument status", EDGE_SET, "0", "get|status=0|/orders?from=3&to=9", rest, "|LANG=de|TZ=UTC"},
        {"argument status", EDGE_ABSENT, NULL, "get|/orders?from=3&to=9", rest, "|LANG=de|TZ=UTC"},
        {"argument status", EDGE_BARE, NULL, "get|status|/orders?from=3&to=9", rest, "|LANG=de|TZ=UTC"},
        {"argument 3 ?from", EDGE_ABSENT, NULL, "get|status=paid|/orders?to=9", rest, "|LANG=de|TZ=UTC"},
        {"argument 3 ?to", EDGE_TWICE, NULL, "get|status=paid|/orders?from=3&to=9&to=0", rest,
         "|LANG=de|TZ=UTC"},
        {"--url ?q", EDGE_SET, "\xc3\xa9", "get|status=paid|/orders?from=3&to=9",
         "|--url|http://a/b?q=%C3%A9|a&b|what?", "|LANG=de|TZ=UTC"},
        {"$LANG", EDGE_SET, "", "get|status=paid|/orders?from=3&to=9", rest, "|LANG=|TZ=UTC"},
        {"$LANG", EDGE_ABSENT, NULL, "get|status=paid|/orders?from=3&to=9", rest, "|TZ=UTC"},
        {"$LANG", EDGE_OTHER_CASE, NULL, "get|status=paid|/orders?from=3&to=9", rest, "|LANG=DE|TZ=UTC"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleanup_free char *words = mutated(line, rows[i].name, rows[i].act, rows[i].set);
        cleanup_free char *expected = memory_format("%s%s%s", rows[i].head, rows[i].rest, rows[i].tail);
        assert_string_equal(words, expected);
    }
    cleanup_free char *bare = mutated(line, "$LANG", EDGE_BARE, NULL);
    assert_string_equal(bare, "-");
}

/* JSON behind "--filter=": offsets are those of the whole argument. */
static void test_json_argument(void **state)
{
    (void)state;
    static const char arguments[] =
        "{\"args\": [\"--filter={\\\"status\\\": \\\"paid\\\", \\\"n\\\": 2}\"]}\n";
    cleanup_free char *set = mutated(arguments, "--filter /status", EDGE_SET, "0");
    cleanup_free char *absent = mutated(arguments, "--filter /n", EDGE_ABSENT, NULL);
    cleanup_free char *whole = mutated(arguments, "--filter", EDGE_SET, "null");
    assert_string_equal(set, "--filter={\"status\": 0, \"n\": 2}");
    assert_string_equal(absent, "--filter={\"status\": \"paid\"}");
    assert_string_equal(whole, "--filter=null");
}

/* What is too long to look into is asked all the same. */
static void test_long_input(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"args\": [\"5\"], \"stdin\": \"much\"}\n",
                                        "{\"args\": [\"5\"], \"stdin_file\": \"much.txt\"}\n"};
    for (size_t i = 0; i < 2; i++) {
        struct edge_places places = {0};
        struct edge_value value = value_of(EDGE_SET, "0");
        struct sample_set samples;
        struct sample out;
        must_sample(&samples, lines[i]);
        edge_places_of_arguments(&places, samples.items[0].args);
        assert_true(
            edge_mutate_sample(&samples.items[0], NULL, 0, place_must(&places, "argument 1"), &value, &out));
        assert_string_equal(out.args[0], "0");
        assert_string_equal(i == 0 ? out.stdin_bytes : out.stdin_file, i == 0 ? "much" : "much.txt");
        assert_int_equal(out.stdin_length, i == 0 ? 4 : 0);
        sample_fini(&out);
        edge_places_fini(&places);
        samples_fini(&samples);
        value_free(&value);
    }
}

static void test_range(void **state)
{
    (void)state;
    struct sample_set samples;
    struct sample out;
    struct edge_places places = {0};
    must_sample(&samples,
                "{\"args\": [\"--from=2024-01-01\", \"--to\", \"2024-02-01\", \"/p?min=1&max=20&a\"], "
                "\"stdin\": \"{\\\"min\\\": 3, \\\"max\\\": 17}\"}\n");
    const struct sample *sample = &samples.items[0];
    const char *input = sample->stdin_bytes;
    edge_places_of_arguments(&places, sample->args);
    edge_places_of_json(&places, EDGE_STDIN, input, strlen(input));
    assert_true(edge_mutate_range(sample, input, strlen(input), place_must(&places, "--from"),
                                  place_must(&places, "--to"), &out));
    assert_string_equal(out.args[0], "--from=2024-02-01");
    assert_string_equal(out.args[2], "2024-01-01");
    sample_fini(&out);
    assert_true(edge_mutate_range(sample, input, strlen(input), place_must(&places, "min"),
                                  place_must(&places, "max"), &out));
    assert_string_equal(out.stdin_bytes, "{\"min\": 17, \"max\": 3}");
    sample_fini(&out);
    assert_false(edge_mutate_range(sample, input, strlen(input), place_must(&places, "--from"),
                                   place_must(&places, "max"), &out));
    assert_true(edge_mutate_range(sample, input, strlen(input), place_must(&places, "argument 4 ?min"),
                                  place_must(&places, "argument 4 ?max"), &out));
    assert_string_equal(out.args[3], "/p?min=20&max=1&a");
    sample_fini(&out);
    edge_places_fini(&places);
    samples_fini(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),         cmocka_unit_test(test_json),
        cmocka_unit_test(test_no_places),     cmocka_unit_test(test_request),
        cmocka_unit_test(test_arguments),     cmocka_unit_test(test_named_arguments),
        cmocka_unit_test(test_json_argument), cmocka_unit_test(test_long_input),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
