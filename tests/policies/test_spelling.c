/* How foreign text and figures are spelled for a person. */
#include "base/cleanup.h"
#include "policies/figure.h"
#include "policies/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void foreign_text_is_spelled_out(void **state)
{
    (void)state;
    static const struct {
        const char *foreign;
        size_t limit;
        const char *expected;
    } cases[] = {
        {"plain ä 漢", 100, "plain ä 漢"},
        {"a\tb\r\n", 100, "a\\tb\\r\\n"},
        {"\033[31m\x7f", 100, "\\x1b[31m\\x7f"},
        {"\xc2\x9b"
         "31m",
         100, "\\u009b31m"},
        {"\xff\xc0\x80\xed\xa0\x80", 100, "\\xff\\xc0\\x80\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", 100, "\\xf4\\x90\\x80\\x80"},
        {"\xe2\x80\xae"
         "vil\xe2\x80\xac",
         100, "\\u202evil\\u202c"},
        {"\xf3\xa0\x81\x81", 100, "\\U000e0041"},
        {"a\xe2\x80\x8b"
         "b",
         100, "a\\u200bb"},
        {"abcdef", 3, "abc…"},
        {"aää", 4, "aä…"},
        {"ab\n", 3, "ab…"},
        {"", 3, ""},
        {NULL, 3, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text out cleanup_text = {0};
        foreign_append(&out, cases[i].foreign, cases[i].limit);
        assert_string_equal(cases[i].expected, text_string(&out));
    }
    struct text out cleanup_text = {0};
    foreign_append_quoted(&out, "a\", first \"b", 100);
    assert_string_equal("\"a\\\", first \\\"b\"", text_string(&out));
    text_clear(&out);
    foreign_append_valid(&out, "a\xff\n\xe2\x80\xae\xc3\xa4", 8);
    assert_string_equal("a\\xff\n\xe2\x80\xae\xc3\xa4", text_string(&out));
}

static void figures_read_well(void **state)
{
    (void)state;
    struct text out cleanup_text = {0};
    static const double seconds[] = {0, 0.0000005, 0.00094, 0.0441, 0.99949, 0.9996, 59.94, 125, 3600};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        figure_append_seconds(&out, seconds[i]);
        text_append_char(&out, '|');
    }
    assert_string_equal("0 µs|0 µs|940 µs|44.1 ms|999.5 ms|1.0 s|59.9 s|2 min 5 s|60 min 0 s|",
                        text_string(&out));
    text_clear(&out);
    static const double fractions[] = {0.158, -0.081, -0.0004, 0, 12.5};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        figure_append_percent(&out, fractions[i]);
        text_append_char(&out, '|');
    }
    assert_string_equal("15.8 %|−8.1 %|0.0 %|0.0 %|1250.0 %|", text_string(&out));
    text_clear(&out);
    figure_append_count(&out, 1234567);
    text_append_char(&out, '|');
    figure_append_count(&out, 999);
    text_append_char(&out, '|');
    figure_append_bytes(&out, 3250000);
    text_append_char(&out, '|');
    figure_append_share(&out, 0.1);
    text_append_char(&out, '|');
    figure_append_share(&out, 0.025);
    assert_string_equal("1,234,567|999|3.1 MiB|10 %|2.5 %", text_string(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_is_spelled_out),
        cmocka_unit_test(figures_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
