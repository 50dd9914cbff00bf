#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/evidence.h"
#include "policies/figure.h"

#include <math.h>
#include <string.h>

#define CARD_STAGE_SHORT 0.05 /* seconds; what is quicker is not worth a figure */

static bool card_stage_is(const cJSON *stage, enum stage_outcome outcome)
{
    return strcmp(member_string(stage, "outcome"), stage_outcome_name(outcome)) == 0;
}

/* "build 3.1 s", "tests skipped", "contract failed after 12.0 s" */
static void card_append_stage(struct text *out, const cJSON *stage)
{
    double seconds = member_number(stage, "seconds");
    report_escape_terminal(out, member_string(stage, "name"), 40);
    if (card_stage_is(stage, STAGE_SKIPPED)) {
        text_append_string(out, " skipped");
        return;
    }
    if (card_stage_is(stage, STAGE_FAILED))
        text_append_string(out, seconds >= CARD_STAGE_SHORT ? " failed after" : " failed");
    if (seconds >= CARD_STAGE_SHORT) {
        text_append_char(out, ' ');
        figure_append_seconds(out, seconds);
    }
}

/* Line by line behind a bar, so that output can't pass for the card's own lines. */
static void card_log(struct layout *layout, const char *log)
{
    int lines = 0;
    for (const char *at = log; *at && lines < CARD_LOG_LINES; lines++) {
        char line[CARD_VALUE_MAX];
        size_t length = strcspn(at, "\n");
        size_t kept = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, at, kept);
        line[kept] = '\0';
        layout_go(layout, LAYOUT_LABEL);
        layout_put(layout, STYLE_DIM, "│ ");
        layout->hang = LAYOUT_LABEL + 4;
        card_foreign(layout, STYLE_PLAIN, line, CARD_VALUE_MAX);
        layout_end_line(layout);
        at += length;
        at += *at == '\n';
    }
}

void card_stages(struct layout *layout, const cJSON *candidate)
{
    struct text line cleanup_text = {0};
    const char *log = "";
    for (const cJSON *stage = member_first(candidate, "stages"); stage; stage = stage->next) {
        if (card_stage_is(stage, STAGE_NOT_REACHED))
            continue;
        text_append_string(&line, line.length > 0 ? " · " : "");
        card_append_stage(&line, stage);
        if (card_stage_is(stage, STAGE_FAILED) && *member_string(stage, "log"))
            log = member_string(stage, "log");
    }
    layout_label(layout, "Stages");
    layout_wrap(layout, STYLE_PLAIN, text_string(&line));
    if (*log) {
        layout_label(layout, "Log");
        card_log(layout, log);
    }
}
