#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/report/reproductions.h"

void reproductions_format_markdown(struct text *out, const cJSON *finding)
{
    const cJSON *reproduction = member_get(finding, "reproduction");
    const char *when = member_string(reproduction, "differs_only_when");
    if (!cJSON_IsObject(reproduction))
        return;
    text_append_string(out, "  - smallest input: ");
    if (!cJSON_IsString(member_get(reproduction, "request"))) {
        text_append_string(out, "none, ");
        report_escape_markdown(out, member_string(reproduction, "why_none"), CARD_VALUE_MAX);
        text_append_char(out, '\n');
        return;
    }
    text_append_string(out, "<code>");
    report_escape_markdown(out, member_string(reproduction, "request"), CARD_VALUE_MAX);
    text_append_string(out, "</code> (");
    reproductions_append_size(out, reproduction);
    text_append_string(out, ")\n");
    if (!*when)
        return;
    text_append_string(out, "  - differs only when <code>");
    report_escape_markdown(out, when, CARD_VALUE_MAX);
    text_append_string(out, "</code>\n");
}

void reproductions_format_markdown_replay(struct text *out, const cJSON *candidate)
{
    const cJSON *finding = reproductions_first(candidate);
    if (!finding)
        return;
    text_append_string(out, "- replay: <code>cupel reproduce ");
    report_escape_markdown(out, member_string(candidate, "id"), 16);
    text_printf(out, " %zu</code>\n", reproductions_number(finding));
}
