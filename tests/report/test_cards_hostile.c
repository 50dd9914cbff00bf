/* Foreign text in a document stays data in every view, and no document breaks one. */
#include "base/memory.h"
#include "tests/report/built.h"
#include "workloads/contract/reproduction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    char *card = built_render_text(&evidence, 80, false);
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
    built_make(&evidence, &built);
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
        cmocka_unit_test(card_shows_hostile_text_as_data),
        cmocka_unit_test(markdown_shows_hostile_text_as_data),
        cmocka_unit_test(views_survive_documents_of_any_shape),
    };
    return cmocka_run_group_tests_name("cards_hostile", tests, NULL, NULL);
}
