#include "orchestrator/report/card.h"
#include "orchestrator/report/covered.h"
#include "orchestrator/report/edges.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/report/reproductions.h"
#include "policies/figure.h"
#include "policies/foreign.h"

#include <string.h>

static bool card_is_broken(const cJSON *contract)
{
    for (const cJSON *each = member_first(contract, "findings"); each; each = each->next)
        if (member_is_true(each, "breaks"))
            return true;
    return false;
}

static void card_coverage(struct layout *layout, const cJSON *contract)
{
    bool broken = card_is_broken(contract);
    bool several = member_count(contract, "coverage") > 1;
    for (const cJSON *each = member_first(contract, "coverage"); each; each = each->next) {
        struct text words cleanup_text = {0};
        if (several) {
            report_escape_terminal(&words, member_string(each, "workload"), CARD_NAME_MAX);
            text_append_string(&words, ": ");
        }
        size_t length = words.length;
        covered_append_words(&words, each, broken, report_escape_terminal);
        if (words.length == length)
            continue;
        layout_label(layout, "Coverage");
        layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    }
}

static void card_contract_line(struct layout *layout, const cJSON *contract)
{
    double not_compared = member_number(contract, "not_compared");
    double samples = member_number(contract, "samples") - (not_compared > 0 ? not_compared : 0);
    bool broken = card_is_broken(contract);
    struct text words cleanup_text = {0};
    layout_label(layout, "Contract");
    if (!(samples > 0)) {
        layout_wrap(layout, STYLE_FAIR, "nothing compared");
        return;
    }
    layout_put(layout, broken ? STYLE_BAD : STYLE_GOOD, broken ? "broken" : "held");
    text_append_string(&words, " over ");
    card_append_counted(&words, samples, "sample", "samples");
    text_append_string(&words, ", ");
    card_append_counted(&words, member_number(contract, "fields"), "field", "fields");
    covered_append_kinds(&words, contract);
    if (not_compared > 0) {
        text_append_string(&words, "; not compared: ");
        card_append_counted(&words, not_compared, "sample", "samples");
    }
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

static void card_edges(struct layout *layout, const cJSON *contract)
{
    struct text words cleanup_text = {0};
    edges_append_words(&words, "", contract);
    if (words.length == 0)
        return;
    layout_label(layout, "Edges");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

static void card_remark(struct layout *layout, const char *remark)
{
    if (!*remark)
        return;
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL + 2);
    card_foreign(layout, STYLE_BOLD, remark, CARD_VALUE_MAX);
}

/* "input  {"id": "s-17", …}", what it hangs on, and how it was found; or why there is none. */
static void card_reproduction(struct layout *layout, const cJSON *reproduction)
{
    const cJSON *request = member_get(reproduction, "request");
    const char *when = member_string(reproduction, "differs_only_when");
    struct text words cleanup_text = {0};
    if (!cJSON_IsObject(reproduction))
        return;
    if (!cJSON_IsString(request)) {
        text_append_string(&words, "none: ");
        report_escape_terminal(&words, member_string(reproduction, "why_none"), CARD_VALUE_MAX);
        card_side_label(layout, "input");
        layout_wrap(layout, STYLE_DIM, text_string(&words));
        return;
    }
    card_side(layout, "input", cJSON_GetStringValue(request), CARD_VALUE_MAX);
    if (*when) {
        text_append_string(&words, "differs only when ");
        report_escape_terminal(&words, when, CARD_VALUE_MAX);
        text_append_string(&words, "; ");
    }
    reproductions_append_size(&words, reproduction);
    layout_end_line(layout);
    layout_go(layout, CARD_SIDE_COLUMN);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

/* "emptied  stdout /items in 37 samples of summary, first "s-17"" */
static void card_finding(struct layout *layout, const cJSON *finding)
{
    bool breaks = member_is_true(finding, "breaks");
    struct text words cleanup_text = {0};
    text_printf(&words, breaks ? "Finding %zu" : "Note %zu", reproductions_number(finding));
    layout_label(layout, text_string(&words));
    text_clear(&words);
    layout->hang = LAYOUT_LABEL + 2;
    card_foreign(layout, breaks ? STYLE_BAD : STYLE_FAIR, member_string(finding, "class"), 40);
    text_append_string(&words, "  ");
    report_escape_terminal(&words, member_string(finding, "part"), CARD_NAME_MAX);
    text_append_char(&words, ' ');
    report_escape_terminal(&words, member_string(finding, "pattern"), CARD_NAME_MAX);
    text_append_string(&words, *member_string(finding, "pattern") ? " in " : "in ");
    card_append_counted(&words, member_number(finding, "count"), "sample", "samples");
    text_append_string(&words, " of ");
    report_escape_terminal(&words, member_string(finding, "workload"), CARD_NAME_MAX);
    text_append_string(&words, ", first ");
    foreign_append_quoted(&words, member_string(finding, "sample"), CARD_NAME_MAX);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    card_remark(layout, edges_remark(finding));
    if (!breaks)
        return;
    const cJSON *shown = reproductions_shown(finding);
    if (shown != finding)
        card_reproduction(layout, shown);
    card_side(layout, "before", cJSON_GetStringValue(member_get(shown, "before")), CARD_VALUE_MAX);
    card_side(layout, "after", cJSON_GetStringValue(member_get(shown, "after")), CARD_VALUE_MAX);
    if (shown == finding)
        card_reproduction(layout, member_get(finding, "reproduction"));
}

/* A line of its own, to be copied. */
static void card_replay(struct layout *layout, const cJSON *candidate)
{
    const cJSON *finding = reproductions_first(candidate);
    struct text words cleanup_text = {0};
    if (!finding)
        return;
    text_append_string(&words, "cupel reproduce ");
    report_escape_terminal(&words, member_string(candidate, "id"), 16);
    text_printf(&words, " %zu", reproductions_number(finding));
    layout_label(layout, "Replay");
    layout_put(layout, STYLE_BOLD, text_string(&words));
}

/* "stdout /updated_at: 1,200 × value, by noisy at /updated_at" */
static void card_excuse(struct layout *layout, const cJSON *excuse)
{
    struct text words cleanup_text = {0};
    layout_label(layout, "Excused");
    report_escape_terminal(&words, member_string(excuse, "part"), CARD_NAME_MAX);
    text_append_char(&words, ' ');
    report_escape_terminal(&words, member_string(excuse, "pattern"), CARD_NAME_MAX);
    text_append_string(&words, ": ");
    figure_append_count(&words, member_number(excuse, "count"));
    text_append_string(&words, " × ");
    report_escape_terminal(&words, member_string(excuse, "class"), 40);
    text_append_string(&words, ", by ");
    report_escape_terminal(&words, member_string(excuse, "by"), CARD_NAME_MAX);
    if (member_number(excuse, "asked") > 0) {
        text_append_string(&words, " (");
        figure_append_count(&words, member_number(excuse, "evidence"));
        text_append_string(&words, " of ");
        figure_append_count(&words, member_number(excuse, "asked"));
        text_append_string(&words, " base answers differ there)");
    }
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

/* A rule that no workload needs has a row in each of them, and is told once. */
static void card_unused_rule(struct layout *layout, const cJSON *unused)
{
    for (const cJSON *before = unused->prev; before && before->next; before = before->prev)
        if (!strcmp(member_string(before, "rule"), member_string(unused, "rule")))
            return;
    layout_label(layout, "Unused");
    card_foreign(layout, STYLE_PLAIN, member_string(unused, "rule"), CARD_NAME_MAX);
}

static void card_refusal(struct layout *layout, const cJSON *refusal)
{
    struct text place cleanup_text = {0};
    double line = member_number(refusal, "line");
    report_escape_terminal(&place, member_string(refusal, "path"), CARD_NAME_MAX);
    if (line > 0)
        text_printf(&place, ":%.0f", line);
    layout->hang = LAYOUT_LABEL + 2;
    layout_wrap(layout, STYLE_BOLD, text_string(&place));
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL + 2);
    card_foreign(layout, STYLE_PLAIN, member_string(refusal, "sentence"), CARD_VALUE_MAX);
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL + 2);
    card_foreign(layout, STYLE_DIM, member_string(refusal, "rule"), CARD_NAME_MAX);
}

static void card_refused(struct layout *layout, const cJSON *refusal)
{
    layout_label(layout, "Refused");
    card_refusal(layout, refusal);
}

static void card_remarked(struct layout *layout, const cJSON *remark)
{
    layout_label(layout, "Remarked");
    card_refusal(layout, remark);
}

static void card_suspicion(struct layout *layout, const cJSON *suspicion)
{
    layout_label(layout, "Suspicious");
    card_foreign(layout, STYLE_BAD, cJSON_IsString(suspicion) ? suspicion->valuestring : "", CARD_VALUE_MAX);
}

static void card_observation(struct layout *layout, const cJSON *observation)
{
    layout_label(layout, "Observed");
    card_foreign(layout, STYLE_PLAIN, cJSON_IsString(observation) ? observation->valuestring : "",
                 CARD_VALUE_MAX);
}

/* The first rows of a list, and how many there are besides. */
static void card_rows(struct layout *layout, const cJSON *object, const char *key,
                      void (*each)(struct layout *layout, const cJSON *row))
{
    size_t shown = 0;
    const cJSON *row = member_first(object, key);
    for (; row && shown < CARD_ROWS_MAX; row = row->next, shown++)
        each(layout, row);
    size_t count = member_count(object, key);
    if (count <= shown)
        return;
    struct text words cleanup_text = {0};
    text_printf(&words, "and %zu more in the report", count - shown);
    layout_label(layout, "");
    layout_put(layout, STYLE_DIM, text_string(&words));
}

void card_contract(struct layout *layout, const cJSON *candidate)
{
    const cJSON *contract = member_get(candidate, "contract");
    if (!(member_number(contract, "samples") > 0) && !(member_number(contract, "not_compared") > 0))
        return;
    card_contract_line(layout, contract);
    card_coverage(layout, contract);
    card_edges(layout, contract);
    card_rows(layout, contract, "findings", card_finding);
    card_replay(layout, candidate);
    card_rows(layout, contract, "excused", card_excuse);
    card_rows(layout, contract, "unused_rules", card_unused_rule);
    layout_blank_line(layout);
}

void card_screen(struct layout *layout, const cJSON *candidate)
{
    const cJSON *screen = member_get(candidate, "screen");
    card_rows(layout, candidate, "suspicions", card_suspicion);
    card_rows(layout, candidate, "observations", card_observation);
    card_rows(layout, screen, "refusals", card_refused);
    card_rows(layout, screen, "remarks", card_remarked);
    if (layout->column > 0)
        layout_blank_line(layout);
}
