/* The ranked report: what a batch's view holds, and what people see of it. */
#include "base/memory.h"
#include "orchestrator/report/layout.h"
#include "orchestrator/report/member.h"
#include "tests/report/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void view_is_in_rank_order(void **state)
{
    (void)state;
    static const char *const names[] = {"large gain.patch", "small gain.patch", "unproven.patch",
                                        "refused.patch"};
    static const double ranks[] = {1, 2, 0, 0};
    scene_add_few();
    cJSON *view = scene_view(&scene_batch);
    const cJSON *each = member_first(view, "candidates");
    for (size_t i = 0; i < 4; i++, each = each->next) {
        assert_string_equal(names[i], member_string(each, "name"));
        if (ranks[i] > 0)
            assert_true(member_number(each, "rank") == ranks[i]);
        else
            assert_true(cJSON_IsNull(member_get(each, "rank")));
        assert_true(member_is_true(member_get(each, "estimate"), "reached"));
        assert_string_equal("awaiting", member_string(member_get(each, "sign_off"), "state"));
    }
    assert_null(each);
    assert_int_equal(2, member_count(cJSON_GetArrayItem(member_get(view, "candidates"), 0), "duplicates"));
    assert_true(member_number(member_get(member_get(view, "batch"), "verdicts"), "recommended") == 2);
    assert_true(member_number(member_get(member_get(view, "batch"), "verdicts"), "refused") == 1);
    assert_true(cJSON_IsNull(member_get(member_get(view, "batch"), "conflicts")));
    cJSON_Delete(view);
    scene_fini();
}

/* Each canonical document can be had back from the view:
 * top level, `evaluation` over it, candidate without the view's keys. */
static void view_keeps_every_document(void **state)
{
    (void)state;
    static const char *const added[] = {"digest", "rank", "estimate", "evaluation", "duplicates", "sign_off"};
    scene_add_few();
    cJSON *view = scene_view(&scene_batch);
    for (size_t i = 0; i < scene.count; i++) {
        struct err err = {0};
        struct text again cleanup_text = {0};
        cJSON *candidate = cJSON_Duplicate(cJSON_GetArrayItem(member_get(view, "candidates"), (int)i), true);
        cJSON *document = cJSON_Duplicate(view, true);
        char digest[80];
        snprintf(digest, sizeof digest, "%s", member_string(candidate, "digest"));
        cJSON_DeleteItemFromObjectCaseSensitive(document, "batch");
        cJSON_DeleteItemFromObjectCaseSensitive(document, "candidates");
        for (const cJSON *member = member_first(candidate, "evaluation"); member; member = member->next) {
            cJSON_DeleteItemFromObjectCaseSensitive(document, member->string);
            cJSON_AddItemToObject(document, member->string, cJSON_Duplicate(member, true));
        }
        for (size_t k = 0; k < sizeof added / sizeof *added; k++)
            cJSON_DeleteItemFromObjectCaseSensitive(candidate, added[k]);
        cJSON_AddItemToArray(member_add_array(document, "candidates"), candidate);
        assert_int_equal(0, report_canonicalise(document, &again, &err));
        char hexadecimal[DIGEST_HEX];
        struct digest found = digest_of(again.data, again.length);
        digest_to_hex(&found, hexadecimal);
        assert_string_equal(hexadecimal, digest + strlen("sha256:"));
        cJSON_Delete(document);
    }
    cJSON_Delete(view);
    scene_fini();
}

static void assert_lines(const char *text, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strstr(text, lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], text);
}

static void terminal_reads_as_agreed(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "cupel: 2 of 4 candidates recommended (2 duplicates besides), in 8 min 20 s\n────",
        "\n #  id            verdict      lines       a line    name\n"
        "    workload      gain, 95 % interval         guardrails          contract\n 1  ",
        "  recommended  +300 −9     0.13 %    \"large gain.patch\"\n"
        "    summary       40.0 % less (39.0–41.0 %)   held                held\n 2  ",
        "\n    For the team: 40.0 % less (39.0–41.0 %).\n"
        "    The same tree as \"twin \\\"one\\\"\", \"twin two\".\n    Next: cupel show ",
        "\n\nguardrail-unproven, though its gain is proven: 1 candidate\n    ",
        "  \"unproven.patch\"  15.8 % less",
        "\n\nrefused, though its gain is proven: 1 candidate\n    ",
        "\n\nNothing was applied.\n",
    };
    struct text out cleanup_text = {0};
    scene_add_few();
    cJSON *view = scene_view(&scene_batch);
    report_format_text(view, false, 80, &out);
    assert_lines(text_string(&out), lines, sizeof lines / sizeof *lines);
    cJSON_Delete(view);
    scene_fini();
}

static void markdown_reads_as_agreed(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "### cupel: 2 of 4 candidates recommended (2 duplicates besides), in 8 min 20 s\n\n",
        "| 1 | <code>",
        "</code> | recommended | <code>summary</code> 40.0 % less (39.0–41.0 %) | held | held | +300 −9 | "
        "0.13 % | – | "
        "<code>\"large gain.patch\"</code> |\n",
        "<details><summary>guardrail-unproven, though its gain is proven: 1 candidate</summary>\n",
        "\n**Nothing was applied.**\n",
    };
    struct text out cleanup_text = {0};
    scene_add_few();
    cJSON *view = scene_view(&scene_batch);
    report_format_markdown(view, &out);
    assert_lines(text_string(&out), lines, sizeof lines / sizeof *lines);
    cJSON_Delete(view);
    scene_fini();
}

static void prices_conflicts_and_claims_are_shown(void **state)
{
    (void)state;
    static char currency[] = "EUR";
    static const char *const lines[] = {
        "a month      name\n",
        /* 44.1 ms for 40 samples, 15.8 % of it, a third of a million times a day: 0.49 CPU hours a month */
        "For the team: 15.8 % less (14.9–16.6 %); saves 5.89 EUR a month (at the interval's lower end "
        "5.56).\n",
        "Claims \"40 %\"; measured 15.8 % less (14.9–16.6 %). By model \"some-model\". Its reasons: \"the "
        "index is",
        "Not all of the recommended ones can be applied together. Combined they are\n"
        "  cccccccccccc, inconclusive: too noisy\n"
        "    - aaaaaaaaaaaa and bbbbbbbbbbbb: both change src/a.c:10–14\n",
    };
    const struct ranked_conflict conflict = {"aaaaaaaaaaaa", "bbbbbbbbbbbb", "both change src/a.c:10–14"};
    const struct ranked_batch batch = {.submitted = 2,
                                       .conflicts = &conflict,
                                       .conflict_count = 1,
                                       .conflicts_checked = true,
                                       .combination_id = "cccccccccccc",
                                       .combination_verdict = "inconclusive",
                                       .combination_reason = "too noisy"};
    struct policy policy = case_policy;
    policy.price = (struct policy_price){.cpu_hour = 12, .requests_a_day = 1e6 / 3, .currency = currency};
    struct evidence evidence;
    struct text out cleanup_text = {0};
    case_recommended(&evidence);
    evidence.claim = (struct claim){.model = memory_copy_string("some-model"),
                                    .rationale = memory_copy_string("the index is built once"),
                                    .gain = memory_copy_string("40 %")};
    scene_add(&evidence, &policy, NULL);
    scene_add_recommended("other", 0.2, 3, NULL);
    cJSON *view = scene_view(&batch);
    report_format_text(view, false, 120, &out);
    assert_lines(text_string(&out), lines, 3);
    text_clear(&out);
    report_format_text(view, false, 80, &out);
    assert_lines(text_string(&out), lines + 3, 1);
    cJSON_Delete(view);
    scene_fini();
}

static void empty_batch_is_shown(void **state)
{
    (void)state;
    struct text out cleanup_text = {0};
    const struct ranked_batch batch = {.submitted = 0};
    cJSON *view = report_view_batch(NULL, 0, &batch);
    report_format_text(view, false, 80, &out);
    assert_non_null(strstr(text_string(&out), "cupel: 0 of 0 candidates recommended\n"));
    text_clear(&out);
    report_format_markdown(view, &out);
    assert_non_null(strstr(text_string(&out), "### cupel: 0 of 0 candidates recommended\n"));
    cJSON_Delete(view);
}

static void lines_keep_their_width(void **state)
{
    (void)state;
    scene_add_few();
    cJSON *view = scene_view(&scene_batch);
    for (int width = 40; width <= 120; width++) {
        struct text out cleanup_text = {0};
        report_format_text(view, false, width, &out);
        for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n"))
            if (layout_columns(line) > width)
                fail_msg("%d columns of %d: %s", layout_columns(line), width, line);
    }
    cJSON_Delete(view);
    scene_fini();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(view_is_in_rank_order),
        cmocka_unit_test(view_keeps_every_document),
        cmocka_unit_test(terminal_reads_as_agreed),
        cmocka_unit_test(markdown_reads_as_agreed),
        cmocka_unit_test(prices_conflicts_and_claims_are_shown),
        cmocka_unit_test(empty_batch_is_shown),
        cmocka_unit_test(lines_keep_their_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
