/* Exact decimals and canonical equivalence. */
#include "base/decimal.h"
#include "base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static struct decimal test_decimal(const char *text)
{
    struct decimal decimal;
    if (!decimal_parse(&decimal, text, strlen(text)))
        fail_msg("%s is a decimal", text);
    return decimal;
}

static void test_decimal_takes_json_numbers_only(void **state)
{
    (void)state;
    static const char *const refused[] = {"",    "-",   "+1", "01",  "1.",    ".5", "1e",
                                          "1e+", "0x1", "1 ", "NaN", "1.2.3", "--1"};
    struct decimal decimal;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(decimal_parse(&decimal, refused[i], strlen(refused[i])));
}

static void test_decimal_equality_is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } rows[] = {
        {"1", "1.0", true},
        {"100", "1e2", true},
        {"1.50", "15e-1", true},
        {"0", "-0.00e99999999999999999999", true},
        {"-1", "1", false},
        {"0.001", "1E-3", true},
        {"9007199254740993", "9007199254740992", false},
        {"0.12345678901234567890", "0.1234567890123456789", true},
        {"0.12345678901234567890", "0.12345678901234567891", false},
        {"1e400", "1e500", false},
        {"1e-400", "0", false},
        {"10e399", "1e400", true},
        {"120", "12", false},
        {"102", "12", false},
        {"756", "-755", false},
        {"1e99999999999999999999", "1e99999999999999999999", true},
        {"1e99999999999999999999", "1e99999999999999999998", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal a = test_decimal(rows[i].a);
        struct decimal b = test_decimal(rows[i].b);
        if (decimal_equal(&a, &b) != rows[i].equal || decimal_equal(&b, &a) != rows[i].equal)
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        assert_int_equal(decimal_hash(&a, 7) == decimal_hash(&b, 7), rows[i].equal);
    }
}

static void test_decimal_short_hash_is_the_hash(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_short;
    } rows[] = {
        {"0", true},
        {"-0", true},
        {"0.00", true},
        {"1", true},
        {"-1", true},
        {"100", true},
        {"0.5", true},
        {"0.0050", true},
        {"-12.50", true},
        {"102.003", true},
        {"1e2", false},
        {"1E-2", false},
        {"0e5", false},
        {"10.0", true},
        {"1000.0001", true},
        {"123456789012345678", true},
        {"1234567890123456789", false},
        {"12345678901234567800000000000000", true},
        {"0.000000000000000000000000000001", true},
        {"1000000000000000000000000000001", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t hash;
        struct decimal decimal = test_decimal(rows[i].text);
        if (decimal_hash_short(rows[i].text, strlen(rows[i].text), 7, &hash) != rows[i].is_short)
            fail_msg("%s", rows[i].text);
        if (rows[i].is_short && hash != decimal_hash(&decimal, 7))
            fail_msg("%s has another hash", rows[i].text);
    }
}

static void test_decimal_tolerance_is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        const char *absolute;
        const char *relative;
        bool close;
    } rows[] = {
        {"1", "1.1", "0.1", NULL, true},
        {"1", "1.10000000000000000000001", "0.1", NULL, false},
        {"1.1", "1", "0.1", NULL, true},
        {"-1", "1", "2", NULL, true},
        {"-1", "1", "1.999", NULL, false},
        {"-99", "-100", "1", NULL, true},
        {"99.5", "-99.5", "199", NULL, true},
        {"99.5", "-99.5", "198.9", NULL, false},
        {"1000", "999.99", "0.01", NULL, true},
        {"0.3", "0.30000000000000004", NULL, "1e-09", true},
        {"0", "1e-12", NULL, "1e-09", false},
        {"200", "202", NULL, "0.01", true},
        {"202", "200", NULL, "0.00990", false},
        {"5", "5.0", "0", NULL, true},
        {"5", "6", "0", NULL, false},
        {"1", "1e2000000", "1e3000000", NULL, false},
        {"12345678901234567890123", "12345678901234567890124", NULL, "1e-22", true},
        {"12345678901234567890123", "12345678901234567890124", NULL, "1e-23", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal before = test_decimal(rows[i].before);
        struct decimal after = test_decimal(rows[i].after);
        struct decimal absolute = test_decimal(rows[i].absolute ? rows[i].absolute : "0");
        struct decimal relative = test_decimal(rows[i].relative ? rows[i].relative : "0");
        if (decimal_is_close(&before, &after, rows[i].absolute ? &absolute : NULL,
                             rows[i].relative ? &relative : NULL) != rows[i].close)
            fail_msg("row %zu: %s and %s", i, rows[i].before, rows[i].after);
    }
}

static void test_unicode_equivalence(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } rows[] = {
        {"abc", "abc", true},
        {"abc", "abd", false},
        {"\xc3\xa9", "e\xcc\x81", true}, /* U+00E9 */
        {"\xc3\xa9", "e", false},
        {"\xe2\x84\xab", "A\xcc\x8a", true},         /* the Angstrom sign, by way of U+00C5 */
        {"\xe1\xbb\x87", "e\xcc\x82\xcc\xa3", true}, /* U+1EC7: two marks, in the other order */
        {"\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", true}, /* a Hangul syllable with a tail */
        {"\xef\xac\x81", "fi", false},                                  /* the ligature is compatible only */
        {"e\xcc\x81\xcc\x80", "e\xcc\x80\xcc\x81", false}, /* marks of one class keep their order */
        {"\xe2\x84\xaa", "K", true}, /* the Kelvin sign is canonically an ASCII letter */
        {"\xff", "\xfe", false},
        {"\xff", "\xff", true},
        {"\xed\xa0\x80", "\xef\xbf\xbd", false}, /* a lone surrogate is no replacement character */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool equal = unicode_is_canonically_equal(rows[i].a, strlen(rows[i].a), rows[i].b, strlen(rows[i].b));
        if (equal != rows[i].equal)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_takes_json_numbers_only),
        cmocka_unit_test(test_decimal_equality_is_exact),
        cmocka_unit_test(test_decimal_short_hash_is_the_hash),
        cmocka_unit_test(test_decimal_tolerance_is_exact),
        cmocka_unit_test(test_unicode_equivalence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
