#include "orchestrator/difference/difference.h"

#include "orchestrator/report/card.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"

#define SHEET_FINDINGS 40 /* rows shown of each kind; the rest is counted */

static void sheet_append_fields(struct text *out, const struct difference *difference)
{
    double fields = (double)difference->summary.fields;
    switch (difference->kind) {
    case WORKLOAD_STDOUT_JSON:
    case WORKLOAD_STDOUT_JSONL:
        card_append_counted(out, fields, "field", "fields");
        text_append_string(out, difference->kind == WORKLOAD_STDOUT_JSON ? " of JSON" : " of JSON lines");
        break;
    case WORKLOAD_STDOUT_TEXT:
        card_append_counted(out, fields, "line", "lines");
        break;
    case WORKLOAD_STDOUT_AUTO:
    case WORKLOAD_STDOUT_BYTES:
        card_append_counted(out, (double)difference->before.bytes, "byte", "bytes");
        break;
    }
}

/* "3 findings at 17 places" */
static void sheet_append_findings(struct text *out, const struct contract_summary *summary)
{
    size_t places = 0;
    for (size_t i = 0; i < summary->finding_count; i++)
        places += summary->findings[i].class < CLASS_FIRST_NOTE ? summary->findings[i].count : 0;
    size_t breaks = contract_breaks(summary);
    card_append_counted(out, (double)breaks, "finding", "findings");
    if (places > breaks) {
        text_append_string(out, " at ");
        card_append_counted(out, (double)places, "place", "places");
    }
}

static void sheet_conclusion(struct layout *layout, const struct difference *difference)
{
    struct text words cleanup_text = {0};
    switch (difference->outcome) {
    case CONTRACT_SAME:
        layout_put(layout, STYLE_GOOD, "Same");
        text_append_string(&words, ", byte by byte: ");
        break;
    case CONTRACT_EQUIVALENT:
        layout_put(layout, STYLE_GOOD, "Equal");
        text_append_string(&words, ", though not byte by byte: ");
        break;
    case CONTRACT_TOLERATED:
        layout_put(layout, STYLE_FAIR, "Tolerated");
        text_append_string(&words, ", equal but for what the rules hide: ");
        break;
    case CONTRACT_DIFFERENT:
        layout_put(layout, STYLE_BAD, "Different");
        text_append_string(&words, ", ");
        sheet_append_findings(&words, &difference->summary);
        text_append_string(&words, ": ");
        break;
    case CONTRACT_NOT_COMPARED:
        layout_put(layout, STYLE_OPEN, "Not compared");
        layout_wrap(layout, STYLE_PLAIN, ", since nothing can be held against what can't be read.");
        return;
    }
    sheet_append_fields(&words, difference);
    text_append_char(&words, '.');
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

/* Notes of these classes say nothing without their values, the others nothing more with them. */
static bool sheet_shows_values(const struct finding *finding)
{
    return finding->class < CLASS_FIRST_NOTE || finding->class == CLASS_NUMBER_SPELLING ||
           finding->class == CLASS_ESCAPE;
}

/* "value  /items/<star>/price at 14 places, first /items/3/price" */
static void sheet_finding(struct layout *layout, const struct finding *finding)
{
    bool breaks = finding->class < CLASS_FIRST_NOTE;
    struct text words cleanup_text = {0};
    layout_label(layout, breaks ? "Finding" : "Note");
    layout->hang = LAYOUT_LABEL + 2;
    layout_put(layout, breaks ? STYLE_BAD : STYLE_FAIR, finding_class_name(finding->class));
    const char *place = finding->count > 1 ? finding->pattern : finding->pointer;
    text_append_string(&words, "  ");
    report_escape_terminal(&words, *place ? place : "the whole", CARD_NAME_MAX);
    if (finding->count > 1) {
        text_append_string(&words, " at ");
        card_append_counted(&words, (double)finding->count, "place", "places");
        text_append_string(&words, ", first ");
        report_escape_terminal(&words, *finding->pointer ? finding->pointer : "the whole", CARD_NAME_MAX);
    }
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    if (!sheet_shows_values(finding))
        return;
    card_side(layout, "before", finding->before, CARD_VALUE_MAX);
    card_side(layout, "after", finding->after, CARD_VALUE_MAX);
}

/* `listed` aren't shown here, `dropped` nowhere. */
static void sheet_more(struct layout *layout, size_t listed, size_t dropped)
{
    struct text words cleanup_text = {0};
    if (listed + dropped == 0)
        return;
    text_append_string(&words, "and ");
    figure_append_count(&words, (double)(listed + dropped));
    text_append_string(&words, " more");
    if (dropped > 0) {
        text_append_string(&words, ", ");
        figure_append_count(&words, (double)listed);
        text_append_string(&words, " of them");
    }
    text_append_string(&words, " with --json");
    layout_label(layout, "");
    layout_put(layout, STYLE_DIM, text_string(&words));
}

static void sheet_findings(struct layout *layout, const struct contract_summary *summary)
{
    size_t shown = 0;
    for (; shown < summary->finding_count && shown < SHEET_FINDINGS; shown++)
        sheet_finding(layout, &summary->findings[shown]);
    sheet_more(layout, summary->finding_count - shown, summary->findings_dropped);
}

/* "/items/<star>/price: 14 × value, by noisy at /items/<star>/price" */
static void sheet_hidden(struct layout *layout, const struct contract_summary *summary)
{
    size_t shown = 0;
    for (; shown < summary->excuse_count && shown < SHEET_FINDINGS; shown++) {
        const struct excuse *excuse = &summary->excuses[shown];
        struct text words cleanup_text = {0};
        layout_label(layout, "Hidden");
        report_escape_terminal(&words, *excuse->pattern ? excuse->pattern : "the whole", CARD_NAME_MAX);
        text_append_string(&words, ": ");
        figure_append_count(&words, (double)excuse->count);
        text_printf(&words, " × %s, by ", finding_class_name(excuse->class));
        report_escape_terminal(&words, excuse->by, CARD_NAME_MAX);
        layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    }
    sheet_more(layout, summary->excuse_count - shown, 0);
    for (char **unused = summary->unused_rules; *unused; unused++) {
        layout_label(layout, "Unused");
        card_foreign(layout, STYLE_PLAIN, *unused, CARD_NAME_MAX);
    }
}

void difference_format(const struct difference *difference, bool color, int width, struct text *out)
{
    struct layout layout = {.out = out, .color = color, .width = width};
    const struct contract_summary *summary = &difference->summary;
    sheet_conclusion(&layout, difference);
    if (summary->finding_count > 0 || summary->excuse_count > 0 || *summary->unused_rules)
        layout_blank_line(&layout);
    sheet_findings(&layout, summary);
    sheet_hidden(&layout, summary);
    layout_end_line(&layout);
}
