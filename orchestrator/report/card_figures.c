#include "orchestrator/report/card.h"
#include "orchestrator/report/continued_words.h"
#include "orchestrator/report/counted_words.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "policies/figure.h"
#include "policies/foreign.h"
#include "workloads/measure/method.h"

#include <math.h>
#include <string.h>

/* Columns of a row, from the left: name, change, interval, before and after, outcome. */
enum {
    FIGURES_NAME = 4,
    FIGURES_CHANGE = 17,
    FIGURES_INTERVAL = 31,
    FIGURES_VALUES = 47,
    FIGURES_OUTCOME = 69
};
#define FIGURES_CHANGE_WIDTH 12
#define FIGURES_ALL_COLUMNS  80 /* narrower terminals go without the values before and after */

static enum layout_style card_outcome_style(const char *outcome)
{
    if (strcmp(outcome, metric_outcome_name(OUTCOME_IMPROVED)) == 0 ||
        strcmp(outcome, metric_outcome_name(OUTCOME_HELD)) == 0)
        return STYLE_GOOD;
    if (strcmp(outcome, metric_outcome_name(OUTCOME_BROKEN)) == 0 ||
        strcmp(outcome, metric_outcome_name(OUTCOME_REGRESSED)) == 0)
        return STYLE_BAD;
    return STYLE_FAIR;
}

/* "15.8 % less" and "14.9–16.6 %", each in its column. */
static void card_gain(struct layout *layout, const cJSON *row)
{
    struct gain gain = member_gain(row);
    struct text words cleanup_text = {0};
    layout_go(layout, FIGURES_CHANGE);
    if (!gain.known) {
        layout_put_right(layout, STYLE_PLAIN, "unknown", FIGURES_CHANGE_WIDTH);
        return;
    }
    bool less = gain.point >= 0;
    figure_append_percent(&words, fabs(gain.point));
    text_append_string(&words, less ? " less" : " more");
    layout_put_right(layout, STYLE_BOLD, text_string(&words), FIGURES_CHANGE_WIDTH);
    if (!isfinite(gain.low) || !isfinite(gain.high))
        return;
    text_clear(&words);
    figure_append_interval(&words, less ? gain.low : -gain.high, less ? gain.high : -gain.low);
    bool fits = FIGURES_INTERVAL + layout_columns(text_string(&words)) <= layout->width;
    layout_go(layout, fits ? FIGURES_INTERVAL : FIGURES_CHANGE + 1);
    layout_put(layout, STYLE_PLAIN, text_string(&words));
}

static void card_values(struct layout *layout, const cJSON *row)
{
    struct text words cleanup_text = {0};
    int metric = metric_by_name(member_string(row, "metric"));
    if (layout->width < FIGURES_ALL_COLUMNS || metric < 0 || !isfinite(member_number(row, "before")))
        return;
    figure_append_value(&words, (enum metric)metric, member_number(row, "before"));
    text_append_string(&words, " → ");
    figure_append_value(&words, (enum metric)metric, member_number(row, "after"));
    layout_go(layout, FIGURES_VALUES);
    layout_put(layout, STYLE_PLAIN, text_string(&words));
}

static void card_outcome(struct layout *layout, enum layout_style style, const char *foreign)
{
    struct text outcome cleanup_text = {0};
    report_escape_terminal(&outcome, foreign, 16);
    bool narrow = layout->width < FIGURES_ALL_COLUMNS;
    int column = narrow ? FIGURES_VALUES : FIGURES_OUTCOME;
    if (layout->width - column < layout_columns(text_string(&outcome)))
        column = narrow ? layout->column + 1 : layout->width - layout_columns(text_string(&outcome));
    if (column + layout_columns(text_string(&outcome)) > layout->width)
        column = FIGURES_CHANGE;
    layout_go(layout, column);
    layout_put(layout, style, text_string(&outcome));
    layout_end_line(layout);
}

bool card_append_slack(struct text *out, const cJSON *row)
{
    const int metric = metric_by_name(member_string(row, "metric"));
    const struct gain gain = member_gain(row);
    const double tolerated = -member_number(row, "threshold");
    if (metric < 0 || !(measure_method.resolution[metric] > 0) || !gain.known || !(-gain.point > tolerated) ||
        strcmp(member_string(row, "outcome"), metric_outcome_name(OUTCOME_HELD)) != 0)
        return false;
    figure_append_share(out, tolerated);
    text_append_string(out, " and ");
    figure_append_value(out, (enum metric)metric, measure_method.resolution[metric]);
    text_append_string(out, " more are tolerated");
    return true;
}

static void card_row(struct layout *layout, const cJSON *row)
{
    struct text metric cleanup_text = {0};
    const char *outcome = member_string(row, "outcome");
    card_append_metric(&metric, member_string(row, "metric"));
    layout_go(layout, FIGURES_NAME);
    layout_put(layout, STYLE_PLAIN, text_string(&metric));
    card_gain(layout, row);
    card_values(layout, row);
    card_outcome(layout, card_outcome_style(outcome), outcome);
    text_clear(&metric);
    if (!card_append_slack(&metric, row))
        return;
    layout_go(layout, FIGURES_NAME + 2);
    layout->hang = FIGURES_NAME + 2;
    layout_wrap(layout, STYLE_DIM, text_string(&metric));
    layout_end_line(layout);
}

/* A part of production below the metric that it is a part of; a long name has a line to itself. */
static void card_stratum(struct layout *layout, const cJSON *stratum)
{
    struct text name cleanup_text = {0};
    struct text share cleanup_text = {0};
    bool harmful = member_is_true(stratum, "harmful");
    double weight = member_number(stratum, "weight");
    foreign_append_quoted(&name, member_string(stratum, "name"), 40);
    layout_go(layout, FIGURES_NAME + 2);
    layout->hang = FIGURES_NAME + 4;
    layout_wrap(layout, STYLE_DIM, text_string(&name));
    if (layout->column >= FIGURES_CHANGE)
        layout_end_line(layout);
    card_gain(layout, stratum);
    if (isfinite(weight) && layout->width >= FIGURES_ALL_COLUMNS) {
        figure_append_share(&share, weight);
        text_append_string(&share, " of production");
        layout_go(layout, FIGURES_VALUES);
        layout_put(layout, STYLE_DIM, text_string(&share));
    }
    card_outcome(layout, STYLE_BAD, harmful ? "harmed" : "");
}

/* The gain on samples that the candidate can't know, below the gain that it is held against. */
static void card_held_out(struct layout *layout, const cJSON *held_out)
{
    const char *outcome = member_string(held_out, "outcome");
    bool overfits = strcmp(outcome, held_out_outcome_name(HELD_OUT_OVERFITS)) == 0;
    bool confirmed = strcmp(outcome, held_out_outcome_name(HELD_OUT_CONFIRMED)) == 0;
    if (!cJSON_IsObject(held_out) || strcmp(outcome, held_out_outcome_name(HELD_OUT_NOT_ASKED)) == 0)
        return;
    layout_go(layout, FIGURES_NAME + 2);
    layout_put(layout, STYLE_DIM, "held out");
    card_gain(layout, member_get(held_out, "held_out"));
    card_outcome(layout, overfits ? STYLE_BAD : confirmed ? STYLE_GOOD : STYLE_FAIR, outcome);
}

/* What a layout variant of the base does to a metric, below the gain that it is held against. */
static void card_variant(struct layout *layout, const cJSON *variant)
{
    struct text name cleanup_text = {0};
    const char *problem = member_string(variant, "problem");
    text_append_string(&name, "layout ");
    report_escape_terminal(&name, member_string(variant, "variant"), 40);
    layout_go(layout, FIGURES_NAME + 2);
    layout->hang = FIGURES_NAME + 4;
    layout_put(layout, STYLE_DIM, text_string(&name));
    if (*problem) {
        layout_put(layout, STYLE_DIM, ": ");
        card_foreign(layout, STYLE_DIM, problem, CARD_VALUE_MAX);
        layout_end_line(layout);
        return;
    }
    if (layout->column >= FIGURES_CHANGE)
        layout_end_line(layout);
    card_gain(layout, variant);
    layout_end_line(layout);
}

/* Of the primary, and of what layout may explain. */
static void card_variants(struct layout *layout, const cJSON *row)
{
    const char *caution = member_string(row, "caution");
    bool primary = strcmp(member_string(row, "role"), "primary") == 0;
    const cJSON *variant = primary || *caution ? member_first(row, "layout") : NULL;
    for (; variant; variant = variant->next)
        card_variant(layout, variant);
    if (!*caution)
        return;
    layout_go(layout, FIGURES_NAME + 2);
    layout->hang = FIGURES_NAME + 4;
    card_foreign(layout, STYLE_FAIR, caution, 2 * CARD_VALUE_MAX);
    layout_end_line(layout);
}

static const cJSON *card_workload(const cJSON *candidate, const char *name)
{
    for (const cJSON *each = member_first(candidate, "workloads"); each; each = each->next)
        if (strcmp(member_string(each, "name"), name) == 0)
            return each;
    return NULL;
}

/* "; at this noise a gain of 15 % needs about 12 s", where the primary is open. */
static void card_append_needed(struct text *words, const cJSON *workload, const cJSON *row)
{
    double gain = measure_method.feasible_multiple * member_number(row, "threshold");
    double seconds = member_number(workload, "seconds_needed");
    bool open = strcmp(member_string(row, "outcome"), metric_outcome_name(OUTCOME_UNDECIDED)) == 0;
    if (!open || !(gain > 0) || !member_get(workload, "seconds_needed"))
        return;
    text_append_string(words, "; at this noise a gain of ");
    figure_append_share(words, gain);
    if (isfinite(seconds)) {
        text_append_string(words, " needs about ");
        figure_append_seconds(words, seconds);
    } else {
        text_append_string(words, " can't be shown");
    }
}

/* "summary, a run is 40 samples, 9 pairs until the verdict" */
static void card_workload_line(struct layout *layout, const cJSON *candidate, const cJSON *row)
{
    const char *name = member_string(row, "workload");
    double block = member_number(card_workload(candidate, name), "block");
    double pairs = member_number(row, "pairs_to_verdict");
    struct text words cleanup_text = {0};
    layout_go(layout, 2);
    layout->hang = FIGURES_NAME;
    card_foreign(layout, STYLE_BOLD, name, CARD_NAME_MAX);
    if (isfinite(pairs)) {
        text_append_string(&words, ", ");
        card_append_counted(&words, pairs, "pair", "pairs");
    }
    if (isfinite(block) && block > 0) {
        text_append_string(&words, " of runs, each of ");
        card_append_counted(&words, block, "sample", "samples");
    }
    card_append_needed(&words, card_workload(candidate, name), row);
    struct text continued cleanup_text = {0};
    if (continued_append_row(&continued, row, report_escape_terminal))
        text_printf(&words, "; %s", text_string(&continued));
    layout_wrap(layout, STYLE_DIM, text_string(&words));
    layout_end_line(layout);
}

/* Explains, where it came out alike each time; never decides. */
static void card_counted(struct layout *layout, const cJSON *candidate, const char *name)
{
    struct text words cleanup_text = {0};
    counted_append_words(&words, card_workload(candidate, name), report_escape_terminal);
    if (words.length == 0)
        return;
    layout_go(layout, FIGURES_NAME);
    layout->hang = FIGURES_NAME + 2;
    layout_put(layout, STYLE_DIM, "counted: ");
    layout_wrap(layout, STYLE_DIM, text_string(&words));
    layout_end_line(layout);
}

void card_figures(struct layout *layout, const cJSON *candidate)
{
    const char *workload = NULL;
    const cJSON *row = member_first(candidate, "measurements");
    for (; row; row = row->next) {
        const char *name = member_string(row, "workload");
        if (!workload || strcmp(workload, name) != 0)
            card_workload_line(layout, candidate, row);
        workload = name;
        card_row(layout, row);
        for (const cJSON *stratum = member_first(row, "strata"); stratum; stratum = stratum->next)
            card_stratum(layout, stratum);
        card_held_out(layout, member_get(row, "held_out"));
        card_variants(layout, row);
        card_curve(layout, row);
        if (!row->next || strcmp(member_string(row->next, "workload"), name) != 0)
            card_counted(layout, candidate, name);
    }
    if (workload)
        layout_blank_line(layout);
}
