/* What `cupel diff` says of two documents: the lines for a person, and the document as its schema has it. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/difference/difference.h"
#include "tests/report/schema.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static struct rules *difference_rules(const char *text)
{
    struct json_file file;
    struct err err = {0};
    struct rules *rules = NULL;
    assert_int_equal(json_file_read(&file, "rules", text, strlen(text), NULL, &err), 0);
    assert_int_equal(rules_read(&rules, &file, json_root(file.document), &err), 0);
    json_file_fini(&file);
    return rules;
}

static struct difference difference_make(enum workload_stdout kind, const char *before, const char *after,
                                         const char *rules_text)
{
    struct difference difference = {.before = {.name = "a", .bytes = strlen(before)},
                                    .after = {.name = "b\x1b[2J", .bytes = strlen(after)},
                                    .kind = kind};
    const struct contract_document left = {.bytes = before, .length = strlen(before)};
    const struct contract_document right = {.bytes = after, .length = strlen(after)};
    struct rules *rules = rules_text ? difference_rules(rules_text) : NULL;
    difference.outcome =
        contract_compare_documents(&difference.kind, &left, &right, rules, &difference.summary);
    rules_free(rules);
    return difference;
}

struct difference_row {
    enum workload_stdout kind;
    const char *before;
    const char *after;
    const char *rules; /* NULL: none */
    enum contract_outcome outcome;
    const char *read_as; /* in the document */
    const char *told;    /* the lines, whole */
};

static const struct difference_row difference_rows[] = {
    {WORKLOAD_STDOUT_AUTO, "{\"a\":1}", "{\"a\":1}", NULL, CONTRACT_SAME, "\"read_as\":\"bytes\"",
     "Same, byte by byte: 7 bytes.\n"},
    {WORKLOAD_STDOUT_AUTO, "", "", NULL, CONTRACT_SAME, "\"read_as\":\"bytes\"",
     "Same, byte by byte: 0 bytes.\n"},
    {WORKLOAD_STDOUT_JSON, "{\"a\":1}", "{\"a\":1}", NULL, CONTRACT_SAME, "\"read_as\":\"json\"",
     "Same, byte by byte: 1 field of JSON.\n"},
    {WORKLOAD_STDOUT_JSONL, "\n", "\n", NULL, CONTRACT_SAME, "\"read_as\":\"jsonl\"",
     "Same, byte by byte: 0 fields of JSON lines.\n"},
    {WORKLOAD_STDOUT_AUTO, "{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", NULL, CONTRACT_EQUIVALENT,
     "\"relation\":\"equivalent\"",
     "Equal, though not byte by byte: 2 fields of JSON.\n\n"
     "  Note       number-spelling  /b\n"
     "               before  2\n"
     "               after   2.0\n"
     "  Note       key-order  the whole\n"},
    {WORKLOAD_STDOUT_AUTO, "{\"t\":1}", "{\"t\":2}",
     "[{\"path\":\"/t\",\"noisy\":true},{\"path\":\"/u\",\"ignore\":true}]", CONTRACT_TOLERATED,
     "\"unused_rules\":[\"ignore at /u\"]",
     "Tolerated, equal but for what the rules hide: 1 field of JSON.\n\n"
     "  Hidden     /t: 1 × value, by noisy at /t\n"
     "  Unused     ignore at /u\n"},
    {WORKLOAD_STDOUT_AUTO, "[{\"p\":1},{\"p\":2},{\"x\":0}]", "[{\"p\":3},{\"p\":4},{}]", NULL,
     CONTRACT_DIFFERENT, "\"pattern\":\"/*/p\",\"count\":2,\"pointer\":\"/0/p\"",
     "Different, 2 findings at 3 places: 3 fields of JSON.\n\n"
     "  Finding    missing  /2/x\n"
     "               before  0\n"
     "               after   (absent)\n"
     "  Finding    value  /*/p at 2 places, first /0/p\n"
     "               before  1\n"
     "               after   3\n"},
    {WORKLOAD_STDOUT_AUTO, "one\n\x1b[2J\n", "one\ntwo\n", NULL, CONTRACT_DIFFERENT, "\"read_as\":\"text\"",
     "Different, 1 finding: 2 lines.\n\n"
     "  Finding    value  line 2\n"
     "               before  \"\\u001b[2J\\n\"\n"
     "               after   \"two\\n\"\n"},
    {WORKLOAD_STDOUT_JSON, "{", "[", NULL, CONTRACT_NOT_COMPARED, "\"relation\":\"not-compared\"",
     "Not compared, since nothing can be held against what can't be read.\n\n"
     "  Finding    parse  the whole\n"
     "               before  not JSON at line 1, column 2: expected a key in double\n"
     "                       quotes, found the end\n"
     "               after   not JSON at line 1, column 2: expected a value, found the\n"
     "                       end\n"},
};

static void test_difference_is_told_in_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof difference_rows / sizeof *difference_rows; i++) {
        const struct difference_row *row = &difference_rows[i];
        struct difference difference = difference_make(row->kind, row->before, row->after, row->rules);
        cleanup_text struct text out = {0};
        difference_format(&difference, false, 80, &out);
        assert_string_equal(text_string(&out), row->told);
        assert_int_equal(difference.outcome, row->outcome);
        contract_summary_fini(&difference.summary);
    }
}

static void test_difference_documents_are_as_the_schema_says(void **state)
{
    (void)state;
    const char *where = "";
    cJSON *schema = schema_read(CUPEL_SOURCE "/policies/schema/difference.json");
    for (size_t i = 0; i < sizeof difference_rows / sizeof *difference_rows; i++) {
        const struct difference_row *row = &difference_rows[i];
        struct difference difference = difference_make(row->kind, row->before, row->after, row->rules);
        cJSON *document = difference_build(&difference);
        if (!schema_allows(schema, document, &where))
            fail_msg("%s: %s", row->before, where);
        char *printed = cJSON_PrintUnformatted(document);
        if (!strstr(printed, row->read_as))
            fail_msg("%s holds no %s", printed, row->read_as);
        cJSON_free(printed);
        cJSON_AddNullToObject(document, "surprise");
        assert_false(schema_allows(schema, document, &where));
        cJSON_Delete(document);
        contract_summary_fini(&difference.summary);
    }
    cJSON_Delete(schema);
}

/* Whoever answers with a thousand differences does not fill the terminal. */
static void test_difference_counts_what_it_does_not_show(void **state)
{
    (void)state;
    cleanup_text struct text before = {0};
    cleanup_text struct text out = {0};
    for (int i = 0; i < 300; i++)
        text_printf(&before, "%c\"k%d\":1", i ? ',' : '{', i);
    text_append_char(&before, '}');
    struct difference difference = difference_make(WORKLOAD_STDOUT_JSON, text_string(&before), "{}", NULL);
    difference_format(&difference, false, 80, &out);
    assert_non_null(strstr(text_string(&out), "\n             and 260 more, 160 of them with --json\n"));
    contract_summary_fini(&difference.summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_difference_is_told_in_lines),
        cmocka_unit_test(test_difference_documents_are_as_the_schema_says),
        cmocka_unit_test(test_difference_counts_what_it_does_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
