/* The contract in Markdown. */
#include "orchestrator/report/card.h"
#include "orchestrator/report/covered.h"
#include "orchestrator/report/edges.h"
#include "orchestrator/report/markdown.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/report/reproductions.h"
#include "policies/figure.h"

static void markdown_value_line(struct text *out, const char *words, const cJSON *value)
{
    text_printf(out, "  - %s: ", words);
    if (cJSON_IsString(value))
        markdown_code(out, value->valuestring, CARD_VALUE_MAX);
    else
        text_append_string(out, "absent");
    text_append_char(out, '\n');
}

static void markdown_finding(struct text *out, const cJSON *finding)
{
    text_printf(out, member_is_true(finding, "breaks") ? "- %zu: **" : "- %zu, note: **",
                reproductions_number(finding));
    report_escape_markdown(out, member_string(finding, "class"), 40);
    text_append_string(out, "** at ");
    markdown_code_member(out, finding, "part");
    if (*member_string(finding, "pattern")) { /* "" is the whole part */
        text_append_char(out, ' ');
        markdown_code_member(out, finding, "pattern");
    }
    text_append_string(out, ", ");
    card_append_counted(out, member_number(finding, "count"), "sample", "samples");
    text_append_string(out, " of ");
    markdown_code_member(out, finding, "workload");
    text_append_string(out, ", first ");
    markdown_code_member(out, finding, "sample");
    text_append_char(out, '\n');
    edges_append_remark(out, finding);
    const cJSON *shown = reproductions_shown(finding);
    if (shown != finding)
        reproductions_format_markdown(out, finding);
    markdown_value_line(out, "before", member_get(shown, "before"));
    markdown_value_line(out, "after", member_get(shown, "after"));
    if (shown == finding)
        reproductions_format_markdown(out, finding);
}

static void markdown_excuse(struct text *out, const cJSON *excuse)
{
    text_append_string(out, "- excused: ");
    figure_append_count(out, member_number(excuse, "count"));
    text_append_string(out, " × ");
    report_escape_markdown(out, member_string(excuse, "class"), 40);
    text_append_string(out, " at ");
    markdown_code_member(out, excuse, "part");
    text_append_char(out, ' ');
    markdown_code_member(out, excuse, "pattern");
    text_append_string(out, ", by ");
    markdown_code_member(out, excuse, "by");
    text_append_char(out, '\n');
}

static void markdown_unused_rule(struct text *out, const cJSON *unused)
{
    text_append_string(out, "- rule that matched nothing: ");
    markdown_code_member(out, unused, "rule");
    text_append_char(out, '\n');
}

/* What was seen and what was not, a workload a line. */
static void markdown_covered(struct text *out, const cJSON *contract, bool broken)
{
    for (const cJSON *row = member_first(contract, "coverage"); row; row = row->next) {
        struct text words cleanup_text = {0};
        covered_append_words(&words, row, broken, report_escape_markdown);
        if (!words.length)
            continue;
        text_append_string(out, "- ");
        markdown_code_member(out, row, "workload");
        text_printf(out, ": %s\n", text_string(&words));
    }
}

void markdown_contract(struct text *out, const cJSON *candidate)
{
    const cJSON *contract = member_get(candidate, "contract");
    bool broken = false;
    double not_compared = member_number(contract, "not_compared");
    double samples = member_number(contract, "samples") - (not_compared > 0 ? not_compared : 0);
    struct text summary cleanup_text = {0};
    for (const cJSON *each = member_first(contract, "findings"); each; each = each->next)
        broken = broken || member_is_true(each, "breaks");
    if (!(samples > 0) && !(not_compared > 0))
        return;
    text_append_string(&summary, broken ? "Contract broken over " : "Contract held over ");
    card_append_counted(&summary, samples, "sample", "samples");
    text_append_string(&summary, ", ");
    card_append_counted(&summary, member_number(contract, "fields"), "field", "fields");
    covered_append_kinds(&summary, contract);
    if (not_compared > 0) {
        text_append_string(&summary, ", not compared: ");
        figure_append_count(&summary, not_compared);
    }
    edges_append_words(&summary, "; ", contract);
    markdown_open(out, text_string(&summary), broken);
    markdown_rows(out, contract, "findings", markdown_finding);
    reproductions_format_markdown_replay(out, candidate);
    markdown_rows(out, contract, "excused", markdown_excuse);
    markdown_rows(out, contract, "unused_rules", markdown_unused_rule);
    markdown_covered(out, contract, broken);
    markdown_close(out);
}
