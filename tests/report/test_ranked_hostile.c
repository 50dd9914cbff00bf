/* No foreign text can forge a line, a row or an approval in the ranked report. */
#include "base/memory.h"
#include "policies/foreign.h"
#include "tests/report/scene.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* One recommended, one refused and one whose answers changed,
 * all of that text; a duplicate and a conflict too. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_shows_hostile_text_as_data),
        cmocka_unit_test(markdown_shows_hostile_text_as_data),
        cmocka_unit_test(single_report_shows_hostile_text_as_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
