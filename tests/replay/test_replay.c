#include "orchestrator/replay/replay.h"
#include "tests/report/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Four findings, of which two have a class, and two a place. */
static cJSON *report(void)
{
    cJSON *document = cJSON_Parse(
        "{\"candidates\":[{\"contract\":{\"findings\":["
        "{\"workload\":\"w\",\"class\":\"emptied\",\"part\":\"stdout\",\"pattern\":\"/items/"
        "*\",\"pointer\":\"/items/3\","
        "\"sample\":\"a\",\"reproduction\":{\"request\":\"{}\",\"why_none\":null}},"
        "{\"workload\":\"w\",\"class\":\"value\",\"part\":\"stdout\",\"pattern\":\"/total\",\"pointer\":\"/"
        "total\","
        "\"sample\":\"b\",\"reproduction\":{\"request\":null,\"why_none\":\"too long\"}},"
        "{\"workload\":\"w\",\"class\":\"value\",\"part\":\"out.json\",\"pattern\":\"/total\",\"pointer\":\"/"
        "total\","
        "\"sample\":\"b\",\"reproduction\":null},"
        "{\"workload\":\"w\",\"class\":\"status\",\"part\":\"exit status\",\"pattern\":\"\",\"pointer\":\"\","
        "\"sample\":\"c\",\"reproduction\":null}]}}]}");
    assert_non_null(document);
    return document;
}

static const struct {
    const char *name;
    size_t number;       /* 0: refused */
    const char *message; /* then */
} names[] = {
    {"1", 1, NULL},
    {"4", 4, NULL},
    {"emptied", 1, NULL},
    {"emptied:/items/*", 1, NULL},
    {"emptied:/items/3", 1, NULL},
    {"status", 4, NULL},
    {"status:", 4, NULL},
    {"value:/total", 0,
     "several findings are called \"value:/total\": 2 value:/total, 3 value:/total; name one by its number"},
    {"0", 0,
     "the report has no finding \"0\"; it has 1 emptied:/items/*, 2 value:/total, 3 value:/total, 4 status:"},
    {"5", 0,
     "the report has no finding \"5\"; it has 1 emptied:/items/*, 2 value:/total, 3 value:/total, 4 status:"},
    {"1x", 0,
     "the report has no finding \"1x\"; it has 1 emptied:/items/*, 2 value:/total, 3 value:/total, 4 "
     "status:"},
    {"empt", 0,
     "the report has no finding \"empt\"; it has 1 emptied:/items/*, 2 value:/total, 3 value:/total, 4 "
     "status:"},
};

static void test_which_finding(void **state)
{
    (void)state;
    cJSON *document = report();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct replay_finding finding = {0};
        struct err err = {0};
        int code = replay_choose(document, names[i].name, &finding, &err);
        assert_int_equal(code == 0, names[i].number > 0);
        assert_int_equal(finding.number, names[i].number);
        if (names[i].message)
            assert_string_equal(err.message, names[i].message);
    }
    cJSON_Delete(document);
}

static void test_what_is_read_of_it(void **state)
{
    (void)state;
    cJSON *document = report();
    struct replay_finding finding;
    struct err err = {0};
    assert_int_equal(replay_choose(document, "1", &finding, &err), 0);
    assert_string_equal(finding.request, "{}");
    assert_null(finding.why_none);
    assert_string_equal(finding.sample, "a");
    assert_int_equal(replay_choose(document, "2", &finding, &err), 0);
    assert_null(finding.request);
    assert_string_equal(finding.why_none, "too long");
    cJSON_Delete(document);
}

/* Reports are foreign: any shape is answered with an error. */
static void test_reports_of_any_shape(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        "{}",
        "{\"candidates\":[]}",
        "{\"candidates\":[{\"contract\":7}]}",
        "{\"candidates\":[{\"contract\":{\"findings\":{}}}]}",
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cJSON *document = cJSON_Parse(shapes[i]);
        struct replay_finding finding;
        struct err err = {0};
        assert_int_equal(replay_choose(document, "1", &finding, &err), ERR_NOT_FOUND);
        assert_string_equal(err.message, "the report has no findings");
        cJSON_Delete(document);
    }
    cJSON *document = cJSON_Parse("{\"candidates\":[{\"contract\":{\"findings\":[3,{\"class\":7}]}}]}");
    struct replay_finding finding;
    struct err err = {0};
    assert_int_equal(replay_choose(document, "2", &finding, &err), 0);
    assert_string_equal(finding.class, "");
    cJSON_Delete(document);
}

static char part[] = "stdout", items[] = "/items", first[] = "/items/0", empty[] = "[]", one[] = "[1]\x1b[2J";
static struct finding found[] = {
    {.class = CLASS_EMPTIED, .part = part, .pattern = items, .pointer = items, .before = one, .after = empty},
    {.class = CLASS_WHITESPACE, .part = part, .pattern = first, .pointer = first},
};

static const struct {
    size_t findings;
    const char *class, *problem;
    bool reproduced;
    const char *sheet;
} outcomes[] = {
    {2, "emptied", NULL, true,
     "Reproduced: finding 1 of report 0123456789ab, emptied stdout /items, workload w.\n"
     "\n"
     "  Input      {\"id\": \"a\"}\n"
     "  Differs    emptied  stdout /items\n"
     "               before  [1]\\x1b[2J\n"
     "               after   []\n"
     "  Note       whitespace  stdout /items/0\n"},
    {2, "missing", NULL, false,
     "Not reproduced: finding 1 of report 0123456789ab, missing stdout /items,\n"
     "workload w. Base and candidate differ, but not so.\n"},
    {0, "emptied", NULL, false,
     "Not reproduced: finding 1 of report 0123456789ab, emptied stdout /items,\n"
     "workload w. Base and candidate answer alike.\n"
     "\n"
     "  Input      {\"id\": \"a\"}\n"},
    {2, "emptied", "make ended with exit status 2", false,
     "Not reproduced: finding 1 of report 0123456789ab, emptied stdout /items,\n"
     "workload w.\n"
     "\n"
     "  Input      {\"id\": \"a\"}\n"
     "  But        make ended with exit status 2\n"},
};

static void test_what_came_of_it(void **state)
{
    (void)state;
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/reproduction.json");
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const struct contract_summary summary = {.findings = found, .finding_count = outcomes[i].findings};
        struct text sheet = {0};
        const char *where = "";
        const struct replay replay = {
            .report = "0123456789ab",
            .finding =
                {.number = 1, .workload = "w", .class = outcomes[i].class, .part = part, .pattern = items},
            .input = "{\"id\": \"a\"}",
            .summary = &summary,
            .problem = outcomes[i].problem,
        };
        assert_int_equal(replay_is_reproduced(&replay), outcomes[i].reproduced);
        replay_format(&replay, false, 80, &sheet);
        if (strncmp(text_string(&sheet), outcomes[i].sheet, strlen(outcomes[i].sheet)) != 0)
            fail_msg("%s", text_string(&sheet));
        cJSON *document = replay_build(&replay);
        if (!schema_allows(schema, document, &where))
            fail_msg("outcome %zu: %s", i, where);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(document, "differences")),
                         outcomes[i].problem ? 0 : outcomes[i].findings);
        cJSON_Delete(document);
        text_fini(&sheet);
    }
    cJSON_Delete(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_finding),
        cmocka_unit_test(test_what_is_read_of_it),
        cmocka_unit_test(test_reports_of_any_shape),
        cmocka_unit_test(test_what_came_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
