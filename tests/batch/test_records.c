/* What a line of a proposals file means, what is wrong with bad ones, and that none hides another. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/batch/record.h"
#include "orchestrator/batch/records.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct record_row {
    const char *json;
    const char *fault; /* exact, or NULL */
    const char *says;  /* "id|diff|author|model|rationale|claim", "-" for what is not there */
};

static const struct record_row rows[] = {
    {"{\"id\":\"a\",\"diff\":\"x\",\"author\":\"Ada\",\"model\":\"m\",\"rationale\":\"r\",\"claimed_gain\":0."
     "25}",
     NULL, "a|x|Ada|m|r|0.25"},
    {"{\"instance_id\":\"a\",\"model_patch\":\"x\",\"model_name_or_path\":\"m/n\"}", NULL, "a|x|-|m/n|-|-"},
    {"{\"instance_id\":\"a\",\"diff\":\"x\",\"cost\":{\"usd\":1}}", NULL, "a|x|-|-|-|-"},
    {"{\"id\":12,\"diff\":\"x\",\"claimed_gain\":\"about 2x\"}", NULL, "12|x|-|-|-|about 2x"},
    {"{\"diff\":\"x\",\"model\":null}", NULL, "-|x|-|-|-|-"},
    {"{\"id\":\"a\",\"model_patch\":\" \\n\"}", "f:3: `model_patch` is empty: no change was proposed",
     "a| \n|-|-|-|-"},
    {"{\"id\":\"a\",\"model_patch\":null}", "f:3: `model_patch` is empty: no change was proposed",
     "a||-|-|-|-"},
    {"{\"id\":\"a\"}", "f:3: the record has neither `diff` nor `model_patch`", "a|-|-|-|-|-"},
    {"{\"id\":\"a\",\"diff\":[\"x\"]}", "f:3: `diff` must be a string, and is an array", "a|-|-|-|-|-"},
    {"{\"id\":\"a\",\"diff\":\"x\",\"diff\":\"y\"}", "f:3: the record has `diff` twice", "a|y|-|-|-|-"},
    {"{\"id\":\"a\",\"diff\":\"x\",\"model_patch\":\"y\"}",
     "f:3: the record has `diff` and `model_patch`, which mean the same", "a|y|-|-|-|-"},
    {"{\"id\":true,\"diff\":\"x\"}", "f:3: `id` must be a string, and is a boolean", "-|x|-|-|-|-"},
    {"{\"id\":\"\",\"diff\":\"x\"}", "f:3: `id` is empty", "-|x|-|-|-|-"},
    {"{\"id\":\"a\\u0000b\",\"diff\":\"x\"}", "f:3: `id` holds a NUL", "-|x|-|-|-|-"},
    {"{\"id\":\"a\",\"diff\":\"x\",\"claimed_gain\":[1]}",
     "f:3: `claimed_gain` must be a number or a string, and is an array", "a|x|-|-|-|-"},
    {"[1]", "f:3: a record must be an object, and this is an array", "-|-|-|-|-|-"},
};

static void record_check(const struct record_row *row)
{
    struct proposal found = {0};
    record_read(&found, "f", 3, row->json, strlen(row->json));
    const char *const parts[] = {found.id,    found.bytes,     found.author,
                                 found.model, found.rationale, found.claim};
    cleanup_text struct text says = {0};
    for (size_t i = 0; i < 6; i++)
        text_printf(&says, "%s%s", i ? "|" : "", parts[i] ? parts[i] : "-");
    if ((row->fault == NULL) != (found.fault == NULL) || (row->fault && strcmp(row->fault, found.fault) != 0))
        fail_msg("%s: expected %s, found %s", row->json, row->fault ? row->fault : "no fault",
                 found.fault ? found.fault : "no fault");
    if (strcmp(text_string(&says), row->says) != 0)
        fail_msg("%s: expected %s, found %s", row->json, row->says, text_string(&says));
    proposal_fini(&found);
}

static void test_records_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        record_check(&rows[i]);
}

static void test_claims_are_numbers_only_as_numbers(void **state)
{
    (void)state;
    static const char *const claims[] = {"0.25", "\"0.25\"", "1e999", "null"};
    for (size_t i = 0; i < 4; i++) {
        struct proposal found = {0};
        cleanup_free char *json = memory_format("{\"diff\":\"x\",\"claimed_gain\":%s}", claims[i]);
        record_read(&found, "f", 1, json, strlen(json));
        assert_true(i == 0 ? found.claimed_gain == 0.25 : isnan(found.claimed_gain));
        assert_null(found.fault);
        proposal_fini(&found);
    }
}

static void test_long_texts_have_an_end(void **state)
{
    (void)state;
    struct proposal found = {0};
    cleanup_text struct text json = {0};
    text_append_string(&json, "{\"id\":\"a\",\"diff\":\"x\",\"rationale\":\"x");
    for (size_t i = 0; i < PROPOSAL_TEXT_MAX; i++)
        text_append_string(&json, "\xc3\xa4");
    text_append_string(&json, "\"}");
    record_read(&found, "f", 1, json.data, json.length);
    assert_null(found.fault);
    assert_int_equal(strlen(found.rationale), PROPOSAL_TEXT_MAX - 1); /* no half of a character */
    proposal_fini(&found);
    cleanup_free char *long_line = memory_zeroed(RECORD_MAX_BYTES + 2);
    memset(long_line, ' ', RECORD_MAX_BYTES + 1);
    record_read(&found, "f", 2, long_line, RECORD_MAX_BYTES + 1);
    assert_string_equal(found.fault, "f:2: the record has more than 16777216 bytes");
    proposal_fini(&found);
}

struct cut_row {
    const char *bytes;
    const char *records; /* "line:text" each followed by a bar */
};

static const struct cut_row cuts[] = {
    {"{1}\n\n \r\n{2}", "1:{1}|4:{2}|"},
    {"\xef\xbb\xbf{1}\n", "1:{1}|"},
    {"{1\n{2}\n", "1:{1|2:{2}|"},
    {"", ""},
    {" \n ", ""},
    {"[]", ""},
    {"[ {\"a\":[1,\"]\"]} ,\n {2}]\n", "1:{\"a\":[1,\"]\"]} |2:{2}|"},
    {"[\"\\\"]\",3]", "1:\"\\\"]\"|1:3|"},
    {"[1,,2]", "1:1|1:|1:2|"},
    {"[1]\nrest", "1:1|2:rest|"},
    {"[1,\n{2", "1:1|2:{2|"},
    {"0123456789abcdef0123\n{2}", "1:0123456789abcdef!|2:{2}|"},
};

static void test_files_are_cut_into_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct records records;
        cleanup_text struct text found = {0};
        cleanup_free char *copy = memory_copy_string(cuts[i].bytes);
        FILE *file = *copy ? fmemopen(copy, strlen(copy), "r") : fopen("/dev/null", "r");
        records_init(&records, file, 16);
        while (records_next(&records) > 0)
            text_printf(&found, "%u:%s%s|", records.line, text_string(&records.record),
                        records.cut ? "!" : "");
        if (strcmp(text_string(&found), cuts[i].records) != 0)
            fail_msg("`%s`: expected %s, found %s", cuts[i].bytes, cuts[i].records, text_string(&found));
        records_fini(&records);
        fclose(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_read),
        cmocka_unit_test(test_claims_are_numbers_only_as_numbers),
        cmocka_unit_test(test_long_texts_have_an_end),
        cmocka_unit_test(test_files_are_cut_into_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
