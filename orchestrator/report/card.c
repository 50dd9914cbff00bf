#include "orchestrator/report/card.h"

#include "orchestrator/report/report.h"
#include "policies/figure.h"

void card_foreign(struct layout *layout, enum layout_style style, const char *foreign, size_t limit)
{
    struct text escaped cleanup_text = {0};
    report_escape_terminal(&escaped, foreign, limit);
    layout_wrap(layout, style, text_string(&escaped));
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
