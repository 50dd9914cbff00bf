/* How the cost grows with n, in Markdown: its sentences, and a table of the sizes. */
#include "orchestrator/report/curves.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#include <math.h>

#define CURVES_SENTENCE 1000 /* bytes shown of one */

static void curves_write_row(struct text *out, const cJSON *curve, const cJSON *value)
{
    double saved = curves_saved(value);
    text_append_string(out, "| ");
    figure_append_count(out, member_number(value, "n"));
    text_append_string(out, " | ");
    curves_append_cost(out, curve, value, "base");
    text_append_string(out, " | ");
    curves_append_cost(out, curve, value, "candidate");
    text_append_string(out, " | ");
    figure_append_percent(out, fabs(saved));
    text_append_string(out, saved >= 0 ? " less |\n" : " more |\n");
}

static void curves_write(struct text *out, const cJSON *row, const cJSON *curve)
{
    text_append_string(out, "<details><summary>How the cost of <code>");
    report_escape_markdown(out, member_string(row, "workload"), 120);
    text_append_string(out, "</code> grows</summary>\n\n");
    for (const cJSON *each = member_first(curve, "sentences"); each; each = each->next) {
        text_append_string(out, "- ");
        report_escape_markdown(out, cJSON_IsString(each) ? each->valuestring : "", CURVES_SENTENCE);
        text_append_char(out, '\n');
    }
    if (curves_first(curve))
        text_append_string(out, "\n| n | before | after | change |\n| ---: | ---: | ---: | ---: |\n");
    for (const cJSON *value = curves_first(curve); value; value = curves_next(value))
        curves_write_row(out, curve, value);
    text_append_string(out, "\n</details>\n\n");
}

void curves_format_markdown(struct text *out, const cJSON *candidate)
{
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next)
        if (cJSON_IsObject(member_get(row, "curve")))
            curves_write(out, row, member_get(row, "curve"));
}
