#include "orchestrator/report/card.h"

#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#include <string.h>

void card_foreign(struct layout *layout, enum layout_style style, const char *foreign, size_t limit)
{
    struct text escaped cleanup_text = {0};
    report_escape_terminal(&escaped, foreign, limit);
    layout_wrap(layout, style, text_string(&escaped));
}

void card_side_label(struct layout *layout, const char *words)
{
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL + 2);
    layout_put(layout, STYLE_DIM, words);
    layout->hang = CARD_SIDE_COLUMN;
    layout_go(layout, CARD_SIDE_COLUMN);
}

void card_side(struct layout *layout, const char *words, const char *value, size_t limit)
{
    card_side_label(layout, words);
    if (value)
        card_foreign(layout, STYLE_PLAIN, value, limit);
    else
        layout_wrap(layout, STYLE_DIM, "(absent)");
}

void card_append_metric(struct text *out, const char *name)
{
    int metric = metric_by_name(name);
    if (metric >= 0)
        text_append_string(out, figure_metric_words((enum metric)metric));
    else
        report_escape_terminal(out, name, 11);
}

void card_append_counted(struct text *out, double count, const char *one, const char *many)
{
    figure_append_count(out, count);
    text_printf(out, " %s", count == 1 ? one : many);
}

bool card_find_decision(const cJSON *candidate, struct card_decision *decision)
{
    static const struct {
        const char *state;
        struct card_decision decision;
    } rows[] = {
        {"awaiting", {"To decide", "cupel sign"}},
        {"approved", {"Approved. To make the commit", "cupel apply"}},
        {"rejected", {"Rejected. By whom and why", "cupel gate"}},
        {"stale", {"The sign-off is stale. What changed", "cupel gate"}},
    };
    const char *state = member_string(member_get(candidate, "sign_off"), "state");
    bool recommended = strcmp(member_string(candidate, "verdict"), verdict_name(VERDICT_RECOMMENDED)) == 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(state, rows[i].state) == 0 && (recommended || strcmp(state, "rejected") == 0)) {
            *decision = rows[i].decision;
            return true;
        }
    return false;
}
