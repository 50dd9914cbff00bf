/* What is said of a part, word by word, from documents as they may come. */
#include "base/cleanup.h"
#include "orchestrator/report/parts_words.h"
#include "orchestrator/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct words_row {
    const char *json;
    const char *text;
};

#define GAIN "\"gain\":{\"point\":0.2,\"low\":0.18,\"high\":0.22}"
#define PART "{\"id\":2,\"name\":\"hunk 1 of \\\"x\\\", line 4\","

static const struct words_row sentences[] = {
    {PART "\"class\":\"carries\"," GAIN ",\"by_step\":false,\"alone\":{\"verdict\":\"recommended\"}}",
     "hunk 1 of \"x\", line 4: 20.0 % less (18.0–22.0 %) alone"},
    {PART "\"class\":\"carries\"," GAIN ",\"by_step\":true,\"before\":[1,3],\"needs\":[1]}",
     "hunk 1 of \"x\", line 4: needs part 1; 20.0 % less (18.0–22.0 %) when added to parts 1 and 3"},
    {PART "\"class\":\"carries\"," GAIN ",\"by_step\":true,\"before\":[],\"needs\":[],"
          "\"alone\":{\"verdict\":\"does-not-build\"},\"cumulative\":{\"parts\":[1,2,3]}}",
     "hunk 1 of \"x\", line 4: does not build alone; 20.0 % less (18.0–22.0 %), only as parts 1, 2 and 3 "
     "together"},
    {PART "\"class\":\"nothing\",\"gain\":{\"point\":0,\"low\":0,\"high\":0},\"alone\":{\"verdict\":\"no-"
          "effect\"}}",
     "hunk 1 of \"x\", line 4: no effect"},
    {PART "\"class\":\"nothing\",\"needed\":true,\"gain\":null,\"alone\":{\"verdict\":\"no-effect\"}}",
     "hunk 1 of \"x\", line 4: no effect; others don't stand without it"},
    {PART "\"class\":\"nothing\",\"gain\":{\"point\":-0.004,\"low\":-0.01,\"high\":0.002},"
          "\"alone\":{\"verdict\":\"not-worth-it\"}}",
     "hunk 1 of \"x\", line 4: 0.4 % more (−0.2 to 1.0 %) alone"},
    {PART "\"class\":\"breaks-contract\",\"gain\":null,\"by_step\":false,"
          "\"alone\":{\"verdict\":\"contract-broken\",\"reason\":\"The answers change.\"}}",
     "hunk 1 of \"x\", line 4: alone: The answers change."},
    {PART "\"class\":\"breaks-contract\",\"gain\":null,\"by_step\":true,\"before\":[1],"
          "\"cumulative\":{\"reason\":\"The answers\\nchange.\"}}",
     "hunk 1 of \"x\", line 4: when added to part 1: The answers\\nchange."},
    {PART "\"class\":\"needs-other-parts\",\"gain\":null,\"needs\":[2]}",
     "hunk 1 of \"x\", line 4: does not apply as a patch"},
    {PART "\"class\":\"needs-other-parts\",\"gain\":null,\"needs\":[1,3,4]}",
     "hunk 1 of \"x\", line 4: needs parts 1, 3 and 4"},
    {PART "\"class\":\"undecided\",\"gain\":null,\"alone\":null}", "hunk 1 of \"x\", line 4: not evaluated"},
    {PART "\"class\":\"undecided\",\"gain\":null,\"alone\":{\"verdict\":\"inconclusive\"}}",
     "hunk 1 of \"x\", line 4: no figure"},
    {"{\"name\":7,\"needs\":\"x\",\"gain\":3}", ": not evaluated"},
};

static const struct words_row offers[] = {
    {"{\"offered\":null}", "no smaller set of parts passes and keeps nine tenths of the gain"},
    {"{\"offered\":{\"parts\":[2],\"keeps\":0.967," GAIN "}}",
     "part 2 alone keeps 97 % of the gain: 20.0 % less (18.0–22.0 %). A candidate of its own, to be "
     "evaluated afresh"},
    {"{\"offered\":{\"parts\":[1,2],\"keeps\":null,\"why_no_file\":\"it is binary\"," GAIN "}}",
     "parts 1 and 2 alone pass: 20.0 % less (18.0–22.0 %). A candidate of its own, to be evaluated afresh; "
     "no file was written: it is binary"},
};

static const struct words_row headlines[] = {
    {"{\"split\":\"hunks\",\"pieces\":2,\"parts\":[1,2],\"family\":{\"size\":4}}",
     "2 hunks: each alone, then one added after the other. Exploratory, up to 4 tries held against each "
     "other; the verdict of the whole stays what it is"},
    {"{\"split\":\"commits\",\"pieces\":11,\"parts\":[1,2],\"family\":{\"size\":4},\"stopped\":"
     "\"interrupted\"}",
     "11 commits in 2 parts, neighbours put together: each alone, then one added after the other. "
     "Exploratory, "
     "up to 4 tries held against each other; the verdict of the whole stays what it is. It was ended before "
     "all were evaluated"},
};

static void words_sentence(struct text *out, const cJSON *json)
{
    parts_append_sentence(out, json, report_escape_terminal);
}

static void words_offer(struct text *out, const cJSON *json)
{
    parts_append_offer(out, json, report_escape_terminal);
}

static void words_check(const struct words_row *rows, size_t count,
                        void (*append)(struct text *, const cJSON *))
{
    for (size_t i = 0; i < count; i++) {
        cleanup_text struct text text = {0};
        cJSON *json = cJSON_Parse(rows[i].json);
        assert_non_null(json);
        append(&text, json);
        assert_string_equal(text_string(&text), rows[i].text);
        cJSON_Delete(json);
    }
}

static void parts_are_told_in_words(void **state)
{
    (void)state;
    words_check(sentences, sizeof sentences / sizeof *sentences, words_sentence);
    words_check(offers, sizeof offers / sizeof *offers, words_offer);
    words_check(headlines, sizeof headlines / sizeof *headlines, parts_append_headline);
}

static void a_class_is_one_of_ours(void **state)
{
    (void)state;
    cJSON *part = cJSON_Parse("{\"class\":\"approved by all\"}");
    assert_string_equal(parts_class_words(part), "unknown");
    assert_false(parts_is_carrying(part) || parts_is_bad(part));
    cJSON_Delete(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_told_in_words),
        cmocka_unit_test(a_class_is_one_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
