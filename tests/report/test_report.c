/* The document holds what was found; the views show it, and foreign text in them stays data. */
#include "base/memory.h"
#include "orchestrator/report/covered.h"
#include "orchestrator/report/layout.h"
#include "orchestrator/report/member.h"
#include "tests/report/case.h"
#include "workloads/contract/reproduction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct built {
    cJSON *document;       /* canonical tree */
    cJSON *view;           /* with digest, rank, sign_off */
    struct text canonical; /* bytes */
};

static void build(struct evidence *evidence, struct built *built)
{
    struct decision decision;
    struct err err = {0};
    *built = (struct built){0};
    verdict_decide(evidence, &case_policy, &decision);
    built->document = report_build(evidence, &decision, &case_policy, &case_context);
    assert_int_equal(0, report_canonicalise(built->document, &built->canonical, &err));
    struct digest digest = digest_of(text_string(&built->canonical), built->canonical.length);
    built->view = report_view(built->document, &digest, 1, "awaiting");
    decision_fini(&decision);
    evidence_fini(evidence);
}

static void built_fini(struct built *built)
{
    cJSON_Delete(built->document);
    cJSON_Delete(built->view);
    text_fini(&built->canonical);
}

/* "a/0/b" from the root; fails where there is nothing. */
static const cJSON *at(const cJSON *root, const char *path)
{
    char *copy = memory_copy_string(path);
    char *state = NULL;
    for (char *part = strtok_r(copy, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
        root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, atoi(part))
                                   : cJSON_GetObjectItemCaseSensitive(root, part);
        if (!root)
            fail_msg("nothing at %s (%s)", path, part);
    }
    free(copy);
    return root;
}

static void assert_value(const cJSON *root, const char *path, const char *expected)
{
    char *printed = cJSON_PrintUnformatted(at(root, path));
    assert_string_equal(expected, printed);
    cJSON_free(printed);
}

static void rich_evidence(struct evidence *evidence)
{
    case_recommended(evidence);
    struct workload_evidence *workload = evidence->workloads;
    case_add_stratum(workload, "large", 0.04, -0.312, true);
    case_add_finding(workload, CLASS_NUMBER_SPELLING, "/total", "1.0", NULL);
    case_add_refusal(evidence, "cupel.json", 3, "touch.forbidden_paths: cupel.json", "may not be changed");
    evidence->patch_notes = case_strings("hunk 1 of src/a.c said 5 lines and has 6");
    evidence->suspicions = case_strings("it looked for the parent's memory");
    workload->contract.excuses = MEMORY_NEW(struct excuse);
    workload->contract.excuse_count = 1;
    workload->contract.excuses[0] = (struct excuse){
        .part = memory_copy_string("stdout"),
        .pattern = memory_copy_string("/updated_at"),
        .by = memory_copy_string("learned noise"),
        .count = 1200,
        .evidence = 3,
        .asked = 3,
        .class = CLASS_VALUE,
    };
    workload->contract.unused_rules = case_strings("ignore at /never");
}

static void document_has_the_agreed_keys(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *expected;
    } rows[] = {
        {"cupel_report", "1"},
        {"created", "\"2026-03-01T12:00:00Z\""},
        {"base/commit", "\"0123456789abcdef0123456789abcdef01234567\""},
        {"base/tree", "\"89abcdef0123456789abcdef0123456789abcdef\""},
        {"environment/isolation", "\"full\""},
        {"environment/noise_floor/cpu", "0.013"},
        {"policy/guardrails/wall", "0.05"},
        {"policy/budgets", "{}"},
        {"policy/intent", "\"optimize\""},
        {"candidates/0/verdict", "\"refused\""},
        {"candidates/0/rank", "1"},
        {"candidates/0/sign_off", "{\"state\":\"awaiting\"}"},
        {"candidates/0/patch/files", "2"},
        {"candidates/0/patch/tree", "\"fedcba9876543210fedcba9876543210fedcba98\""},
        {"candidates/0/patch/notes/0", "\"hunk 1 of src/a.c said 5 lines and has 6\""},
        {"candidates/0/screen/refusals/0/line", "3"},
        {"candidates/0/screen/refusals/0/unsafe", "false"},
        {"candidates/0/suspicions/0", "\"it looked for the parent's memory\""},
        {"candidates/0/identical", "null"},
        {"candidates/0/stages/4/name", "\"build\""},
        {"candidates/0/stages/4/outcome", "\"passed\""},
        {"candidates/0/stages/4/seconds", "3.14"},
        {"candidates/0/stages/3/outcome", "\"skipped\""},
        {"candidates/0/contract/samples", "1200"},
        {"candidates/0/contract/fields", "23411"},
        {"candidates/0/contract/edge_cases", "0"},
        {"candidates/0/contract/not_compared", "0"},
        {"candidates/0/contract/findings/0/class", "\"number-spelling\""},
        {"candidates/0/contract/findings/0/breaks", "false"},
        {"candidates/0/contract/findings/0/after", "null"},
        {"candidates/0/contract/excused/0/by", "\"learned noise\""},
        {"candidates/0/contract/unused_rules/0", "{\"workload\":\"summary\",\"rule\":\"ignore at /never\"}"},
        {"candidates/0/workloads/0/weight", "0.7"},
        {"candidates/0/measurements/0/metric", "\"cpu\""},
        {"candidates/0/measurements/0/role", "\"primary\""},
        {"candidates/0/measurements/0/outcome", "\"improved\""},
        {"candidates/0/measurements/0/e_value", "231"},
        {"candidates/0/measurements/0/threshold", "0.1"},
        {"candidates/0/measurements/0/gain/point", "0.158"},
        {"candidates/0/measurements/0/pairs/0/first", "\"candidate\""},
        {"candidates/0/measurements/0/pairs/0/phase", "\"decide\""},
        {"candidates/0/measurements/0/pairs/0/seed", "\"18446744073709551615\""},
        {"candidates/0/measurements/0/strata/0/harmful", "true"},
        {"candidates/0/measurements/1/role", "\"guardrail\""},
        {"candidates/0/measurements/1/threshold", "-0.05"},
        {"candidates/0/measurements/1/strata", "[]"},
    };
    struct evidence evidence;
    struct built built;
    rich_evidence(&evidence);
    build(&evidence, &built);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_value(built.view, rows[i].path, rows[i].expected);
    const char *digest = at(built.view, "candidates/0/digest")->valuestring;
    assert_int_equal(7 + 64, strlen(digest));
    assert_null(strstr(text_string(&built.canonical), "\"digest\":\"sha256:0\",\"rank\""));
    assert_null(cJSON_GetObjectItem(at(built.document, "candidates/0"), "rank"));
    assert_null(cJSON_GetObjectItem(at(built.document, "candidates/0"), "sign_off"));
    built_fini(&built);
}

static void document_is_the_same_for_the_same_evidence(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built one;
    struct built two;
    rich_evidence(&evidence);
    build(&evidence, &one);
    rich_evidence(&evidence);
    build(&evidence, &two);
    assert_string_equal(text_string(&one.canonical), text_string(&two.canonical));
    built_fini(&two);
    rich_evidence(&evidence);
    evidence.patch_digest[0] = 'a';
    build(&evidence, &two);
    assert_string_not_equal(at(one.view, "candidates/0/id")->valuestring,
                            at(two.view, "candidates/0/id")->valuestring);
    built_fini(&one);
    built_fini(&two);
}

static void document_makes_foreign_bytes_valid(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    case_recommended(&evidence);
    free(evidence.subject);
    evidence.subject = memory_copy_string("caf\xe9 \xff\n\x01");
    evidence.workloads->measurement.metrics[0].e_value = 1.0 / 0.0;
    build(&evidence, &built);
    assert_value(built.view, "candidates/0/patch/subject", "\"caf\\\\xe9 \\\\xff\\n\\u0001\"");
    assert_value(built.view, "candidates/0/measurements/0/e_value", "null");
    built_fini(&built);
}

static int parse(const char *bytes, size_t length, char *message)
{
    cJSON *document = NULL;
    struct digest digest;
    struct err err = {0};
    int status = report_view_parse(bytes, length, &document, &digest, &err);
    strcpy(message, err.message);
    cJSON_Delete(document);
    return status;
}

static void parse_gives_back_what_was_written(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    struct err err = {0};
    rich_evidence(&evidence);
    build(&evidence, &built);
    struct text view cleanup_text = {0};
    assert_int_equal(0, report_canonicalise(built.view, &view, &err));
    const char *const sources[] = {text_string(&built.canonical), text_string(&view)};
    struct digest expected = digest_of(sources[0], strlen(sources[0]));
    for (size_t i = 0; i < 2; i++) {
        struct text again cleanup_text = {0};
        cJSON *document = NULL;
        struct digest digest;
        int status = report_view_parse(sources[i], strlen(sources[i]), &document, &digest, &err);
        assert_string_equal("", err.message);
        assert_int_equal(0, status);
        assert_memory_equal(&expected, &digest, sizeof digest);
        assert_int_equal(0, report_canonicalise(document, &again, &err));
        assert_string_equal(sources[0], text_string(&again));
        cJSON_Delete(document);
    }
    built_fini(&built);
}

static void parse_refuses_what_is_no_report(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *message; /* its beginning */
    } rows[] = {
        {"", "report: line 1, column 1: "},
        {"{\"cupel_report\":1,}", "report: line 1, column 19: "},
        {"{\"cupel_report\":1} x", "report: line 1, column 20: "},
        {"[]", "report: not a cupel report (\"cupel_report\" is not 1)"},
        {"{\"cupel_report\":\"1\"}", "report: not a cupel report (\"cupel_report\" is not 1)"},
        {"{\"cupel_report\":2}", "report: version 2, made by a newer cupel"},
        {"{\"cupel_report\":1}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":[]}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":{\"a\":{}}}", "report: there is no candidate in it"},
        {"{\"cupel_report\":1,\"candidates\":[{},{}]}", "report: holds 2 candidates; give it one"},
        {"{\"cupel_report\":1,\"cupel_report\":1}", "report: the key \"cupel_report\" occurs twice"},
        {"{\"cupel_report\":1,\"a\":\"\\u0000\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"a\":\"\xff\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"a\":\"\\ud800\"}", "report: a string is not valid UTF-8 without NULs"},
        {"{\"cupel_report\":1,\"candidates\":[{\"e\":1e999}]}",
         "report: a number is infinite or none at all"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char message[ERR_MESSAGE_MAX];
        assert_int_equal(ERR_INVALID, parse(rows[i].bytes, strlen(rows[i].bytes), message));
        if (strncmp(rows[i].message, message, strlen(rows[i].message)) != 0)
            assert_string_equal(rows[i].message, message);
    }
}

static void parse_notices_a_changed_view(void **state)
{
    (void)state;
    struct evidence evidence;
    struct built built;
    char message[ERR_MESSAGE_MAX];
    rich_evidence(&evidence);
    build(&evidence, &built);
    struct text bytes cleanup_text = {0};
    struct err err = {0};
    assert_int_equal(0, report_canonicalise(built.view, &bytes, &err));
    char *view = bytes.data;
    char *verdict = strstr(view, "\"verdict\":\"refused\"");
    assert_non_null(verdict);
    assert_int_equal(0, parse(view, strlen(view), message));
    memcpy(verdict, "\"verdict\":\"REFUSED\"", strlen("\"verdict\":\"refused\""));
    assert_int_equal(ERR_INVALID, parse(view, strlen(view), message));
    assert_non_null(strstr(message, "report: it was changed after it was made"));
    built_fini(&built);
}

static char *render_text(struct evidence *evidence, int width, bool color)
{
    struct text out = {0};
    struct built built;
    build(evidence, &built);
    report_format_text(built.view, color, width, &out);
    built_fini(&built);
    return text_take(&out);
}

/* The lines that do not depend on ids and digests, which other tests look at. */
static void card_reads_as_agreed(void **state)
{
    (void)state;
    struct evidence evidence;
    case_recommended(&evidence);
    case_add_stratum(evidence.workloads, "small", 0.96, 0.17, false);
    char *card = render_text(&evidence, 80, false);
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
        build(&evidence, &built);
        report_format_markdown(built.view, &markdown);
        built_fini(&built);
        case_recommended(&evidence);
        case_hold_out(evidence.workloads, rows[i].outcome);
        char *card = render_text(&evidence, 80, false);
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
        build(&evidence, &built);
        assert_value(built.document, "candidates/0/verdict", "\"recommended\"");
        assert_value(built.document, "candidates/0/measurements/0/layout/0/pairs/0/first", "\"base\"");
        assert_value(built.document, "candidates/0/measurements/1/layout/0/gain", "null");
        assert_value(built.document, "candidates/0/measurements/1/caution", "null");
        report_format_markdown(built.view, &markdown);
        built_fini(&built);
        case_recommended(&evidence);
        add_layout(evidence.workloads, rows[i].ratio);
        char *card = render_text(&evidence, 80, false);
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
    char *card = render_text(&evidence, 80, false);
    assert_non_null(strstr(card, "CONTRACT BROKEN  "));
    assert_non_null(strstr(card,
                           "\n  Finding 1  emptied  stdout /items in 37 samples of summary, first \"s-17\"\n"
                           "               before  [{\"id\":1}]\n"
                           "               after   []\n"
                           "               input   {\"id\": \"s-17\", \"stdin\": \"{\\\"n\\\":0}\"}\n"
                           "                       differs only when stdin /n is 0; 7 of 642 bytes, 31\n"
                           "                       inputs tried\n"
                           "  Finding 2  missing"));
    assert_non_null(
        strstr(card, "\n               input   none: the sample is held out: it is shown to nobody\n"));
    assert_non_null(strstr(card, "\n  Note 3     key-order"));
    assert_non_null(strstr(card, "\n  Replay     cupel reproduce "));
    assert_non_null(strstr(card, "\n               after   (absent)\n"));
    assert_null(strstr(card, "cupel show"));
    free(card);
    case_recommended(&evidence);
    case_fail(&evidence, STAGE_BUILD, "make ended with exit status 2", "a.c:1: error\nRECOMMENDED\n");
    card = render_text(&evidence, 80, false);
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
    build(&evidence, &built);
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
    build(&evidence, &built);
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
        char *card = render_text(&evidence, 90, false);
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
        rich_evidence(&evidence);
        case_add_stratum(evidence.workloads, "a rather long name of a stratum, indeed", 0.5, 0.1, false);
        case_fail(&evidence, STAGE_BUILD,
                  "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
                  "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword\n");
        char *card = render_text(&evidence, widths[i], false);
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
    char *plain = render_text(&evidence, 80, false);
    case_recommended(&evidence);
    char *color = render_text(&evidence, 80, true);
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

/* What a hostile patch, workload or stored report would like to be taken for something else. */
static const char hostile[] =
    "x\033[2J\033[1;32mRECOMMENDED\n\nRECOMMENDED  all good\r\n| a | b |\n## Approved "
    "@octocat #12 !3 ~l :+1: :ok: `code` **b** <img src=x onerror=a()> [l](http://e.vil) "
    "https://e.vil www.e.vil GH-7 </code></details> \xe2\x80\xae\xff \\* _i_ $m$\n/merge";

static void hostile_evidence(struct evidence *evidence)
{
    case_recommended(evidence);
    free(evidence->candidate_name);
    free(evidence->subject);
    free(evidence->author);
    free(evidence->workloads->name);
    evidence->candidate_name = memory_copy_string(hostile);
    evidence->subject = memory_copy_string(hostile);
    evidence->author = memory_copy_string(hostile);
    evidence->workloads->name = memory_copy_string(hostile);
    evidence->suspicions = case_strings(hostile);
    evidence->patch_notes = case_strings(hostile);
    evidence->workloads->measurement.continues =
        (struct continued){.pairs = 1,
                           .evaluation = memory_copy_string(hostile),
                           .at = memory_copy_string(hostile),
                           .environment = memory_copy_string(hostile)};
    case_add_stratum(evidence->workloads, hostile, 0.5, 0.1, false);
    case_add_finding(evidence->workloads, CLASS_VALUE, hostile, hostile, hostile);
    case_add_reproduction(evidence->workloads, hostile, NULL);
    struct reproduction *reproduction = evidence->workloads->contract.findings[0].reproduction;
    free(reproduction->differs_only_when);
    reproduction->differs_only_when = memory_copy_string(hostile);
    case_add_finding(evidence->workloads, CLASS_VALUE, hostile, hostile, hostile);
    case_add_reproduction(evidence->workloads, NULL, hostile);
    case_add_refusal(evidence, hostile, 1, hostile, hostile);
    case_fail(evidence, STAGE_BUILD, hostile, hostile);
}

static void card_shows_hostile_text_as_data(void **state)
{
    (void)state;
    struct evidence evidence;
    hostile_evidence(&evidence);
    char *card = render_text(&evidence, 80, false);
    for (const char *byte = card; *byte; byte++)
        assert_true(*byte == '\n' || (unsigned char)*byte >= 0x20);
    assert_null(strstr(card, "\xe2\x80\xae"));
    assert_non_null(strstr(card, "x\\x1b[2J"));
    char *rest = NULL;
    size_t claims = 0;
    for (char *line = strtok_r(card, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        claims += strncmp(line, "RECOMMENDED", 11) == 0;
    assert_int_equal(0, claims); /* the verdict is "refused", and no other line begins like one */
    free(card);
}

static void markdown_shows_hostile_text_as_data(void **state)
{
    (void)state;
    static const char *const never[] = {
        "@o",  " #12", "!3 ", "~l",   ":+1:",         ":ok:",         "`",    "**b**", "<img",
        "[l]", "](",   "://", "www.", "GH-7",         "\n/merge",     "\n##", "| a |", "\033",
        "_i_", "$m$",  "\\*", "\r",   "\xe2\x80\xae", "onerror=a()>",
    };
    struct evidence evidence;
    struct built built;
    struct text out cleanup_text = {0};
    hostile_evidence(&evidence);
    build(&evidence, &built);
    report_format_markdown(built.view, &out);
    const char *body = text_string(&out);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(body + 4, never[i]))
            fail_msg("\"%s\" is in\n%s", never[i], body);
    size_t opened = 0;
    size_t closed = 0;
    for (const char *found = body; (found = strstr(found, "<details")); found++)
        opened++;
    for (const char *found = body; (found = strstr(found, "</details>")); found++)
        closed++;
    assert_int_equal(opened, closed);
    built_fini(&built);
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
        build(&evidence, &built);
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
    build(&evidence, &built);
    report_format_markdown(built.view, &out);
    static const char *const lines[] = {
        "### cupel: recommended\n\n**15.8 % less CPU time (14.9–16.6 %) on summary; contract held over",
        "| workload | metric | change | 95 % interval | before | after | outcome |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | --- |\n"
        "| <code>summary</code> | CPU time | 15.8 % less | 14.9–16.6 % | 44.1 ms | 37.1 ms | improved |\n",
        "\n<details><summary>Contract held over 1,200 samples, 23,411 fields in 14 kinds</summary>\n\n- "
        "<code>summary</code>: a break in fewer than 0.25 % of requests like these could be missed (95 "
        "%)\n\n</details>\n",
        "\n- build: passed, 3.1 s\n",
        ("\n**Nothing was applied.** Read the patch; if you want it, sign for it. To decide: <code>cupel "
         "sign "),
        "</code>. The report again: <code>cupel show ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text_string(&out), lines[i]))
            fail_msg("\"%s\" is not in\n%s", lines[i], text_string(&out));
    built_fini(&built);
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
    build(&evidence, &built);
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
    build(&evidence, &built);
    report_format_text(built.view, false, 80, &text);
    assert_null(strstr(text_string(&text), "could be missed"));
    assert_null(strstr(text_string(&text), "of-summary"));
    const char *unused = strstr(text_string(&text), "noisy at /t");
    assert_non_null(unused);
    assert_null(strstr(unused + 1, "noisy at /t"));
    built_fini(&built);
}

static void views_survive_documents_of_any_shape(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "{\"cupel_report\":1,\"candidates\":[{}]}",
        "{\"cupel_report\":1,\"candidates\":[{\"verdict\":7,\"measurements\":{\"a\":3},\"contract\":[],"
        "\"stages\":\"x\"}]}",
        "{\"cupel_report\":1,\"candidates\":[{\"verdict\":\"recommended\\nX\",\"measurements\":[1,null,{"
        "\"gain\":[]}],"
        "\"screen\":{\"refusals\":[null]},\"contract\":{\"samples\":1,\"findings\":[3,{}]}}]}",
        "{\"cupel_report\":1,\"candidates\":[{\"contract\":{\"samples\":9,\"coverage\":[1,{},{\"bound\":"
        "\"x\","
        "\"compared\":1e308,\"strata\":[7,{},{\"compared\":3}],\"never_varied\":[1,{}],\"unwritten\":3}]}}]}",
        "{\"cupel_report\":1,\"candidates\":[{\"contract\":{\"samples\":-1e308,\"fields\":1e308},"
        "\"measurements\":[{\"before\":-1,\"gain\":{\"point\":1e300,\"low\":-1e300,\"high\":1e308}}]}]}",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct text out cleanup_text = {0};
        struct err err = {0};
        struct digest digest;
        cJSON *document = NULL;
        assert_int_equal(0, report_view_parse(documents[i], strlen(documents[i]), &document, &digest, &err));
        report_format_text(document, false, 80, &out);
        assert_non_null(strstr(text_string(&out), "UNKNOWN VERDICT"));
        text_clear(&out);
        report_format_markdown(document, &out);
        assert_non_null(strstr(text_string(&out), "unknown verdict"));
        cJSON_Delete(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_has_the_agreed_keys),
        cmocka_unit_test(document_is_the_same_for_the_same_evidence),
        cmocka_unit_test(document_makes_foreign_bytes_valid),
        cmocka_unit_test(parse_gives_back_what_was_written),
        cmocka_unit_test(parse_refuses_what_is_no_report),
        cmocka_unit_test(parse_notices_a_changed_view),
        cmocka_unit_test(card_reads_as_agreed),
        cmocka_unit_test(cards_show_what_held_out_samples_say),
        cmocka_unit_test(cards_show_what_layout_does),
        cmocka_unit_test(card_shows_findings_and_logs),
        cmocka_unit_test(views_say_what_is_continued),
        cmocka_unit_test(card_says_what_an_open_question_needs),
        cmocka_unit_test(card_keeps_its_width),
        cmocka_unit_test(card_has_color_only_when_asked),
        cmocka_unit_test(card_shows_hostile_text_as_data),
        cmocka_unit_test(markdown_shows_hostile_text_as_data),
        cmocka_unit_test(card_says_what_follows_a_decision),
        cmocka_unit_test(markdown_reads_as_agreed),
        cmocka_unit_test(views_say_what_was_seen),
        cmocka_unit_test(views_bound_no_break_that_was_found),
        cmocka_unit_test(views_survive_documents_of_any_shape),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
