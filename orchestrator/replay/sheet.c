#include "orchestrator/replay/replay.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/report.h"

#include <string.h>

#define SHEET_FINDINGS  40  /* rows shown; the rest is counted */
#define SHEET_INPUT_MAX 600 /* bytes shown */

static bool sheet_is_finding(const struct replay *replay, const struct finding *finding)
{
    return strcmp(finding_class_name(finding->class), replay->finding.class) == 0 &&
           strcmp(finding->part, replay->finding.part) == 0 &&
           strcmp(finding->pattern, replay->finding.pattern) == 0;
}

bool replay_is_reproduced(const struct replay *replay)
{
    for (size_t i = 0; !replay->problem && i < replay->summary->finding_count; i++)
        if (sheet_is_finding(replay, &replay->summary->findings[i]))
            return true;
    return false;
}

/* "Reproduced: finding 1 of 3f2a…, emptied stdout /items" */
static void sheet_conclusion(struct layout *layout, const struct replay *replay)
{
    struct text words cleanup_text = {0};
    const struct replay_finding *finding = &replay->finding;
    bool reproduced = replay_is_reproduced(replay);
    layout_put(layout, reproduced ? STYLE_BAD : STYLE_OPEN, reproduced ? "Reproduced" : "Not reproduced");
    text_printf(&words, ": finding %zu of report ", finding->number);
    report_escape_terminal(&words, replay->report, 16);
    text_append_string(&words, ", ");
    report_escape_terminal(&words, finding->class, 40);
    text_append_char(&words, ' ');
    report_escape_terminal(&words, finding->part, CARD_NAME_MAX);
    text_append_string(&words, *finding->pattern ? " " : "");
    report_escape_terminal(&words, finding->pattern, CARD_NAME_MAX);
    text_append_string(&words, ", workload ");
    report_escape_terminal(&words, finding->workload, CARD_NAME_MAX);
    text_append_string(&words, ".");
    if (!reproduced && !replay->problem)
        text_append_string(&words, contract_breaks(replay->summary) > 0
                                       ? " Base and candidate differ, but not so."
                                       : " Base and candidate answer alike.");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

/* "value  stdout /items/3/price" */
static void sheet_finding(struct layout *layout, const struct finding *finding)
{
    bool breaks = finding->class < CLASS_FIRST_NOTE;
    struct text words cleanup_text = {0};
    layout_label(layout, breaks ? "Differs" : "Note");
    layout->hang = LAYOUT_LABEL + 2;
    layout_put(layout, breaks ? STYLE_BAD : STYLE_FAIR, finding_class_name(finding->class));
    text_append_string(&words, "  ");
    report_escape_terminal(&words, finding->part, CARD_NAME_MAX);
    text_append_char(&words, ' ');
    report_escape_terminal(&words, finding->pointer, CARD_NAME_MAX);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    if (!breaks && !finding->before && !finding->after)
        return;
    card_side(layout, "before", finding->before, FINDING_TEXT_MAX);
    card_side(layout, "after", finding->after, FINDING_TEXT_MAX);
}

void replay_format(const struct replay *replay, bool color, int width, struct text *out)
{
    struct layout layout = {.out = out, .color = color, .width = width};
    size_t shown = 0;
    sheet_conclusion(&layout, replay);
    layout_blank_line(&layout);
    layout_label(&layout, "Input");
    card_foreign(&layout, STYLE_PLAIN, replay->input, SHEET_INPUT_MAX);
    if (replay->problem) {
        layout_label(&layout, "But");
        card_foreign(&layout, STYLE_PLAIN, replay->problem, ERR_MESSAGE_MAX);
    }
    for (; !replay->problem && shown < replay->summary->finding_count && shown < SHEET_FINDINGS; shown++)
        sheet_finding(&layout, &replay->summary->findings[shown]);
    if (!replay->problem && shown < replay->summary->finding_count) {
        struct text words cleanup_text = {0};
        text_printf(&words, "and %zu more with --json", replay->summary->finding_count - shown);
        layout_label(&layout, "");
        layout_put(&layout, STYLE_DIM, text_string(&words));
    }
    layout_end_line(&layout);
}
