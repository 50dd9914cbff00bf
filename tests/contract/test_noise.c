/* What the base's own answers teach, and what an answer that is held against them is excused by it. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "tests/contract/told.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct noise_row {
    const char *rules; /* NULL: none */
    const char *first; /* the base's answers */
    const char *second;
    const char *unstable; /* how the sentence goes on behind the sample's name; NULL: it is steady enough */
    const char *after;    /* held against `first`; NULL: nothing is */
    enum contract_outcome outcome;
    const char *told;
};

#define ROW(id, at) "{\"id\":" #id ",\"p\":" #id "0,\"t\":" #at "}"

static const struct noise_row noise_rows[] = {
    {NULL, "[" ROW(1, 5) "," ROW(2, 5) "]", "[" ROW(1, 6) "," ROW(2, 7) "]", NULL,
     "[" ROW(1, 8) "," ROW(2, 9) "]", CONTRACT_TOLERATED, "(value /*/t by learned noise x2)"},
    {NULL, "[" ROW(1, 5) "," ROW(2, 5) "]", "[" ROW(1, 6) "," ROW(2, 7) "]", NULL,
     "[" ROW(1, 8) "," ROW(3, 9) "]", CONTRACT_DIFFERENT,
     "value /1/id 2>3; value /1/p 20>30; (value /*/t by learned noise x2)"},
    /* Rows that change places, each with a value that flickers: neither id nor price is noise. */
    {NULL, "[" ROW(1, 5) "," ROW(2, 5) "]", "[" ROW(2, 6) "," ROW(1, 7) "]", "order of stdout", NULL, 0,
     NULL},
    {NULL, "[{\"n\":\"a\",\"t\":1},{\"n\":\"b\",\"t\":2},{\"n\":\"c\",\"t\":3}]",
     "[{\"n\":\"b\",\"t\":4},{\"n\":\"c\",\"t\":5},{\"n\":\"a\",\"t\":6}]", "order of stdout", NULL, 0, NULL},
    {"[{\"path\":\"\",\"multiset\":true}]", "[" ROW(1, 5) "," ROW(2, 5) "]", "[" ROW(2, 6) "," ROW(1, 7) "]",
     NULL, "[" ROW(2, 8) "," ROW(1, 9) "]", CONTRACT_TOLERATED,
     "(order  by multiset at the root x1); (value /*/t by learned noise x2)"},
    {"[{\"path\":\"\",\"multiset\":true}]", "[" ROW(1, 5) "," ROW(2, 5) "]", "[" ROW(2, 6) "," ROW(1, 7) "]",
     NULL, "[" ROW(2, 8) ",{\"id\":1,\"p\":11,\"t\":9}]", CONTRACT_DIFFERENT,
     "value /0/p 10>11; (order  by multiset at the root x1); (value /*/t by learned noise x2)"},
    /* Two values that change places by chance are noise. */
    {NULL, "[{\"c\":true,\"v\":1},{\"c\":false,\"v\":2}]", "[{\"c\":false,\"v\":1},{\"c\":true,\"v\":2}]",
     NULL, "[{\"c\":true,\"v\":1},{\"c\":true,\"v\":2}]", CONTRACT_TOLERATED,
     "(value /*/c by learned noise x1)"},
    {NULL, "[{\"w\":1,\"v\":1},{\"w\":2,\"v\":2}]", "[{\"w\":2,\"v\":1},{\"w\":1,\"v\":2}]", NULL,
     "[{\"w\":2,\"v\":1},{\"w\":2,\"v\":2}]", CONTRACT_TOLERATED, "(value /*/w by learned noise x1)"},
    /* Noise excuses a value, never its format. */
    {"[{\"path\":\"/n\",\"format\":\"integer\"}]", "{\"n\":\"1\"}", "{\"n\":\"2\"}", NULL, "{\"n\":\"3\"}",
     CONTRACT_TOLERATED, "(value /n by learned noise x1)"},
    {"[{\"path\":\"/n\",\"format\":\"integer\"}]", "{\"n\":\"1\"}", "{\"n\":\"2\"}", NULL, "{\"n\":\"x\"}",
     CONTRACT_DIFFERENT, "format /n \"1\">\"x\"; (value /n by learned noise x1)"},
    {"[{\"path\":\"/*\",\"format\":\"integer\"}]", "[\"1\",\"2\"]", "[\"3\",\"4\"]", NULL, "[\"5\",\"6\"]",
     CONTRACT_TOLERATED, "(value /* by learned noise x2)"},
    /* Nor presence, type, length, or a fall to nothing. */
    {NULL, "{\"n\":1}", "{\"n\":\"1\"}", "type of stdout at /n", NULL, 0, NULL},
    {NULL, "[1]", "[1,2]", "length of stdout", NULL, 0, NULL},
    {"[{\"path\":\"/n\",\"total\":true}]", "{\"n\":1}", "{\"n\":2}", NULL, "{\"n\":0}", CONTRACT_DIFFERENT,
     "emptied /n 1>0"},
};

static struct answer noise_answer(const char *out)
{
    struct answer answer = {.ended = true, .error = {.present = true}};
    snprintf(answer.ending, sizeof answer.ending, "exit status 0");
    answer.out =
        (struct answer_part){.bytes = (char *)(uintptr_t)out, .length = strlen(out), .present = true};
    return answer;
}

static bool noise_is_unstable_so(const char *sentence, const char *wanted)
{
    if (!sentence || !wanted)
        return !sentence && !wanted;
    return strstr(sentence, wanted) != NULL;
}

static bool noise_row_holds(const struct noise_row *row)
{
    static char *no_outputs[] = {NULL};
    struct workload workload = {.stdout_kind = WORKLOAD_STDOUT_JSON, .outputs = no_outputs};
    struct rules *rules = row->rules ? told_rules(row->rules) : NULL;
    struct contract *contract = contract_new(&workload, rules);
    struct answer answers[] = {noise_answer(row->first), noise_answer(row->second)};
    cleanup_free char *unstable = NULL;
    cleanup_text struct text told = {0};
    enum contract_outcome outcome = row->outcome;
    contract_learn(contract, "s", answers, 2, &unstable);
    if (row->after) {
        struct answer after = noise_answer(row->after);
        struct contract_summary summary;
        outcome = contract_inspect(contract, NULL, &answers[0], &after, &summary);
        summary.unused_rules = memory_zeroed(sizeof *summary.unused_rules);
        told_describe(&summary, false, &told);
        contract_summary_fini(&summary);
    }
    bool holds = noise_is_unstable_so(unstable, row->unstable) && outcome == row->outcome &&
                 !strcmp(text_string(&told), row->told ? row->told : "");
    if (!holds)
        print_error("%s, %s -> %s\n  %s; outcome %d: %s\n  wanted %s; outcome %d: %s\n", row->first,
                    row->second, row->after ? row->after : "", unstable ? unstable : "steady", (int)outcome,
                    text_string(&told), row->unstable ? row->unstable : "steady", (int)row->outcome,
                    row->told ? row->told : "");
    contract_free(contract);
    rules_free(rules);
    return holds;
}

static void test_noise_is_what_differs_in_its_place(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof noise_rows / sizeof *noise_rows; i++)
        failures += !noise_row_holds(&noise_rows[i]);
    assert_int_equal(failures, 0);
}

/* What is ignored may have other keys in every answer: they all count, and a few hundred are told one by one.
 */
static void test_excuses_are_counted_beyond_those_told(void **state)
{
    (void)state;
    static char *no_outputs[] = {NULL};
    struct workload workload = {.stdout_kind = WORKLOAD_STDOUT_JSON, .outputs = no_outputs};
    struct rules *rules = told_rules("[{\"path\":\"/m\",\"ignore\":true}]");
    struct contract *contract = contract_new(&workload, rules);
    struct answer before = noise_answer("{\"m\":{}}");
    for (int sample = 0; sample < 3; sample++) {
        cleanup_text struct text out = {0};
        cleanup_free char *id = memory_format("s%d", sample);
        for (int i = 0; i < 600; i++)
            text_printf(&out, "%s\"k%d-%d\":1", i ? "," : "{\"m\":{", sample, i);
        text_append_string(&out, "}}");
        struct answer after = noise_answer(text_string(&out));
        assert_int_equal(contract_record(contract, id, &before, &after), CONTRACT_TOLERATED);
    }
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    size_t hidden = 0;
    for (size_t i = 0; i < summary.excuse_count; i++)
        hidden += summary.excuses[i].count;
    assert_int_equal(hidden, 1800);
    assert_in_range(summary.excuse_count, 500, 510);
    assert_string_equal(summary.excuses[0].pattern, "/m");
    assert_string_equal(summary.excuses[0].by, "ignore at /m");
    contract_summary_fini(&summary);
    contract_free(contract);
    rules_free(rules);
}

/* The same words are no finding where nothing can be held against them, whatever rules there are. */
static void test_unreadable_words_break_nothing(void **state)
{
    (void)state;
    static char *no_outputs[] = {NULL};
    struct workload workload = {.stdout_kind = WORKLOAD_STDOUT_JSON, .outputs = no_outputs};
    struct rules *rules = told_rules("[{\"path\":\"/m\",\"ignore\":true}]");
    struct contract *contract = contract_new(&workload, rules);
    struct answer before = noise_answer("{\"m\":1} and more");
    assert_int_equal(contract_record(contract, "s", &before, &before), CONTRACT_NOT_COMPARED);
    struct contract_summary summary;
    contract_summarise(contract, &summary);
    assert_int_equal(summary.missed[MISSED_UNREADABLE], 1);
    assert_int_equal(contract_breaks(&summary), 0);
    contract_summary_fini(&summary);
    contract_free(contract);
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_is_what_differs_in_its_place),
        cmocka_unit_test(test_excuses_are_counted_beyond_those_told),
        cmocka_unit_test(test_unreadable_words_break_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
