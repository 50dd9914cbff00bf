/* One candidate as a comment for a forge: headline, table of figures, details folded away. */
#include "orchestrator/report/markdown.h"
#include "orchestrator/report/card.h"
#include "orchestrator/report/continued_words.h"
#include "orchestrator/report/counted_words.h"
#include "orchestrator/report/curves.h"
#include "orchestrator/report/layouts.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/parts_words.h"
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/ranked_words.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#include <math.h>
#include <string.h>

#define MARKDOWN_LOG_MAX 4000 /* bytes */

static void markdown_head(struct text *out, const cJSON *candidate)
{
    int verdict = verdict_by_name(member_string(candidate, "verdict"));
    text_printf(out, "### cupel: %s\n\n**",
                verdict < 0 ? "unknown verdict" : verdict_name((enum verdict)verdict));
    report_escape_markdown(out, member_string(candidate, "reason"), 2000);
    text_append_string(out, "**\n\n");
}

/* "| 15.8 % less | 14.9–16.6 % " */
static void markdown_gain(struct text *out, const cJSON *row)
{
    struct gain gain = member_gain(row);
    bool less = gain.point >= 0;
    text_append_string(out, " | ");
    if (!gain.known) {
        text_append_string(out, "unknown | ");
        return;
    }
    figure_append_percent(out, fabs(gain.point));
    text_append_string(out, less ? " less | " : " more | ");
    if (isfinite(gain.low) && isfinite(gain.high))
        figure_append_interval(out, less ? gain.low : -gain.high, less ? gain.high : -gain.low);
}

static void markdown_value(struct text *out, const cJSON *row, const char *key)
{
    int metric = metric_by_name(member_string(row, "metric"));
    text_append_string(out, " | ");
    if (metric >= 0)
        figure_append_value(out, (enum metric)metric, member_number(row, key));
}

static void markdown_metric(struct text *out, const cJSON *row)
{
    int metric = metric_by_name(member_string(row, "metric"));
    if (metric >= 0)
        text_append_string(out, figure_metric_words((enum metric)metric));
    else
        markdown_code_member(out, row, "metric");
}

static void markdown_stratum(struct text *out, const cJSON *stratum)
{
    text_append_string(out, "| stratum ");
    markdown_code_member(out, stratum, "name");
    text_append_string(out, " | ");
    if (isfinite(member_number(stratum, "weight")))
        figure_append_share(out, member_number(stratum, "weight"));
    text_append_string(out, " of production");
    markdown_gain(out, stratum);
    text_append_string(out, member_is_true(stratum, "harmful") ? " | | | **harmed** |\n" : " | | | |\n");
}

static void markdown_held_out(struct text *out, const cJSON *held_out)
{
    const char *outcome = member_string(held_out, "outcome");
    if (!cJSON_IsObject(held_out) || strcmp(outcome, held_out_outcome_name(HELD_OUT_NOT_ASKED)) == 0)
        return;
    text_append_string(out, "| held-out samples | ");
    markdown_gain(out, member_get(held_out, "held_out"));
    text_append_string(out, " | | | ");
    report_escape_markdown(out, outcome, 40);
    text_append_string(out, " |\n");
}

/* Once a workload: by its primary's row. */
static void markdown_continued(struct text *out, const cJSON *candidate)
{
    bool any = false;
    for (const cJSON *row = member_first(candidate, "measurements"); row; row = row->next) {
        struct text words cleanup_text = {0};
        if (strcmp(member_string(row, "role"), "primary") != 0 ||
            !continued_append_row(&words, row, report_escape_markdown))
            continue;
        text_append_string(out, "- ");
        markdown_code_member(out, row, "workload");
        text_printf(out, " %s\n", text_string(&words));
        any = true;
    }
    if (any)
        text_append_char(out, '\n');
}

static void markdown_figures(struct text *out, const cJSON *candidate)
{
    const cJSON *row = member_first(candidate, "measurements");
    if (!row)
        return;
    text_append_string(out, "| workload | metric | change | 95 % interval | before | after | outcome |\n"
                            "| --- | --- | ---: | ---: | ---: | ---: | --- |\n");
    for (; row; row = row->next) {
        text_append_string(out, "| ");
        markdown_code_member(out, row, "workload");
        text_append_string(out, " | ");
        markdown_metric(out, row);
        markdown_gain(out, row);
        markdown_value(out, row, "before");
        markdown_value(out, row, "after");
        text_append_string(out, " | ");
        report_escape_markdown(out, member_string(row, "outcome"), 40);
        struct text slack cleanup_text = {0};
        if (card_append_slack(&slack, row))
            text_printf(out, " (%s)", text_string(&slack));
        text_append_string(out, " |\n");
        for (const cJSON *each = member_first(row, "strata"); each; each = each->next)
            markdown_stratum(out, each);
        markdown_held_out(out, member_get(row, "held_out"));
    }
    text_append_char(out, '\n');
    markdown_continued(out, candidate);
}

/* Explains, where it came out alike each time; never decides. */
static void markdown_counted(struct text *out, const cJSON *candidate)
{
    for (const cJSON *each = member_first(candidate, "workloads"); each; each = each->next) {
        struct text words cleanup_text = {0};
        counted_append_words(&words, each, report_escape_markdown);
        if (words.length == 0)
            continue;
        text_append_string(out, "Counted in ");
        markdown_code_member(out, each, "name");
        text_printf(out, ": %s\n\n", text_string(&words));
    }
}

static void markdown_refusal(struct text *out, const cJSON *refusal)
{
    double line = member_number(refusal, "line");
    text_append_string(out, "- ");
    markdown_code_member(out, refusal, "path");
    if (line > 0)
        text_printf(out, " line %.0f", line);
    text_append_string(out, ": ");
    report_escape_markdown(out, member_string(refusal, "sentence"), CARD_VALUE_MAX);
    text_append_string(out, " (");
    markdown_code_member(out, refusal, "rule");
    text_append_string(out, ")\n");
}

static void markdown_sentence(struct text *out, const cJSON *sentence)
{
    text_append_string(out, "- ");
    report_escape_markdown(out, cJSON_IsString(sentence) ? sentence->valuestring : "", 1000);
    text_append_char(out, '\n');
}

static void markdown_screen(struct text *out, const cJSON *candidate)
{
    const cJSON *screen = member_get(candidate, "screen");
    bool refused = member_first(screen, "refusals") != NULL;
    if (member_first(candidate, "suspicions")) {
        markdown_open(out, "Signs of gaming", true);
        markdown_rows(out, candidate, "suspicions", markdown_sentence);
        markdown_close(out);
    }
    if (member_first(candidate, "observations")) {
        markdown_open(out, "New refused calls", false);
        markdown_rows(out, candidate, "observations", markdown_sentence);
        markdown_close(out);
    }
    if (!refused && !member_first(screen, "remarks"))
        return;
    markdown_open(out, refused ? "Refused by the policy" : "Remarked by the policy", refused);
    markdown_rows(out, screen, "refusals", markdown_refusal);
    markdown_rows(out, screen, "remarks", markdown_refusal);
    markdown_close(out);
}

/* In a pre element, which only its own end tag closes; one escaped line a line. */
static void markdown_log(struct text *out, const char *log)
{
    text_append_string(out, "<pre>");
    for (size_t used = 0; *log && used < MARKDOWN_LOG_MAX;) {
        char line[CARD_VALUE_MAX];
        size_t length = strcspn(log, "\n");
        size_t kept = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, log, kept);
        line[kept] = '\0';
        report_escape_markdown(out, line, sizeof line);
        text_append_char(out, '\n');
        used += kept + 1;
        log += length;
        log += *log == '\n';
    }
    text_append_string(out, "</pre>\n");
}

static void markdown_stages(struct text *out, const cJSON *candidate)
{
    const char *log = "";
    markdown_open(out, "Stages", false);
    for (const cJSON *stage = member_first(candidate, "stages"); stage; stage = stage->next) {
        const char *outcome = member_string(stage, "outcome");
        text_append_string(out, "- ");
        report_escape_markdown(out, member_string(stage, "name"), 40);
        text_append_string(out, ": ");
        report_escape_markdown(out, outcome, 40);
        if (strcmp(outcome, stage_outcome_name(STAGE_SKIPPED)) != 0 && member_number(stage, "seconds") > 0) {
            text_append_string(out, ", ");
            figure_append_seconds(out, member_number(stage, "seconds"));
        }
        text_append_char(out, '\n');
        if (strcmp(outcome, stage_outcome_name(STAGE_FAILED)) == 0)
            log = member_string(stage, "log");
    }
    if (*log) {
        text_append_char(out, '\n');
        markdown_log(out, log);
    }
    markdown_close(out);
}

/* A name stands in it, so it is code; the words around it are ours. */
static void markdown_part(struct text *out, const cJSON *part)
{
    text_printf(out, "| %.0f | %s%s%s | <code>", member_number(part, "id"), parts_is_bad(part) ? "**" : "",
                parts_class_words(part), parts_is_bad(part) ? "**" : "");
    parts_append_sentence(out, part, report_escape_markdown);
    text_append_string(out, "</code> |\n");
}

static void markdown_parts(struct text *out, const cJSON *candidate)
{
    const cJSON *attribution = member_get(candidate, "attribution");
    if (!member_first(attribution, "parts"))
        return;
    markdown_open(out, "Parts of the patch", true);
    parts_append_headline(out, attribution);
    text_append_string(out, ".\n\n| part | | what it does |\n| ---: | --- | --- |\n");
    for (const cJSON *part = member_first(attribution, "parts"); part; part = part->next)
        markdown_part(out, part);
    text_append_string(out, "\nOffered: ");
    parts_append_offer(out, attribution, report_escape_markdown);
    text_append_string(out, ".\n");
    if (*member_string(member_get(attribution, "offered"), "file")) {
        text_append_string(out, "\n<code>cupel run --patch ");
        report_escape_markdown(out, member_string(member_get(attribution, "offered"), "file"), 4096);
        text_append_string(out, "</code>\n");
    }
    markdown_close(out);
}

static void markdown_assumptions(struct text *out, const cJSON *view)
{
    if (!member_first(view, "assumptions"))
        return;
    markdown_open(out, "What was and was not measured", false);
    markdown_rows(out, view, "assumptions", markdown_sentence);
    markdown_close(out);
}

static void markdown_patch_line(struct text *out, const cJSON *view, const cJSON *candidate)
{
    const cJSON *patch = member_get(candidate, "patch");
    text_append_string(out, "Candidate ");
    markdown_code_member(out, candidate, "name");
    text_append_string(out, ": ");
    card_append_counted(out, member_number(patch, "files"), "file", "files");
    text_append_string(out, ", ");
    card_append_counted(out, member_number(patch, "added"), "line added, ", "lines added, ");
    figure_append_count(out, member_number(patch, "removed"));
    text_append_string(out, " removed, against ");
    markdown_code(out, member_string(member_get(view, "base"), "commit"), 12);
    text_append_string(out, ".\n\n");
    size_t before = out->length;
    ranked_append_claim(out, candidate, report_escape_markdown);
    text_append_string(out, out->length > before ? "\n\n" : "");
}

static void markdown_command(struct text *out, const char *words, const char *command, const cJSON *candidate)
{
    text_printf(out, " %s: <code>%s ", words, command);
    report_escape_markdown(out, member_string(candidate, "id"), 16);
    text_append_string(out, "</code>.");
}

static void markdown_foot(struct text *out, const cJSON *candidate)
{
    struct card_decision decision;
    text_append_string(out, "**Nothing was applied.** ");
    report_escape_markdown(out, member_string(candidate, "next_step"), 1000);
    if (card_find_decision(candidate, &decision)) {
        markdown_command(out, decision.words, decision.command, candidate);
        markdown_command(out, "The report again", "cupel show", candidate);
    }
    text_append_string(out, "\n\n<sub>Report ");
    markdown_code_member(out, candidate, "id");
    text_append_string(out, ", ");
    markdown_code_member(out, candidate, "digest");
    text_append_string(out, "</sub>\n");
}

void report_format_markdown(const cJSON *view, struct text *out)
{
    if (ranked_is_batch(view)) {
        ranked_format_markdown(view, out);
        return;
    }
    const cJSON *first = member_first(view, "candidates");
    for (const cJSON *candidate = first; candidate; candidate = candidate->next) {
        if (candidate != first)
            text_append_string(out, "\n---\n\n");
        markdown_head(out, candidate);
        markdown_figures(out, candidate);
        layouts_format_markdown(out, candidate);
        curves_format_markdown(out, candidate);
        markdown_counted(out, candidate);
        markdown_patch_line(out, view, candidate);
        markdown_screen(out, candidate);
        markdown_contract(out, candidate);
        markdown_parts(out, candidate);
        markdown_stages(out, candidate);
        markdown_assumptions(out, view);
        markdown_foot(out, candidate);
    }
}
