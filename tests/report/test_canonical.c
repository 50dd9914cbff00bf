/* RFC 8785: its own examples, and what can't be expressed. */
#include "orchestrator/report/number.h"
#include "orchestrator/report/report.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Appendix B, and neighbours of powers of two and ten where shortest digits are hard. */
static void number_is_written_as_ecmascript_does(void **state)
{
    (void)state;
    static const struct {
        uint64_t bits;
        const char *expected;
    } rows[] = {
        {0x0000000000000000, "0"},
        {0x8000000000000000, "0"},
        {0x0000000000000001, "5e-324"},
        {0x8000000000000001, "-5e-324"},
        {0x7fefffffffffffff, "1.7976931348623157e+308"},
        {0xffefffffffffffff, "-1.7976931348623157e+308"},
        {0x4340000000000000, "9007199254740992"},
        {0xc340000000000000, "-9007199254740992"},
        {0x4430000000000000, "295147905179352830000"},
        {0x44b52d02c7e14af5, "9.999999999999997e+22"},
        {0x44b52d02c7e14af6, "1e+23"},
        {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
        {0x444b1ae4d6e2ef4e, "999999999999999700000"},
        {0x444b1ae4d6e2ef4f, "999999999999999900000"},
        {0x444b1ae4d6e2ef50, "1e+21"},
        {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
        {0x3eb0c6f7a0b5ed8d, "0.000001"},
        {0x41b3de4355555553, "333333333.3333332"},
        {0x41b3de4355555554, "333333333.33333325"},
        {0x41b3de4355555555, "333333333.3333333"},
        {0x41b3de4355555556, "333333333.3333334"},
        {0x41b3de4355555557, "333333333.33333343"},
        {0xbecbf647612f3696, "-0.0000033333333333333333"},
        {0x43143ff3c1cb0959, "1424953923781206.2"},
        {0x3d30000000000000, "5.684341886080802e-14"}, /* 2^-44: its nearest 16 digits do not read back */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[NUMBER_MAX];
        double value;
        memcpy(&value, &rows[i].bits, sizeof value);
        assert_true(number_format(value, out));
        assert_string_equal(rows[i].expected, out);
    }
    char out[NUMBER_MAX];
    assert_false(number_format(NAN, out));
    assert_false(number_format(INFINITY, out));
    assert_false(number_format(-INFINITY, out));
}

/* What is written reads back as the same double, over bit patterns of every magnitude. */
static void number_reads_back(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252ULL;
    for (int i = 0; i < 20000; i++) {
        char out[NUMBER_MAX];
        double value;
        bits ^= bits << 13; /* xorshift64 (Marsaglia, 2003) */
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof value);
        if (!number_format(value, out))
            continue;
        assert_true(strlen(out) < NUMBER_MAX);
        assert_true(strtod(out, NULL) == value);
    }
}

static void assert_canonical(const char *source, const char *expected)
{
    struct text out cleanup_text = {0};
    struct err err = {0};
    cJSON *document = cJSON_Parse(source);
    assert_non_null(document);
    assert_int_equal(0, report_canonicalise(document, &out, &err));
    assert_string_equal(expected, text_string(&out));
    cJSON_Delete(document);
}

static void document_is_canonical(void **state)
{
    (void)state;
    /* RFC 8785 section 3.2.2 */
    assert_canonical("{ \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
                     "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
                     "  \"literals\": [null, true, false] }",
                     "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                     "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    /* Section 3.2.3: by UTF-16 units a surrogate pair comes before U+FB33, by bytes it would come after. */
    assert_canonical("{\"\\u20ac\":\"Euro\",\"\\r\":\"CR\",\"\\ufb33\":\"Dalet\",\"1\":\"One\","
                     "\"\\ud83d\\ude00\":\"Face\","
                     "\"\\u0080\":\"Control\",\"\\u00f6\":\"o\"}",
                     "{\"\\r\":\"CR\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"ö\":\"o\",\"€\":\"Euro\","
                     "\"\xf0\x9f\x98\x80\":\"Face\",\"\xef\xac\xb3\":\"Dalet\"}");
    assert_canonical("{\"aa\":1,\"a\":2,\"\":3,\"b\":{\"z\":[],\"y\":{}}}",
                     "{\"\":3,\"a\":2,\"aa\":1,\"b\":{\"y\":{},\"z\":[]}}");
    assert_canonical("\"\\b\\t\\n\\u000b\\f\\r\\u001f\\u007f\"", "\"\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\"");
}

static void assert_refused(cJSON *document, const char *message)
{
    struct text out cleanup_text = {0};
    struct err err = {0};
    assert_int_equal(ERR_INVALID, report_canonicalise(document, &out, &err));
    assert_string_equal(message, err.message);
    cJSON_Delete(document);
}

static void document_refuses_what_it_cannot_express(void **state)
{
    (void)state;
    assert_refused(cJSON_CreateNumber(NAN), "report: a number is infinite or none at all");
    assert_refused(cJSON_CreateString("a\xed\xa0\x80"), "report: a string is not valid UTF-8 at byte 1");
    assert_refused(cJSON_CreateRaw("{}"), "report: a value of no JSON type");
    cJSON *twice = cJSON_CreateObject();
    cJSON_AddNullToObject(twice, "k");
    cJSON_AddNullToObject(twice, "k");
    assert_refused(twice, "report: the key \"k\" occurs twice");
    cJSON *deep = cJSON_CreateArray();
    for (int i = 0; i < 100; i++) {
        cJSON *outer = cJSON_CreateArray();
        cJSON_AddItemToArray(outer, deep);
        deep = outer;
    }
    assert_refused(deep, "report: more than 64 levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_is_written_as_ecmascript_does),
        cmocka_unit_test(number_reads_back),
        cmocka_unit_test(document_is_canonical),
        cmocka_unit_test(document_refuses_what_it_cannot_express),
    };
    return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
