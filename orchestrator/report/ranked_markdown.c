/* A batch as a comment for a forge: a table of those recommended, everything else folded away. */
#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/ranked_words.h"
#include "orchestrator/report/report.h"
#include "policies/foreign.h"

#include <string.h>

#define RANKED_CARDS_MAX  20  /* recommended ones shown */
#define RANKED_GROUP_MAX  20  /* rows of one verdict */
#define RANKED_OTHERS_MAX 100 /* rows of all verdicts together: a forge cuts long comments */
#define RANKED_ALIKE_MAX  5   /* duplicates named of one candidate */

static void ranked_code(struct text *out, const char *foreign, size_t limit)
{
    text_append_string(out, "<code>");
    report_escape_markdown(out, foreign, limit);
    text_append_string(out, "</code>");
}

static void ranked_quoted_name(struct text *out, const cJSON *candidate)
{
    struct text quoted cleanup_text = {0};
    foreign_append_quoted(&quoted, member_string(candidate, "name"), CARD_NAME_MAX);
    ranked_code(out, text_string(&quoted), quoted.length);
}

/* A cell with a line for each workload. */
static void ranked_cell_gains(struct text *out, const cJSON *candidate)
{
    const cJSON *first = member_first(candidate, "workloads");
    for (const cJSON *each = first; each; each = each->next) {
        text_append_string(out, each == first ? "" : "<br>");
        ranked_code(out, member_string(each, "name"), CARD_NAME_MAX);
        text_append_char(out, ' ');
        ranked_append_gain(out, candidate, member_string(each, "name"));
    }
}

static void ranked_cell_guardrails(struct text *out, const cJSON *candidate)
{
    const cJSON *first = member_first(candidate, "workloads");
    for (const cJSON *each = first; each; each = each->next) {
        text_append_string(out, each == first ? "" : "<br>");
        ranked_append_guardrails(out, candidate, member_string(each, "name"));
    }
}

static void ranked_cell_contract(struct text *out, const cJSON *candidate)
{
    const cJSON *first = member_first(candidate, "workloads");
    for (const cJSON *each = first; each; each = each->next) {
        text_append_string(out, each == first ? "" : "<br>");
        text_append_string(out, ranked_contract_words(candidate, member_string(each, "name")));
    }
}

static void ranked_row(struct text *out, const cJSON *candidate)
{
    text_printf(out, "| %.0f | ", member_number(candidate, "rank"));
    ranked_code(out, member_string(candidate, "id"), 12);
    text_printf(out, " | %s | ", ranked_verdict_words(candidate));
    ranked_cell_gains(out, candidate);
    text_append_string(out, " | ");
    ranked_cell_guardrails(out, candidate);
    text_append_string(out, " | ");
    ranked_cell_contract(out, candidate);
    text_append_string(out, " | ");
    ranked_append_lines(out, candidate);
    text_append_string(out, " | ");
    ranked_append_per_line(out, candidate);
    text_append_string(out, " | ");
    ranked_append_money(out, candidate);
    text_append_string(out, " | ");
    ranked_quoted_name(out, candidate);
    text_append_string(out, " |\n");
}

static void ranked_table(struct text *out, const cJSON *first)
{
    size_t shown = 0;
    if (!ranked_is_recommended(first))
        return;
    text_append_string(
        out, "| rank | id | verdict | gain, 95 % interval | guardrails | contract | lines | gain a line | "
             "a month | candidate |\n"
             "| ---: | --- | --- | --- | --- | --- | ---: | ---: | ---: | --- |\n");
    for (; first && ranked_is_recommended(first) && shown < RANKED_CARDS_MAX; first = first->next, shown++)
        ranked_row(out, first);
    text_append_char(out, '\n');
}

static void ranked_paragraph(struct text *out, struct text *words)
{
    if (words->length > 0)
        text_printf(out, "%s\n\n", text_string(words));
    text_clear(words);
}

static void ranked_card(struct text *out, const cJSON *candidate)
{
    struct text words cleanup_text = {0};
    text_printf(out, "<details><summary>%.0f: ", member_number(candidate, "rank"));
    ranked_quoted_name(out, candidate);
    text_append_string(out, "</summary>\n\n");
    report_escape_markdown(&words, member_string(candidate, "reason"), 2000);
    ranked_paragraph(out, &words);
    ranked_append_estimate(&words, candidate);
    ranked_paragraph(out, &words);
    ranked_append_claim(&words, candidate, report_escape_markdown);
    ranked_paragraph(out, &words);
    ranked_append_duplicates(&words, candidate, RANKED_ALIKE_MAX, report_escape_markdown);
    ranked_paragraph(out, &words);
    ranked_append_next(&words, candidate);
    ranked_paragraph(out, &words);
    text_append_string(out, "<sub>Report ");
    ranked_code(out, member_string(candidate, "digest"), 80);
    text_append_string(out, "</sub>\n\n</details>\n\n");
}

static void ranked_together(struct text *out, const cJSON *view)
{
    struct text words cleanup_text = {0};
    const cJSON *batch = member_get(view, "batch");
    size_t count = member_count(batch, "conflicts");
    size_t shown = 0;
    ranked_append_together(&words, view, report_escape_markdown);
    if (words.length == 0)
        return;
    ranked_paragraph(out, &words);
    const cJSON *each = member_first(batch, "conflicts");
    for (; each && shown < RANKED_GROUP_MAX; each = each->next, shown++) {
        text_append_string(out, "- ");
        ranked_append_conflict(out, each, report_escape_markdown);
        text_append_char(out, '\n');
    }
    if (shown < count)
        text_printf(out, "- and %zu more\n", count - shown);
    text_append_string(out, count > 0 ? "\n" : "");
}

static const cJSON *ranked_group(struct text *out, const cJSON *first, size_t *budget)
{
    size_t count = ranked_group_size(first);
    size_t shown = 0;
    text_append_string(out, "<details><summary>");
    ranked_append_group(out, first);
    text_append_string(out, "</summary>\n\n| id | candidate | reason |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++, first = first->next) {
        if (shown >= RANKED_GROUP_MAX || *budget == 0)
            continue;
        text_append_string(out, "| ");
        ranked_code(out, member_string(first, "id"), 12);
        text_append_string(out, " | ");
        ranked_quoted_name(out, first);
        text_append_string(out, " | ");
        report_escape_markdown(out, member_string(first, "reason"), 400);
        text_append_string(out, " |\n");
        shown++;
        --*budget;
    }
    if (shown < count)
        text_printf(out, "\nand %zu more: <code>cupel list</code>, <code>cupel show ID</code>\n",
                    count - shown);
    text_append_string(out, "\n</details>\n\n");
    return first;
}

void ranked_format_markdown(const cJSON *view, struct text *out)
{
    struct text words cleanup_text = {0};
    size_t budget = RANKED_OTHERS_MAX;
    size_t shown = 0;
    const cJSON *each = member_first(view, "candidates");
    text_append_string(out, "### ");
    ranked_append_headline(out, view);
    text_append_string(out, "\n\n");
    ranked_append_family(&words, view);
    ranked_paragraph(out, &words);
    ranked_table(out, each);
    for (; each && ranked_is_recommended(each); each = each->next)
        if (shown++ < RANKED_CARDS_MAX)
            ranked_card(out, each);
    if (shown > RANKED_CARDS_MAX)
        text_printf(out, "and %zu more recommended: <code>cupel list</code>\n\n", shown - RANKED_CARDS_MAX);
    ranked_together(out, view);
    while (each)
        each = ranked_group(out, each, &budget);
    text_append_string(out, "**Nothing was applied.**\n");
}
