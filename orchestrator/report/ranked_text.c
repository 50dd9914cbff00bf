/* A batch for a terminal: how many of how many,
 * the table of those recommended, then everything else by verdict. */
#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/ranked.h"
#include "orchestrator/report/ranked_words.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"
#include "policies/foreign.h"
#include "policies/verdict.h"

#include <math.h>
#include <string.h>

#define RANKED_WIDTH_MIN  40
#define RANKED_WIDTH_MAX  120
#define RANKED_CARDS_MAX  20 /* recommended ones with table rows and a card */
#define RANKED_GROUP_MAX  8  /* of one verdict, one line each */
#define RANKED_OTHERS_MAX 36 /* of all verdicts together */
#define RANKED_ALIKE_MAX  5  /* duplicates named of one candidate */

/* Columns of the table: a line for the candidate, and one for each of its workloads. */
enum {
    RANKED_ID = 4,
    RANKED_VERDICT = 18,
    RANKED_LINES = 31,
    RANKED_PER_LINE = 43,
    RANKED_MONEY = 53,
    RANKED_NAME = 66,
    RANKED_GAIN = 18,
    RANKED_GUARDS = 46,
    RANKED_CONTRACT = 66
};
#define RANKED_TABLE_WIDTH 80 /* narrower terminals go without the table: the cards hold the same */

static void ranked_put(struct layout *layout, int column, enum layout_style style, const char *string)
{
    layout_go(layout, layout->column < column ? column : layout->column + 1);
    layout_put(layout, style, string);
}

/* Foreign text in quotes, cut to the columns that are left, or to `columns`. */
static void ranked_put_quoted(struct layout *layout, const char *foreign, int columns)
{
    struct text escaped cleanup_text = {0};
    struct text fitted cleanup_text = {0};
    int room = layout->width - layout->column;
    room = columns < room ? columns : room;
    if (room < 4)
        return;
    foreign_append_quoted(&escaped, foreign, CARD_NAME_MAX);
    layout_fit(&fitted, text_string(&escaped), room);
    layout_put(layout, STYLE_PLAIN, text_string(&fitted));
}

static void ranked_put_id(struct layout *layout, const cJSON *candidate)
{
    struct text id cleanup_text = {0};
    report_escape_terminal(&id, member_string(candidate, "id"), 12);
    ranked_put(layout, RANKED_ID, STYLE_DIM, text_string(&id));
}

static void ranked_head(struct layout *layout, const cJSON *view)
{
    struct text words cleanup_text = {0};
    ranked_append_headline(&words, view);
    layout->hang = 0;
    layout_wrap(layout, STYLE_BOLD, text_string(&words));
    layout_end_line(layout);
    for (int column = 0; column < layout->width; column++)
        layout_put(layout, STYLE_DIM, "─");
    layout_end_line(layout);
    text_clear(&words);
    ranked_append_family(&words, view);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

static void ranked_table_head(struct layout *layout, bool priced)
{
    layout_blank_line(layout);
    layout_put(layout, STYLE_DIM, " #");
    ranked_put(layout, RANKED_ID, STYLE_DIM, "id");
    ranked_put(layout, RANKED_VERDICT, STYLE_DIM, "verdict");
    ranked_put(layout, RANKED_LINES, STYLE_DIM, "lines");
    ranked_put(layout, RANKED_PER_LINE, STYLE_DIM, "a line");
    if (priced)
        ranked_put(layout, RANKED_MONEY, STYLE_DIM, "a month");
    ranked_put(layout, priced ? RANKED_NAME : RANKED_MONEY, STYLE_DIM, "name");
    layout_end_line(layout);
    ranked_put(layout, RANKED_ID, STYLE_DIM, "workload");
    ranked_put(layout, RANKED_GAIN, STYLE_DIM, "gain, 95 % interval");
    ranked_put(layout, RANKED_GUARDS, STYLE_DIM, "guardrails");
    ranked_put(layout, RANKED_CONTRACT, STYLE_DIM, "contract");
    layout_end_line(layout);
}

static void ranked_table_workload(struct layout *layout, const cJSON *candidate, const cJSON *workload)
{
    struct text words cleanup_text = {0};
    const char *name = member_string(workload, "name");
    ranked_put(layout, RANKED_ID, STYLE_PLAIN, "");
    report_escape_terminal(&words, name, CARD_NAME_MAX);
    struct text fitted cleanup_text = {0};
    layout_fit(&fitted, text_string(&words), RANKED_GAIN - RANKED_ID - 1);
    layout_put(layout, STYLE_PLAIN, text_string(&fitted));
    text_clear(&words);
    ranked_append_gain(&words, candidate, name);
    ranked_put(layout, RANKED_GAIN, STYLE_BOLD, text_string(&words));
    text_clear(&words);
    ranked_append_guardrails(&words, candidate, name);
    ranked_put(layout, RANKED_GUARDS, STYLE_PLAIN, text_string(&words));
    ranked_put(layout, RANKED_CONTRACT, STYLE_PLAIN, ranked_contract_words(candidate, name));
    layout_end_line(layout);
}

static void ranked_table_row(struct layout *layout, const cJSON *candidate, bool priced)
{
    struct text words cleanup_text = {0};
    text_printf(&words, "%2.0f", member_number(candidate, "rank"));
    layout_put(layout, STYLE_BOLD, text_string(&words));
    ranked_put_id(layout, candidate);
    ranked_put(layout, RANKED_VERDICT, STYLE_GOOD, ranked_verdict_words(candidate));
    text_clear(&words);
    ranked_append_lines(&words, candidate);
    ranked_put(layout, RANKED_LINES, STYLE_PLAIN, text_string(&words));
    text_clear(&words);
    ranked_append_per_line(&words, candidate);
    ranked_put(layout, RANKED_PER_LINE, STYLE_PLAIN, text_string(&words));
    if (priced) {
        text_clear(&words);
        ranked_append_money(&words, candidate);
        ranked_put(layout, RANKED_MONEY, STYLE_PLAIN, text_string(&words));
    }
    ranked_put(layout, priced ? RANKED_NAME : RANKED_MONEY, STYLE_PLAIN, "");
    ranked_put_quoted(layout, member_string(candidate, "name"), layout->width);
    layout_end_line(layout);
    for (const cJSON *each = member_first(candidate, "workloads"); each; each = each->next)
        ranked_table_workload(layout, candidate, each);
}

static void ranked_table(struct layout *layout, const cJSON *view)
{
    bool priced = false;
    size_t shown = 0;
    const cJSON *first = member_first(view, "candidates");
    for (const cJSON *each = first; each && ranked_is_recommended(each); each = each->next)
        priced = priced || ranked_has_money(each);
    if (layout->width < RANKED_TABLE_WIDTH || !ranked_is_recommended(first))
        return;
    ranked_table_head(layout, priced);
    for (; first && ranked_is_recommended(first) && shown < RANKED_CARDS_MAX; first = first->next, shown++)
        ranked_table_row(layout, first, priced);
}

static void ranked_sentence(struct layout *layout, enum layout_style style, const char *string)
{
    layout_end_line(layout);
    layout_go(layout, RANKED_ID);
    layout->hang = RANKED_ID;
    layout_wrap(layout, style, string);
    layout_end_line(layout);
}

/* Rank, id and name; the reason; what was claimed; who else proposed it; the command that decides. */
static void ranked_card(struct layout *layout, const cJSON *candidate)
{
    struct text words cleanup_text = {0};
    layout_blank_line(layout);
    text_printf(&words, "%2.0f", member_number(candidate, "rank"));
    layout_put(layout, STYLE_BOLD, text_string(&words));
    ranked_put_id(layout, candidate);
    layout_put(layout, STYLE_PLAIN, "  ");
    ranked_put_quoted(layout, member_string(candidate, "name"), layout->width);
    text_clear(&words);
    report_escape_terminal(&words, member_string(candidate, "reason"), 2000);
    ranked_sentence(layout, STYLE_PLAIN, text_string(&words));
    text_clear(&words);
    ranked_append_estimate(&words, candidate);
    ranked_sentence(layout, STYLE_PLAIN, text_string(&words));
    text_clear(&words);
    ranked_append_claim(&words, candidate, report_escape_terminal);
    if (words.length > 0)
        ranked_sentence(layout, STYLE_DIM, text_string(&words));
    text_clear(&words);
    ranked_append_duplicates(&words, candidate, RANKED_ALIKE_MAX, report_escape_terminal);
    if (words.length > 0)
        ranked_sentence(layout, STYLE_DIM, text_string(&words));
    text_clear(&words);
    ranked_append_next(&words, candidate);
    ranked_sentence(layout, STYLE_BOLD, text_string(&words));
}

static void ranked_together(struct layout *layout, const cJSON *view)
{
    struct text words cleanup_text = {0};
    const cJSON *batch = member_get(view, "batch");
    size_t count = member_count(batch, "conflicts");
    size_t shown = 0;
    ranked_append_together(&words, view, report_escape_terminal);
    if (words.length == 0)
        return;
    layout_blank_line(layout);
    layout->hang = 2;
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    const cJSON *each = member_first(batch, "conflicts");
    for (; each && shown < RANKED_GROUP_MAX; each = each->next, shown++) {
        text_clear(&words);
        text_append_string(&words, "- ");
        ranked_append_conflict(&words, each, report_escape_terminal);
        ranked_sentence(layout, STYLE_FAIR, text_string(&words));
    }
    text_clear(&words);
    if (shown < count)
        text_printf(&words, "and %zu more", count - shown);
    if (shown < count)
        ranked_sentence(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

/* "dd7d85702a2f  "name"  reason", on one line. */
static void ranked_other(struct layout *layout, const cJSON *candidate)
{
    struct text reason cleanup_text = {0};
    struct text fitted cleanup_text = {0};
    ranked_put_id(layout, candidate);
    layout_put(layout, STYLE_PLAIN, "  ");
    ranked_put_quoted(layout, member_string(candidate, "name"), layout->width / 4);
    layout_put(layout, STYLE_PLAIN, "  ");
    report_escape_terminal(&reason, member_string(candidate, "reason"), 400);
    if (layout->width - layout->column > 8)
        layout_fit(&fitted, text_string(&reason), layout->width - layout->column);
    layout_put(layout, STYLE_PLAIN, text_string(&fitted));
    layout_end_line(layout);
}

/* One verdict: its heading, a few lines, and how to see the rest. Returns the first of the next group. */
static const cJSON *ranked_group(struct layout *layout, const cJSON *first, size_t *budget)
{
    struct text words cleanup_text = {0};
    size_t count = ranked_group_size(first);
    size_t wanted = count < RANKED_GROUP_MAX ? count : RANKED_GROUP_MAX;
    size_t shown = 0;
    ranked_append_group(&words, first);
    layout_blank_line(layout);
    layout->hang = 2;
    layout_wrap(layout, STYLE_BOLD, text_string(&words));
    layout_end_line(layout);
    for (size_t i = 0; i < count; i++, first = first->next) {
        if (shown >= wanted || *budget == 0)
            continue;
        ranked_other(layout, first);
        shown++;
        --*budget;
    }
    text_clear(&words);
    if (shown < count) {
        text_printf(&words, "and %zu more: cupel list, cupel show ID", count - shown);
        ranked_sentence(layout, STYLE_DIM, text_string(&words));
    }
    return first;
}

void ranked_format_text(const cJSON *view, bool color, int width, struct text *out)
{
    struct layout layout = {.out = out, .color = color};
    size_t budget = RANKED_OTHERS_MAX;
    size_t shown = 0;
    layout.width = width < RANKED_WIDTH_MIN   ? RANKED_WIDTH_MIN
                   : width > RANKED_WIDTH_MAX ? RANKED_WIDTH_MAX
                                              : width;
    ranked_head(&layout, view);
    ranked_table(&layout, view);
    const cJSON *each = member_first(view, "candidates");
    for (; each && ranked_is_recommended(each); each = each->next)
        if (shown++ < RANKED_CARDS_MAX)
            ranked_card(&layout, each);
    if (shown > RANKED_CARDS_MAX) {
        struct text words cleanup_text = {0};
        text_printf(&words, "and %zu more recommended: cupel list, cupel show ID", shown - RANKED_CARDS_MAX);
        layout_blank_line(&layout);
        ranked_sentence(&layout, STYLE_BOLD, text_string(&words));
    }
    ranked_together(&layout, view);
    while (each)
        each = ranked_group(&layout, each, &budget);
    layout_blank_line(&layout);
    layout_put(&layout, STYLE_BOLD, "Nothing was applied.");
    layout_end_line(&layout);
}
