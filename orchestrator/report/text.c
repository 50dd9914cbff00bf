/* One candidate as a card for a terminal:
 * the verdict first, then why, figures, contract, and what to do now. */
#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/ranked_words.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"
#include "policies/foreign.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define TEXT_WIDTH_MIN  40
#define TEXT_WIDTH_MAX  100 /* longer lines are hard to read */
#define TEXT_DIGEST_MAX 39  /* "sha256:" and 32 digits; signing asks for the first eight */

static enum layout_style text_verdict_style(const char *verdict)
{
    static const enum layout_style styles[] = {
        [0] = STYLE_GOOD, [1] = STYLE_OPEN, [3] = STYLE_FAIR, [4] = STYLE_OPEN, [8] = STYLE_BAD,
    };
    int known = verdict_by_name(verdict);
    return known < 0 ? STYLE_BAD : styles[verdict_exit_status((enum verdict)known)];
}

/* Only a name of ours is shown large; anything else is quoted, so that it can't look like one. */
static void text_verdict(struct layout *layout, const char *verdict)
{
    struct text words cleanup_text = {0};
    if (verdict_by_name(verdict) >= 0)
        for (const char *at = verdict; *at; at++)
            text_append_char(&words, *at == '-' ? ' ' : (char)toupper((unsigned char)*at));
    else
        text_append_string(&words, "UNKNOWN VERDICT");
    layout_put(layout, text_verdict_style(verdict), text_string(&words));
}

/* RECOMMENDED  "name of the candidate"                  id */
static void text_head(struct layout *layout, const cJSON *candidate)
{
    struct text name cleanup_text = {0};
    struct text fitted cleanup_text = {0};
    struct text id cleanup_text = {0};
    text_verdict(layout, member_string(candidate, "verdict"));
    report_escape_terminal(&id, member_string(candidate, "id"), 16);
    int room = layout->width - layout->column - 4 - layout_columns(text_string(&id));
    if (room > 0) {
        foreign_append_quoted(&name, member_string(candidate, "name"), CARD_NAME_MAX);
        layout_fit(&fitted, text_string(&name), room);
        layout_put(layout, STYLE_PLAIN, "  ");
        layout_put(layout, STYLE_BOLD, text_string(&fitted));
    }
    layout_put_right(layout, STYLE_DIM, text_string(&id), layout->width - layout->column);
    layout_end_line(layout);
    for (int column = 0; column < layout->width; column++)
        layout_put(layout, STYLE_DIM, "─");
    layout_end_line(layout);
    layout->hang = 0;
    card_foreign(layout, STYLE_PLAIN, member_string(candidate, "reason"), 2000);
    layout_blank_line(layout);
}

static void text_claim(struct layout *layout, const cJSON *candidate)
{
    struct text words cleanup_text = {0};
    ranked_append_claim(&words, candidate, report_escape_terminal);
    if (words.length == 0)
        return;
    layout_label(layout, "Claimed");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

static void text_patch(struct layout *layout, const cJSON *candidate)
{
    struct text line cleanup_text = {0};
    const cJSON *patch = member_get(candidate, "patch");
    const char *subject = member_string(patch, "subject");
    const char *author = member_string(patch, "author");
    layout_label(layout, "Patch");
    card_append_counted(&line, member_number(patch, "files"), "file", "files");
    text_append_string(&line, ", ");
    card_append_counted(&line, member_number(patch, "added"), "line added, ", "lines added, ");
    figure_append_count(&line, member_number(patch, "removed"));
    text_append_string(&line, " removed");
    layout_wrap(layout, STYLE_PLAIN, text_string(&line));
    if (*subject || *author) {
        text_clear(&line);
        foreign_append_quoted(&line, subject, CARD_NAME_MAX);
        if (*author) {
            text_append_string(&line, " by ");
            foreign_append_quoted(&line, author, CARD_NAME_MAX);
        }
        layout_end_line(layout);
        layout_go(layout, LAYOUT_LABEL);
        layout_wrap(layout, STYLE_PLAIN, text_string(&line));
    }
    text_claim(layout, candidate);
    for (const cJSON *note = member_first(patch, "notes"); note; note = note->next) {
        layout_label(layout, "Repaired");
        card_foreign(layout, STYLE_PLAIN, cJSON_IsString(note) ? note->valuestring : "", CARD_VALUE_MAX);
    }
}

static void text_base(struct layout *layout, const cJSON *view, const cJSON *candidate)
{
    const cJSON *base = member_get(view, "base");
    struct text line cleanup_text = {0};
    layout_label(layout, "Base");
    text_append_string(&line, "commit ");
    report_escape_terminal(&line, member_string(base, "commit"), 12);
    text_append_string(&line, ", policy ");
    report_escape_terminal(&line, member_string(member_get(view, "policy"), "name"), CARD_NAME_MAX);
    layout_wrap(layout, STYLE_PLAIN, text_string(&line));
    const char *digest = member_string(candidate, "digest");
    if (*digest) {
        layout_label(layout, "Report");
        card_foreign(layout, STYLE_PLAIN, digest, TEXT_DIGEST_MAX);
    }
}

static void text_machine(struct layout *layout, const cJSON *view)
{
    static const char *const keys[] = {"cpu", "kernel"};
    const cJSON *environment = member_get(view, "environment");
    struct text line cleanup_text = {0};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        report_escape_terminal(&line, member_string(environment, keys[i]), CARD_NAME_MAX);
        text_append_string(&line, *member_string(environment, keys[i]) ? ", " : "");
    }
    text_append_string(&line, "isolation ");
    report_escape_terminal(&line, member_string(environment, "isolation"), CARD_NAME_MAX);
    bool noted = false;
    const cJSON *floor = member_first(environment, "noise_floor");
    for (; floor; floor = floor->next) {
        if (!cJSON_IsNumber(floor) || !floor->string)
            continue;
        text_append_string(&line, noted ? ", " : "; noise: ");
        noted = true;
        card_append_metric(&line, floor->string);
        text_append_char(&line, ' ');
        figure_append_percent(&line, floor->valuedouble);
    }
    const char *calibrated = member_string(member_get(environment, "calibration"), "created");
    if (*calibrated) {
        char date[sizeof "2026-01-01"];
        snprintf(date, sizeof date, "%s", calibrated);
        text_append_string(&line, "; calibrated ");
        report_escape_terminal(&line, date, CARD_NAME_MAX);
    }
    layout_label(layout, "Machine");
    layout_wrap(layout, STYLE_PLAIN, text_string(&line));
}

static void text_assumptions(struct layout *layout, const cJSON *view)
{
    const char *label = "Assumed";
    for (const cJSON *each = member_first(view, "assumptions"); each; each = each->next) {
        layout_label(layout, label);
        layout->hang = LAYOUT_LABEL + 2;
        layout_put(layout, STYLE_DIM, "- ");
        card_foreign(layout, STYLE_PLAIN, cJSON_IsString(each) ? each->valuestring : "", 1000);
        label = "";
    }
}

/* A line of its own, to be copied. */
static void text_command(struct layout *layout, const char *words, const char *command,
                         const cJSON *candidate)
{
    struct text line cleanup_text = {0};
    text_printf(&line, "%s: %s ", words, command);
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL);
    layout_put(layout, STYLE_PLAIN, text_string(&line));
    card_foreign(layout, STYLE_BOLD, member_string(candidate, "id"), 16);
}

static void text_next_step(struct layout *layout, const cJSON *candidate)
{
    struct card_decision decision;
    layout_blank_line(layout);
    layout_label(layout, "Next");
    layout_wrap(layout, STYLE_BOLD, "Nothing was applied. ");
    layout_put(layout, STYLE_PLAIN, " ");
    card_foreign(layout, STYLE_PLAIN, member_string(candidate, "next_step"), 1000);
    if (card_find_decision(candidate, &decision)) {
        text_command(layout, decision.words, decision.command, candidate);
        text_command(layout, "The report again", "cupel show", candidate);
    }
    layout_end_line(layout);
}

void report_format_text(const cJSON *view, bool color, int width, struct text *out)
{
    struct layout layout = {.out = out, .color = color};
    if (ranked_is_batch(view)) {
        ranked_format_text(view, color, width, out);
        return;
    }
    layout.width = width < TEXT_WIDTH_MIN ? TEXT_WIDTH_MIN : width > TEXT_WIDTH_MAX ? TEXT_WIDTH_MAX : width;
    const cJSON *first = member_first(view, "candidates");
    for (const cJSON *candidate = first; candidate; candidate = candidate->next) {
        if (candidate != first)
            layout_blank_line(&layout);
        text_head(&layout, candidate);
        card_figures(&layout, candidate);
        card_screen(&layout, candidate);
        card_contract(&layout, candidate);
        card_parts(&layout, candidate);
        card_stages(&layout, candidate);
        text_patch(&layout, candidate);
        text_base(&layout, view, candidate);
        text_machine(&layout, view);
        text_assumptions(&layout, view);
        text_next_step(&layout, candidate);
    }
}
