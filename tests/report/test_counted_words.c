/* What counting runs explain, in words:
 * only what came out alike each time, and nothing where nothing differs. */
#include "orchestrator/report/counted_words.h"
#include "orchestrator/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define ARM(instructions, calls) "{\"instructions\": " instructions ", \"calls\": " calls "}"
#define NONE                     "{\"value\": null, \"steady\": true}"
#define SOME(value, steady)      "{\"value\": " value ", \"steady\": " steady "}"
#define CALLS(total, steady, rows)                                                                           \
    "{\"total\": " total ", \"more\": false, \"steady\": " steady ", \"by_name\": [" rows "]}"
#define ROW(call, count) "{\"call\": \"" call "\", \"count\": " count ", \"steady\": true}"

static void test_words(void **state)
{
    static const struct {
        const char *base, *candidate; /* JSON of the arms */
        const char *words;
    } rows[] = {
        {ARM(SOME("1000000", "true"), CALLS("40", "true", ROW("read", "30") "," ROW("mmap", "10"))),
         ARM(SOME("969000", "true"), CALLS("28", "true", ROW("read", "20") "," ROW("mmap", "8"))),
         "3.1 % fewer instructions, 12 fewer system calls (read −10, mmap −2)"},
        {ARM(NONE, CALLS("2", "true", ROW("read", "2"))),
         ARM(NONE, CALLS("3", "true", ROW("read", "2") "," ROW("pread64", "1"))),
         "1 more system call (pread64 +1)"},
        {ARM(NONE, CALLS("4", "true", ROW("a", "1") "," ROW("b", "1") "," ROW("c", "2"))),
         ARM(NONE, CALLS("14", "true", ROW("d", "5") "," ROW("e", "3") "," ROW("f", "6"))),
         "10 more system calls (f +6, d +5, e +3)"},
        {ARM(SOME("1000000", "true"), CALLS("40", "true", "")),
         ARM(SOME("1000000", "true"), CALLS("40", "true", "")), ""},
        {ARM(SOME("1000000", "false"), CALLS("40", "false", "")),
         ARM(SOME("500000", "true"), CALLS("30", "true", "")), ""},
        {ARM(NONE, "null"), ARM(NONE, CALLS("30", "true", "")), ""},
        {ARM(SOME("0", "true"), "null"), ARM(SOME("500000", "true"), "null"), ""},
        {"{\"instructions\": " NONE ", \"valgrind_instructions\": " SOME("200", "true") "}",
         "{\"instructions\": " NONE ", \"valgrind_instructions\": " SOME("210", "true") "}",
         "5.0 % more instructions (valgrind)"},
        {"7", "[]", ""},
        {ARM(NONE, CALLS("40", "true", ROW("\\u001b[31m", "30"))), ARM(NONE, CALLS("10", "true", "")),
         "30 fewer system calls (\\x1b[31m −30)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[2048];
        struct text words cleanup_text = {0};
        snprintf(json, sizeof json, "{\"counts\": {\"base\": %s, \"candidate\": %s}}", rows[i].base,
                 rows[i].candidate);
        cJSON *workload = cJSON_Parse(json);
        assert_non_null(workload);
        counted_append_words(&words, workload, report_escape_terminal);
        assert_string_equal(text_string(&words), rows[i].words);
        cJSON_Delete(workload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
