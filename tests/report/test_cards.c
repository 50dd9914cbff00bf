/* What the views show a person of a document. */
#include "base/memory.h"
#include "orchestrator/report/covered.h"
#include "orchestrator/report/layout.h"
#include "orchestrator/report/member.h"
#include "tests/report/built.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The lines that do not depend on ids and digests, which other tests look at. */
static void card_reads_as_agreed(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    case_add_stratum(evidence.workloads, "small", 0.96, 0.17, false);
    char *card = built_render_text(&evidence, 80, false);
    static const char *const lines[] = {
        "RECOMMENDED  \"patches/0001-index-lines-once.patch\"                  ",
        "\n15.8 % less CPU time (14.9–16.6 %) on summary; contract held over 1,200 samples;\n"
        "wall time and peak memory held.\n\n",
        "\n  summary, 9 pairs of runs, each of 40 samples\n"
        "    CPU time      15.8 % less  14.9–16.6 %     44.1 ms → 37.1 ms     improved\n"
        "      \"small\"     17.0 % less  16.1–17.8 %     96 % of production\n"
        "    wall time     15.1 % less  14.2–15.9 %     46.3 ms → 39.3 ms     held\n"
        "    peak memory    0.0 % less  −0.9 to 0.8 %   3.1 MiB → 3.1 MiB     held\n\n",
        "\n  Contract   held over 1,200 samples, 23,411 fields in 14 kinds\n"
        "  Coverage   a break in fewer than 0.25 % of requests like these could be missed\n"
        "             (95 %)\n",
        "\n  Stages     intake · screen · worktrees · prepare skipped · build 3.1 s · tests\n"
        "             1.3 s · identity · contract 14.2 s · measure 41.2 s\n",
        "\n  Patch      2 files, 14 lines added, 9 removed\n"
        "             \"Index the lines once\" by \"Ada Example <ada@example.org>\"\n",
        "\n  Base       commit 0123456789ab…, policy default\n",
        "\n  Next       Nothing was applied. Read the patch; if you want it, sign for it.\n"
        "             To decide: cupel sign ",
        "\n             The report again: cupel show ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(card, lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], card);
    free(card);
}

/* The gain on samples that the candidate can't know stands below the one that it is held against. */
static void cards_show_what_held_out_samples_say(void **state)
{
    (void)state;
    static const struct {
        enum held_out_outcome outcome;
        const char *text, *markdown; /* NULL: no such line */
    } rows[] = {
        {HELD_OUT_CONFIRMED,
         "      held out    14.1 % less  12.1–16.0 %                           confirmed\n",
         "| held-out samples |  | 14.1 % less | 12.1–16.0 % | | | confirmed |\n"},
        {HELD_OUT_OVERFITS, "      held out    14.1 % less  12.1–16.0 %                           overfits\n",
         "| held-out samples |  | 14.1 % less | 12.1–16.0 % | | | overfits |\n"},
        {HELD_OUT_TOO_FEW, "      held out        unknown                                        too-few\n",
         "| held-out samples |  | unknown |  | | | too-few |\n"},
        {HELD_OUT_NOT_ASKED, NULL, NULL},
        {HELD_OUT_NONE, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        struct text markdown = {0};
        struct built built;
        case_recommended(&evidence);
        case_hold_out(evidence.workloads, rows[i].outcome);
        built_make(&evidence, &built);
        report_format_markdown(built.view, &markdown);
        built_fini(&built);
        case_recommended(&evidence);
        case_hold_out(evidence.workloads, rows[i].outcome);
        char *card = built_render_text(&evidence, 80, false);
        if (!strstr(card, rows[i].text ? rows[i].text : "") || (!rows[i].text && strstr(card, "held out")))
            fail_msg("%s", card);
        if (!strstr(text_string(&markdown), rows[i].markdown ? rows[i].markdown : "") ||
            (!rows[i].markdown && strstr(text_string(&markdown), "held-out")))
            fail_msg("%s", text_string(&markdown));
        free(card);
        text_fini(&markdown);
    }
}

static void add_layout(struct workload_evidence *workload, double ratio)
{
    struct variants *variants = workload->layout = variants_new();
    variants->count = 2;
    variants->items[0].name = memory_copy_string("sorted");
    for (size_t i = 0; i < VARIANTS_PAIRS; i++)
        variants->items[0].pairs[i] =
            (struct variant_pair){.base = {{0.04, -1, -1}}, .variant = {{0.04 * ratio, -1, -1}}};
    variants->items[0].pair_count = VARIANTS_PAIRS;
    variants->items[1].name = memory_copy_string("aligned");
    variant_drop(&variants->items[1], memory_copy_string("it builds to the same bytes as the base"));
    variants_judge(variants);
}

/* What layout alone does stands below the gain; a word of caution follows only where it is of that size. */
static void cards_show_what_layout_does(void **state)
{
    (void)state;
    static const struct {
        double ratio;
        const char *text, *markdown; /* of the caution; NULL: none */
    } rows[] = {
        {1.1,
         "      layout sorted\n                  10.0 % more  10.0–10.0 %\n"
         "      layout aligned: it builds to the same bytes as the base\n"
         "      A change of layout alone (\"sorted\") moved it by up to 10.0 %: of a gain of\n"
         "        15.8 %, much or all may be where the code happens to lie, and go with\n"
         "        the next change of anything.\n",
         "**Caution**, <code>summary</code>: A change of layout alone"},
        {1.01, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        struct text markdown = {0};
        struct built built;
        case_recommended(&evidence);
        add_layout(evidence.workloads, rows[i].ratio);
        built_make(&evidence, &built);
        built_assert(built.document, "candidates/0/verdict", "\"recommended\"");
        built_assert(built.document, "candidates/0/measurements/0/layout/0/pairs/0/first", "\"base\"");
        built_assert(built.document, "candidates/0/measurements/1/layout/0/gain", "null");
        built_assert(built.document, "candidates/0/measurements/1/caution", "null");
        report_format_markdown(built.view, &markdown);
        built_fini(&built);
        case_recommended(&evidence);
        add_layout(evidence.workloads, rows[i].ratio);
        char *card = built_render_text(&evidence, 80, false);
        if (!strstr(card, rows[i].text ? rows[i].text : "layout sorted") ||
            (!rows[i].text && strstr(card, "layout alone")))
            fail_msg("%s", card);
        if (!strstr(text_string(&markdown), rows[i].markdown ? rows[i].markdown : "not measured, ") ||
            (!rows[i].markdown && strstr(text_string(&markdown), "Caution")))
            fail_msg("%s", text_string(&markdown));
        free(card);
        text_fini(&markdown);
    }
}

static void card_shows_findings_and_logs(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    case_add_finding(evidence.workloads, CLASS_EMPTIED, "/items", "[{\"id\":1}]", "[]");
    case_add_reproduction(evidence.workloads, "{\"id\": \"s-17\", \"stdin\": \"{\\\"n\\\":0}\"}", NULL);
    case_add_finding(evidence.workloads, CLASS_MISSING, "/price", "12.50", NULL);
    case_add_reproduction(evidence.workloads, NULL, "the sample is held out: it is shown to nobody");
    case_add_finding(evidence.workloads, CLASS_KEY_ORDER, "", "{}", "{}");
    for (size_t i = 0; i < 2; i++)
        evidence.workloads->contract.findings[i].remark =
            memory_copy_string("the base treats 0 and \"\" alike");
    char *card = built_render_text(&evidence, 80, false);
    assert_non_null(strstr(card, "CONTRACT BROKEN  "));
    assert_non_null(strstr(card,
                           "\n  Finding 1  emptied  stdout /items in 37 samples of summary, first \"s-17\"\n"
                           "               the base treats 0 and \"\" alike\n"
                           "               input   {\"id\": \"s-17\", \"stdin\": \"{\\\"n\\\":0}\"}\n"
                           "                       differs only when stdin /n is 0; 7 of 642 bytes, 31\n"
                           "                       inputs tried\n"
                           "               before  [\"a\"]\n" /* of that input, not of s-17 */
                           "               after   (absent)\n"
                           "  Finding 2  missing  stdout /price in 37 samples of summary, first \"s-17\"\n"
                           "               before  12.50\n")); /* what it means is said above */
    assert_non_null(
        strstr(card, "\n               input   none: the sample is held out: it is shown to nobody\n"));
    assert_non_null(strstr(card, "\n  Note 3     key-order"));
    assert_non_null(strstr(card, "\n  Replay     cupel reproduce "));
    assert_non_null(strstr(card, "\n               after   (absent)\n"));
    assert_null(strstr(card, "cupel show"));
    free(card);
    case_recommended(&evidence);
    case_fail(&evidence, STAGE_BUILD, "make ended with exit status 2", "a.c:1: error\nRECOMMENDED\n");
    card = built_render_text(&evidence, 80, false);
    assert_non_null(strstr(card, "\n  Log        │ a.c:1: error\n             │ RECOMMENDED\n"));
    free(card);
}

/* Pairs of earlier evaluations: which, of when, and whether there were others. */
static void views_say_what_is_continued(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct text out cleanup_text = {0};
    case_recommended(&evidence);
    struct measurement *measurement = &evidence.workloads[0].measurement;
    measurement->continues = (struct continued){.pairs = measurement->pair_count,
                                                .evaluation = memory_copy_string("0123456789ab"),
                                                .at = memory_copy_string("2026-02-28T23:59:59.999Z")};
    size_t pairs = measurement->pair_count;
    built_make(&evidence, &built);
    report_format_markdown(built.view, &out);
    char *line = memory_format(
        "- <code>summary</code> continues the %zu pairs of evaluation 0123456789ab of 2026-02-28; "
        "nothing was measured again\n",
        pairs);
    assert_non_null(strstr(text_string(&out), line));
    free(line);
    text_clear(&out);
    report_format_text(built.view, false, 200, &out);
    assert_non_null(strstr(text_string(&out), "2026-02-28; nothing was measured again\n"));
    built_fini(&built);

    case_recommended(&evidence);
    measurement = &evidence.workloads[0].measurement;
    measurement->continues = (struct continued){.pairs = 1,
                                                .evaluation = memory_copy_string("0123456789ab"),
                                                .at = memory_copy_string("2026-02-28T23:59:59.999Z"),
                                                .environment = memory_copy_string("another CPU")};
    built_make(&evidence, &built);
    text_clear(&out);
    report_format_text(built.view, false, 200, &out);
    assert_non_null(strstr(text_string(&out), "; continues the 1 pair of evaluation 0123456789ab"));
    assert_non_null(strstr(text_string(&out), "some from another environment (another CPU)\n"));
    built_fini(&built);
}

/* Who is told that nothing was decided is told what would have been needed. */
static void card_says_what_an_open_question_needs(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *words;
    } rows[] = {{75, "; at this noise a gain of 15 % needs about\n    75.0 s\n"},
                {-1, "; at this noise a gain of 15 % can't be\n    shown\n"}};
    for (size_t i = 0; i < 2; i++) {
        struct evidence evidence;
        case_recommended(&evidence);
        evidence.workloads[0].measurement.metrics[0].outcome = OUTCOME_UNDECIDED;
        evidence.workloads[0].measurement.seconds_needed = rows[i].seconds;
        char *card = built_render_text(&evidence, 90, false);
        if (!strstr(card, rows[i].words))
            fail_msg("%s", card);
        free(card);
    }
}

/* Every line of every case stays within the width, whatever it is, and ends without spaces. */
static void card_keeps_its_width(void **state)
{
    (void)state;
    static const int widths[] = {1, 40, 47, 60, 72, 80, 81, 100, 1000};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        int width = widths[i] < 40 ? 40 : widths[i] > 100 ? 100 : widths[i];
        struct evidence evidence;
        built_rich_evidence(&evidence);
        case_add_stratum(evidence.workloads, "a rather long name of a stratum, indeed", 0.5, 0.1, false);
        case_fail(&evidence, STAGE_BUILD,
                  "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
                  "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword\n");
        char *card = built_render_text(&evidence, widths[i], false);
        char *rest = NULL;
        for (char *line = strtok_r(card, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            if (layout_columns(line) > width || line[strlen(line) - 1] == ' ')
                fail_msg("width %d: \"%s\"", width, line);
        }
        free(card);
    }
}

static void card_has_color_only_when_asked(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    char *plain = built_render_text(&evidence, 80, false);
    case_recommended(&evidence);
    char *color = built_render_text(&evidence, 80, true);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(color, "\033[1;32mRECOMMENDED\033[0m"));
    char *to = color; /* without its sequences it is the plain card */
    for (const char *from = color; *from;) {
        if (*from == '\033')
            from += strcspn(from, "m") + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
    assert_string_equal(plain, color);
    free(plain);
    free(color);
}

static void card_says_what_follows_a_decision(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        bool recommended;
        const char *words; /* NULL: no command at all */
    } rows[] = {
        {"awaiting", true, "To decide: cupel sign "},
        {"approved", true, "Approved. To make the commit: cupel apply "},
        {"rejected", true, "Rejected. By whom and why: cupel gate "},
        {"stale", true, "The sign-off is stale. What changed: cupel gate "},
        {"approved\n", true, NULL},
        {"awaiting", false, NULL},
        {"approved", false, NULL},
        {"rejected", false, "Rejected. By whom and why: cupel gate "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        struct built built;
        struct text out cleanup_text = {0};
        case_recommended(&evidence);
        if (!rows[i].recommended)
            case_add_finding(evidence.workloads, CLASS_EMPTIED, "/items", "[1]", "[]");
        built_make(&evidence, &built);
        const struct digest digest = digest_of("", 0);
        cJSON *view = report_view(built.document, &digest, 1, rows[i].state);
        report_format_text(view, false, 80, &out);
        if (rows[i].words ? !strstr(text_string(&out), rows[i].words)
                          : strstr(text_string(&out), "cupel ") != NULL)
            fail_msg("%s: %s", rows[i].state, text_string(&out));
        cJSON_Delete(view);
        built_fini(&built);
    }
}

static void markdown_reads_as_agreed(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct text out cleanup_text = {0};
    case_recommended(&evidence);
    built_make(&evidence, &built);
    report_format_markdown(built.view, &out);
    static const char *const lines[] = {
        "### cupel: recommended\n\n**15.8 % less CPU time (14.9–16.6 %) on summary; contract held over",
        "| workload | metric | change | 95 % interval | before | after | outcome |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | --- |\n"
        "| <code>summary</code> | CPU time | 15.8 % less | 14.9–16.6 % | 44.1 ms | 37.1 ms | improved |\n",
        "\n<details><summary>Contract held over 1,200 samples, 23,411 fields in 14 kinds</summary>\n\n- "
        "<code>summary</code>: a break in fewer than 0.25 % of requests like these could be missed (95 "
        "%)\n\n</details>\n",
        "\n- prepare: skipped\n- build: passed, 3.1 s\n",
        ("\n**Nothing was applied.** Read the patch; if you want it, sign for it. To decide: <code>cupel "
         "sign "),
        "</code>. The report again: <code>cupel show ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text_string(&out), lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], text_string(&out));
    built_fini(&built);
}

/* A guardrail that holds although it lost more than its share is explained; one within it needs no word. */
static void views_explain_what_is_tolerated_besides(void **state)
{
    (void)state;
    static const struct {
        double lost;
        bool explained;
    } rows[] = {{0.30, true}, {0.04, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct evidence evidence;
        struct built built;
        struct text out cleanup_text = {0};
        struct text card cleanup_text = {0};
        case_recommended(&evidence);
        evidence.workloads[0].measurement.metrics[2].gain.point = -rows[i].lost;
        case_add_finding(evidence.workloads, CLASS_BODY, "", "a", "b");
        built_make(&evidence, &built);
        report_format_markdown(built.view, &out);
        report_format_text(built.view, false, 80, &card);
        if ((strstr(text_string(&card), "   held\n      5 % and 1.0 MiB more are tolerated\n") != NULL) !=
                rows[i].explained ||
            (strstr(text_string(&out), "| held (5 % and 1.0 MiB more are tolerated) |\n") != NULL) !=
                rows[i].explained)
            fail_msg("%s\n%s", text_string(&card), text_string(&out));
        assert_non_null(strstr(text_string(&out), "at <code>stdout</code>, 37 samples")); /* no empty place */
        built_fini(&built);
    }
}

/* Foreign names are data here, too: a stratum can't end a list, nor a parameter a line. */
static void views_say_what_was_seen(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct text text cleanup_text = {0};
    struct text markdown cleanup_text = {0};
    case_recommended(&evidence);
    struct workload_evidence *workload = evidence.workloads;
    case_add_coverage(workload, "ref\nunds", 0.12, 0, 0);
    case_add_coverage(workload, "few", 0.01, 4, 3);
    workload->contract.missed[MISSED_CRASHED] = 2;
    workload->contract.missed[MISSED_EMPTY] = 1;
    workload->contract.not_compared = 3;
    workload->contract.unwritten = case_strings("out.json");
    workload->coverage.fixed = case_strings("--<b>\x1b[31m");
    workload->coverage.fixed_dropped = 7;
    built_make(&evidence, &built);
    const cJSON *candidate = member_first(built.view, "candidates");
    const cJSON *row = member_first(member_get(candidate, "contract"), "coverage");
    covered_append_words(&text, row, false, report_escape_terminal);
    report_format_markdown(built.view, &markdown);
    static const char words[] = "a break in fewer than 0.25 % of requests like these could be missed (95 %); "
                                "in \"few\" (3 samples) in "
                                "fewer than 63 %; never varied: --<b>\\x1b[31m and 7 more; strata never "
                                "compared: \"ref\\nunds\" (12 % "
                                "of production); not compared: 2 crashed, 1 empty; never written: out.json";
    assert_string_equal(text_string(&text), words);
    assert_null(strstr(text_string(&markdown), "<b>"));
    assert_non_null(strstr(text_string(&markdown), "\n- <code>summary</code>: a break in fewer than 0.25 %"));
    built_fini(&built);
}

/* Where a break was found none is bounded, and a rule that no workload needs is told once. */
static void views_bound_no_break_that_was_found(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct text text cleanup_text = {0};
    case_recommended(&evidence);
    case_add_workload(&evidence, "rank", 0.3, OUTCOME_IMPROVED);
    case_add_finding(evidence.workloads, CLASS_VALUE, "/total", "1", "2");
    evidence.workloads[0].contract.unused_rules = case_strings("noisy at /t");
    evidence.workloads[1].contract.unused_rules = case_strings("noisy at /t");
    evidence_add_sentence(&evidence.workloads[1].contract.unused_rules,
                          memory_copy_string("ignore at /of-summary"));
    built_make(&evidence, &built);
    report_format_text(built.view, false, 80, &text);
    assert_null(strstr(text_string(&text), "could be missed"));
    assert_null(strstr(text_string(&text), "of-summary"));
    const char *unused = strstr(text_string(&text), "noisy at /t");
    assert_non_null(unused);
    assert_null(strstr(unused + 1, "noisy at /t"));
    built_fini(&built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_reads_as_agreed),
        cmocka_unit_test(cards_show_what_held_out_samples_say),
        cmocka_unit_test(cards_show_what_layout_does),
        cmocka_unit_test(card_shows_findings_and_logs),
        cmocka_unit_test(views_say_what_is_continued),
        cmocka_unit_test(card_says_what_an_open_question_needs),
        cmocka_unit_test(card_keeps_its_width),
        cmocka_unit_test(card_has_color_only_when_asked),
        cmocka_unit_test(card_says_what_follows_a_decision),
        cmocka_unit_test(markdown_reads_as_agreed),
        cmocka_unit_test(views_explain_what_is_tolerated_besides),
        cmocka_unit_test(views_say_what_was_seen),
        cmocka_unit_test(views_bound_no_break_that_was_found),
    };
    return cmocka_run_group_tests_name("cards", tests, NULL, NULL);
}
