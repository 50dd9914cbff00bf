/* The ranked report: what a batch's view holds, what people see of it, and that no foreign text can forge
 * either. */
#include "base/memory.h"
#include "orchestrator/report/layout.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "policies/foreign.h"
#include "tests/report/case.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ENTRIES_MAX 1000

struct scene {
    struct ranked_entry entries[ENTRIES_MAX];
    struct text canonical[ENTRIES_MAX]; /* of each entry, in the order in which they were added */
    size_t count;
};

static struct scene scene;

static void scene_add(struct evidence *evidence, const struct policy *policy, char *const *duplicates)
{
    struct ranked_entry *entry = &scene.entries[scene.count];
    struct text *canonical = &scene.canonical[scene.count++];
    struct decision decision;
    struct err err = {0};
    *canonical = (struct text){0};
    verdict_decide(evidence, policy, &decision);
    *entry = (struct ranked_entry){.sign_off_state = "awaiting", .duplicates = duplicates};
    entry->document = report_build(evidence, &decision, policy, &case_context);
    assert_int_equal(0, report_canonicalise(entry->document, canonical, &err));
    entry->digest = digest_of(canonical->data, canonical->length);
    decision_fini(&decision);
    evidence_fini(evidence);
}

static void scene_name(struct evidence *evidence, const char *name)
{
    free(evidence->candidate_name);
    evidence->candidate_name = memory_copy_string(name);
    free(evidence->patch_digest); /* part of the id */
    struct digest digest = digest_of(name, strlen(name));
    evidence->patch_digest = memory_zeroed(DIGEST_HEX);
    digest_to_hex(&digest, evidence->patch_digest);
}

static void scene_add_recommended(const char *name, double gain, size_t added, char *const *duplicates)
{
    struct evidence evidence;
    case_recommended(&evidence);
    scene_name(&evidence, name);
    evidence.added = added;
    struct metric_result *primary = &evidence.workloads->measurement.metrics[0];
    primary->gain = (struct gain){true, gain, gain - 0.01, gain + 0.01};
    scene_add(&evidence, &case_policy, duplicates);
}

static void scene_add_refused(const char *name)
{
    struct evidence evidence;
    case_recommended(&evidence);
    scene_name(&evidence, name);
    case_add_refusal(&evidence, "cupel.json", 1, "touch.forbidden_paths", "may not be changed");
    scene_add(&evidence, &case_policy, NULL);
}

static cJSON *scene_view(const struct ranked_batch *batch)
{
    return report_view_batch(scene.entries, scene.count, batch);
}

static void scene_fini(void)
{
    for (size_t i = 0; i < scene.count; i++)
        text_fini(&scene.canonical[i]);
    scene.count = 0;
}

static const struct ranked_batch plain_batch = {
    .id = "0123456789ab", .created = "2026-03-01T12:00:00Z", .submitted = 6, .seconds = 500};

static void small_scene(void)
{
    static char one[] = "twin \"one\"";
    static char two[] = "twin two";
    static char *twins[] = {one, two, NULL};
    struct evidence evidence;
    scene_add_refused("refused.patch");
    scene_add_recommended("small gain.patch", 0.15, 10, NULL);
    case_recommended(&evidence);
    scene_name(&evidence, "unproven.patch");
    evidence.workloads->measurement.metrics[1].outcome = OUTCOME_UNPROVEN;
    scene_add(&evidence, &case_policy, NULL);
    scene_add_recommended("large gain.patch", 0.40, 300, twins);
}

static void view_is_in_rank_order(void **state)
{
    (void)state;
    static const char *const names[] = {"large gain.patch", "small gain.patch", "unproven.patch",
                                        "refused.patch"};
    static const double ranks[] = {1, 2, 0, 0};
    small_scene();
    cJSON *view = scene_view(&plain_batch);
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

/* Each canonical document can be had back from the view: top level, `evaluation` over it, candidate without
 * the view's keys. */
static void view_keeps_every_document(void **state)
{
    (void)state;
    static const char *const added[] = {"digest", "rank", "estimate", "evaluation", "duplicates", "sign_off"};
    small_scene();
    cJSON *view = scene_view(&plain_batch);
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
    small_scene();
    cJSON *view = scene_view(&plain_batch);
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
    small_scene();
    cJSON *view = scene_view(&plain_batch);
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

/* What a patch, a model or a workload would like to be taken for. */
static const char *const hostile[] = {
    "✔ approved",
    "APPROVED by kim@example.org",
    "x\n 1  ffffffffffff  recommended  +1 −1",
    "x\r\033[2J\033[1;32mRECOMMENDED\033[0m",
    "x\033]8;;https://example.org\033\\click\033]8;;\033\\",
    "\xc2\x9b"
    "31m",
    "a\tb\vc\fd\be\x7f",
    "\xe2\x80\xae"
    "evil\xe2\x80\xac",
    "\xe2\x81\xa6isolate\xe2\x81\xa9",
    "zero\xe2\x80\x8bwidth\xef\xbb\xbf",
    "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "\xcc\x82\xcc\x82 marks first",
    "line\xe2\x80\xa8separator\xe2\x80\xa9paragraph",
    "| 1 | a | recommended | 99 % |",
    "x | y\n| --- | --- |\n| 2 | z |",
    "</code></td></table><script>alert(1)</script>",
    "</summary></details><h1>approved</h1>",
    "<!-- comment",
    "`code` ``` fence",
    "@team/owners @kim please merge #1 !2 fixes gh-3 www.example.org :tada:",
    "[link](https://example.org) ![image](x)",
    "## heading",
    "- [x] approved",
    "1. first",
    "/approve",
    "&lt;b&gt; &#60;",
    "\"quoted\" \\\" end",
    "\xff\xfe broken \xc3",
    "% %s %n",
    "",
};

static void hostile_evidence(struct evidence *evidence, const char *text)
{
    case_recommended(evidence);
    scene_name(evidence, text);
    free(evidence->subject);
    free(evidence->author);
    free(evidence->workloads->name);
    evidence->subject = memory_copy_string(text);
    evidence->author = memory_copy_string(text);
    evidence->workloads->name = memory_copy_string(text);
    evidence->patch_notes = case_strings(text);
    evidence->claim = (struct claim){.model = memory_copy_string(text),
                                     .rationale = memory_copy_string(text),
                                     .gain = memory_copy_string(text)};
    case_add_stratum(evidence->workloads, text, 0.5, 0.1, false);
}

/* One recommended, one refused and one whose answers changed, all of that text; a duplicate and a conflict
 * too. */
static cJSON *hostile_view(const char *text)
{
    static char *duplicates[2];
    struct evidence evidence;
    const struct ranked_conflict conflict = {text, text, text};
    const struct ranked_batch batch = {.submitted = 3,
                                       .conflicts = &conflict,
                                       .conflict_count = 1,
                                       .conflicts_checked = true,
                                       .combination_id = text,
                                       .combination_verdict = text,
                                       .combination_reason = text};
    static char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    duplicates[0] = copy;
    for (int i = 0; i < 2; i++) {
        hostile_evidence(&evidence, text);
        evidence.added += (size_t)i;
        evidence.patch_digest[0] = (char)('0' + i);
        scene_add(&evidence, &case_policy, duplicates);
    }
    hostile_evidence(&evidence, text);
    case_add_refusal(&evidence, text, 1, text, text);
    scene_add(&evidence, &case_policy, NULL);
    hostile_evidence(&evidence, text);
    case_add_finding(evidence.workloads, CLASS_VALUE, text, text, text);
    scene_add(&evidence, &case_policy, NULL);
    cJSON *view = scene_view(&batch);
    scene_fini();
    return view;
}

/* Valid UTF-8, nothing invisible, no pile of marks, line ends of ours alone. */
static void assert_visible(const char *text, const char *of)
{
    size_t length = strlen(text);
    size_t marks = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t taken = foreign_decode(text + at, length - at, &code);
        if (strncmp(text + at, "\xe2\x80\x8b", 3) == 0)
            fail_msg("a character without width of \"%s\"", of);
        marks = foreign_is_mark(code) ? marks + 1 : 0;
        if ((code != '\n' && !foreign_is_visible(code)) || marks > 4)
            fail_msg("U+%04X of \"%s\" in\n%s", (unsigned)code, of, text);
        at += taken;
    }
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static size_t count_lines_with(const char *text, const char *start)
{
    size_t lines = 0;
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        lines += strncmp(at, start, strlen(start)) == 0;
    return lines;
}

static void terminal_shows_hostile_text_as_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        static const int widths[] = {40, 80, 120};
        cJSON *view = hostile_view(hostile[i]);
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            struct text out cleanup_text = {0};
            report_format_text(view, false, widths[w], &out);
            const char *text = text_string(&out);
            assert_visible(text, hostile[i]);
            assert_int_equal(count_lines_with(text, " 1  "),
                             widths[w] < 80 ? 1 : 2); /* its row and its card */
            assert_int_equal(count_lines_with(text, " 2  "), widths[w] < 80 ? 1 : 2);
            assert_int_equal(count_lines_with(text, "refused, "), 1);
            assert_int_equal(count_lines_with(text, "contract-broken, "), 1);
            assert_int_equal(count_lines_with(text, "Nothing was applied."), 1);
            assert_int_equal(count_lines_with(text, "✔"), 0);
            if (strcmp(hostile[i], "✔ approved") == 0 && !strstr(text, "\"✔ approved\""))
                fail_msg("not quoted:\n%s", text);
        }
        cJSON_Delete(view);
    }
}

/* Tags that we write; no other less-than may be there. */
static size_t tag_length(const char *at)
{
    static const char *const tags[] = {"<code>",     "</code>", "<details>", "</details>", "<summary>",
                                       "</summary>", "<br>",    "<sub>",     "</sub>"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (strncmp(at, tags[i], strlen(tags[i])) == 0)
            return strlen(tags[i]);
    return 0;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static void assert_markdown_is_ours(const char *text, const char *of)
{
    for (const char *at = text; *at; at++) {
        if (*at == '<' && tag_length(at) == 0)
            fail_msg("a tag of \"%s\" at\n%s", of, at);
        if (*at == '`' || *at == '@' || *at == '[' || *at == ']' || *at == '~')
            fail_msg("%c of \"%s\" at\n%s", *at, of, at);
        if (((unsigned char)*at < 0x20 && *at != '\n') || *at == 0x7f)
            fail_msg("a control byte of \"%s\"", of);
    }
    assert_int_equal(count_of(text, "<code>"), count_of(text, "</code>"));
    assert_int_equal(count_of(text, "<details>"), count_of(text, "</details>"));
    assert_int_equal(count_of(text, "<summary>"), count_of(text, "</summary>"));
    assert_int_equal(count_lines_with(text, "#"), 1); /* the headline */
}

/* Every row has as many cells as its head. */
static void assert_rows(const char *text, const char *of)
{
    size_t wanted = 0;
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        size_t bars = 0;
        if (*at != '|') {
            wanted = 0;
            continue;
        }
        for (const char *byte = at; *byte && *byte != '\n'; byte++)
            bars += *byte == '|';
        wanted = wanted ? wanted : bars;
        if (bars != wanted)
            fail_msg("%zu bars instead of %zu by \"%s\" in\n%s", bars, wanted, of, at);
    }
}

static void markdown_shows_hostile_text_as_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct text out cleanup_text = {0};
        cJSON *view = hostile_view(hostile[i]);
        report_format_markdown(view, &out);
        assert_markdown_is_ours(text_string(&out), hostile[i]);
        assert_rows(text_string(&out), hostile[i]);
        assert_int_equal(count_lines_with(text_string(&out), "| "),
                         2 + 2 + 2 * (2 + 1));                          /* heads, rules, rows */
        assert_int_equal(count_lines_with(text_string(&out), "- "), 1); /* the conflict */
        cJSON_Delete(view);
    }
}

/* The same strings through the report of one candidate. */
static void single_report_shows_hostile_text_as_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct evidence evidence;
        struct text out cleanup_text = {0};
        hostile_evidence(&evidence, hostile[i]);
        scene_add(&evidence, &case_policy, NULL);
        cJSON *view = report_view(scene.entries[0].document, &scene.entries[0].digest, 1, hostile[i]);
        report_format_text(view, false, 80, &out);
        assert_visible(text_string(&out), hostile[i]);
        assert_int_equal(count_lines_with(text_string(&out), "RECOMMENDED  \""), 1);
        assert_int_equal(count_of(text_string(&out), "\n  Next       "), 1);
        text_clear(&out);
        report_format_markdown(view, &out);
        assert_markdown_is_ours(text_string(&out), hostile[i]);
        assert_rows(text_string(&out), hostile[i]);
        cJSON_Delete(view);
        cJSON_Delete(scene.entries[0].document);
        scene_fini();
    }
}

static void lines_keep_their_width(void **state)
{
    (void)state;
    small_scene();
    cJSON *view = scene_view(&plain_batch);
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

static double milliseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

static void a_thousand_are_shown(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "candidate-%04d", i);
        if (i % 50 == 0)
            scene_add_recommended(name, 0.15 + i / 1e4, 10, NULL);
        else
            scene_add_refused(name);
    }
    struct timespec start;
    struct text out cleanup_text = {0};
    struct text markdown cleanup_text = {0};
    struct text json cleanup_text = {0};
    struct err err = {0};
    clock_gettime(CLOCK_MONOTONIC, &start);
    cJSON *view = scene_view(&plain_batch);
    double viewed = milliseconds_since(&start);
    report_format_text(view, false, 120, &out);
    double shown = milliseconds_since(&start);
    report_format_markdown(view, &markdown);
    double marked = milliseconds_since(&start);
    assert_int_equal(0, report_canonicalise(view, &json, &err));
    printf("1,000 candidates: view %.0f ms, text %.0f ms, Markdown %.0f ms, JSON %.0f ms (%zu bytes)\n",
           viewed, shown - viewed, marked - shown, milliseconds_since(&start) - marked, json.length);
    assert_non_null(strstr(text_string(&out), "cupel: 20 of 1,000 candidates recommended"));
    assert_non_null(strstr(text_string(&out), "and 972 more: cupel list, cupel show ID"));
    assert_true(count_lines(text_string(&out)) < 250);
    assert_true(markdown.length < 60000); /* a forge's comment takes 65,536 characters */
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
        cmocka_unit_test(terminal_shows_hostile_text_as_data),
        cmocka_unit_test(markdown_shows_hostile_text_as_data),
        cmocka_unit_test(single_report_shows_hostile_text_as_data),
        cmocka_unit_test(lines_keep_their_width),
        cmocka_unit_test(a_thousand_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
