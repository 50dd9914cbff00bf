#include "orchestrator/contest/sheet.h"

#include "orchestrator/contest/sentence.h"
#include "orchestrator/report/layout.h"
#include "policies/figure.h"
#include "policies/foreign.h"

#include <math.h>
#include <string.h>

#define SHEET_COMMAND 400   /* bytes shown of a command */
#define SHEET_SHORT_S 0.005 /* seconds of a process that are hardly more than its start */

/* Columns of the table, from the left. */
enum { SHEET_A = 13, SHEET_B = 24, SHEET_CHANGE = 35, SHEET_INTERVAL = 49, SHEET_OUTCOME = 66 };

static void sheet_put_value(struct layout *layout, const struct contest *contest, enum metric metric,
                            double value, int column)
{
    struct text words cleanup_text = {0};
    double each = metric == METRIC_CPU || metric == METRIC_WALL ? value / (double)contest->block : value;
    figure_append_value(&words, metric, each);
    layout_go(layout, column);
    layout_put_right(layout, STYLE_PLAIN, text_string(&words), SHEET_B - SHEET_A - 1);
}

static void sheet_put_gain(struct layout *layout, const struct gain *gain)
{
    struct text words cleanup_text = {0};
    layout_go(layout, SHEET_CHANGE);
    if (!gain->known) {
        layout_put_right(layout, STYLE_PLAIN, "unknown", SHEET_INTERVAL - SHEET_CHANGE - 2);
        return;
    }
    sentence_append_size(&words, gain->point);
    text_append_string(&words, gain->point >= 0 ? " less" : " more");
    layout_put_right(layout, STYLE_BOLD, text_string(&words), SHEET_INTERVAL - SHEET_CHANGE - 2);
    text_clear(&words);
    sentence_append_range(&words, gain);
    layout_go(layout, SHEET_INTERVAL);
    layout_put(layout, STYLE_PLAIN, text_string(&words));
}

static void sheet_put_outcome(struct layout *layout, const struct contest *contest,
                              const struct contest_row *row)
{
    static const char *const phrases[CONTEST_OUTCOMES][2] = {
        [CONTEST_OPEN] = {"open", ""},
        [CONTEST_B_BETTER] = {"B by ≥ ", ""},
        [CONTEST_A_BETTER] = {"A by ≥ ", ""},
        [CONTEST_ALIKE] = {"within ", ""},
        [CONTEST_B_NOT_BETTER] = {"B not by ", ""},
        [CONTEST_A_NOT_BETTER] = {"A not by ", ""},
    };
    static const enum layout_style styles[CONTEST_OUTCOMES] = {
        [CONTEST_OPEN] = STYLE_OPEN,         [CONTEST_B_BETTER] = STYLE_GOOD,
        [CONTEST_A_BETTER] = STYLE_BAD,      [CONTEST_ALIKE] = STYLE_FAIR,
        [CONTEST_B_NOT_BETTER] = STYLE_FAIR, [CONTEST_A_NOT_BETTER] = STYLE_FAIR,
    };
    struct text words cleanup_text = {0};
    text_append_string(&words, phrases[row->outcome][0]);
    if (row->outcome != CONTEST_OPEN)
        figure_append_share(&words, contest->threshold);
    layout_put(layout, STYLE_PLAIN, " "); /* an interval may be wide */
    layout_go(layout, SHEET_OUTCOME);
    layout_put(layout, styles[row->outcome], text_string(&words));
    layout_end_line(layout);
}

static void sheet_put_table(struct layout *layout, const struct contest *contest)
{
    layout_go(layout, SHEET_A);
    layout_put_right(layout, STYLE_DIM, "A", SHEET_B - SHEET_A - 1);
    layout_go(layout, SHEET_B);
    layout_put_right(layout, STYLE_DIM, "B", SHEET_CHANGE - SHEET_B - 1);
    layout_go(layout, SHEET_CHANGE);
    layout_put_right(layout, STYLE_DIM, "B needs", SHEET_INTERVAL - SHEET_CHANGE - 2);
    layout_go(layout, SHEET_INTERVAL);
    layout_put(layout, STYLE_DIM, "95 % interval");
    layout_go(layout, SHEET_OUTCOME);
    layout_put(layout, STYLE_DIM, "proven better");
    layout_end_line(layout);
    for (size_t i = 0; i < contest->row_count; i++) {
        const struct contest_row *row = &contest->rows[i];
        layout_put(layout, i == 0 ? STYLE_BOLD : STYLE_PLAIN, figure_metric_words(row->metric));
        sheet_put_value(layout, contest, row->metric, row->before, SHEET_A);
        sheet_put_value(layout, contest, row->metric, row->after, SHEET_B);
        sheet_put_gain(layout, &row->gain);
        sheet_put_outcome(layout, contest, row);
    }
    layout_blank_line(layout);
}

static void sheet_put_command(struct layout *layout, const char *label, const struct contest_command *command)
{
    struct text words cleanup_text = {0};
    foreign_append(&words, command->line, SHEET_COMMAND);
    layout_label(layout, label);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    if (command->shell)
        layout_wrap(layout, STYLE_DIM, " (by /bin/sh)");
    if (command->left > 0) {
        text_clear(&words);
        text_printf(&words, "; in %zu of its runs processes still ran when it ended, and were killed",
                    command->left);
        layout_wrap(layout, STYLE_BAD, text_string(&words));
    }
    layout_end_line(layout);
}

static void sheet_put_answers(struct layout *layout, const struct contest *contest)
{
    static const char *const phrases[CONTEST_ANSWERS] = {
        [CONTEST_SAME] = "the same bytes",
        [CONTEST_EQUIVALENT] = "the same values, otherwise written",
        [CONTEST_TOLERATED] = "the same but for values that change from run to run by themselves",
        [CONTEST_SILENT] = "both print nothing, so only how they end was compared",
        [CONTEST_UNSTEADY] = "not comparable: A's change from run to run",
        [CONTEST_NOT_COMPARED] = "not compared: too long",
        [CONTEST_DIFFERENT] = "different",
    };
    const struct contest_command *a = &contest->commands[ARM_BASE];
    const struct contest_command *b = &contest->commands[ARM_CANDIDATE];
    struct text words cleanup_text = {0};
    text_append_string(&words, phrases[contest->answers]);
    text_printf(&words, "; %s", a->ending);
    if (strcmp(a->ending, b->ending) != 0)
        text_printf(&words, " and %s", b->ending);
    if (a->timed > 0)
        text_printf(&words, "; %zu timed answers of A and %zu of B, %s", a->timed, b->timed,
                    a->strayed + b->strayed == 0 ? "none of which differed" : "");
    if (a->strayed + b->strayed > 0)
        text_printf(&words, "of which %zu and %zu were other ones than the first", a->strayed, b->strayed);
    layout_label(layout, "answers");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

static size_t sheet_count(const struct contest *contest, enum pair_phase phase)
{
    size_t found = 0;
    for (size_t i = 0; i < contest->pair_count; i++)
        found += contest->pairs[i].phase == phase;
    return found;
}

static void sheet_put_measured(struct layout *layout, const struct contest *contest)
{
    struct text words cleanup_text = {0};
    size_t noise = sheet_count(contest, PHASE_NOISE);
    size_t decided = sheet_count(contest, PHASE_DECIDE) + sheet_count(contest, PHASE_GUARD);
    size_t fresh = sheet_count(contest, PHASE_SIZE);
    text_printf(&words, "%s: %s; ", figure_metric_words(contest->primary), contest->why);
    text_printf(&words, "%zu pairs that decide", decided);
    if (fresh > 0)
        text_printf(&words, ", %zu fresh ones for the size", fresh);
    if (noise > 0)
        text_printf(&words, ", %zu of A against A", noise);
    text_printf(&words, "; %zu process%s a run; ", contest->block, contest->block == 1 ? "" : "es");
    figure_append_seconds(&words, contest->seconds);
    layout_label(layout, "measured");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

static void sheet_put_noise(struct layout *layout, const struct contest *contest)
{
    struct text words cleanup_text = {0};
    for (size_t i = 0; i < contest->row_count; i++) {
        if (contest->rows[i].noise_floor < 0)
            continue;
        text_printf(&words, "%s%s ", words.length ? ", " : "", figure_metric_words(contest->rows[i].metric));
        figure_append_percent(&words, contest->rows[i].noise_floor);
    }
    if (words.length == 0)
        return;
    text_append_string(&words, " between two runs of A");
    layout_label(layout, "noise");
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

/* Were there pairs that decide? */
static bool sheet_has_figures(const struct contest *contest)
{
    return contest->row_count > 0 && contest->rows[0].proofs[CONTEST_B_SAVES].pairs > 0;
}

/* Starting a process takes about a millisecond, of both commands alike. */
static bool sheet_is_short(const struct contest *contest)
{
    const struct contest_row *row = &contest->rows[0];
    bool time = row->metric == METRIC_CPU || row->metric == METRIC_WALL;
    return sheet_has_figures(contest) && time &&
           fmin(row->before, row->after) / (double)contest->block < SHEET_SHORT_S;
}

static void sheet_put_limits(struct layout *layout, const struct contest *contest)
{
    layout_label(layout, "not shown");
    layout_wrap(layout, STYLE_PLAIN, "other inputs, other machines, files that are not in memory yet");
    if (contest->cpus == 1)
        layout_wrap(layout, STYLE_PLAIN, "; what a second CPU would change, since each run had one");
    if (sheet_is_short(contest))
        layout_wrap(layout, STYLE_PLAIN,
                    "; the commands' own work: figures include the start of a process, which is much of "
                    "commands this short");
    if (sheet_has_figures(contest) && contest->rows[0].fresh_pairs == 0)
        layout_wrap(layout, STYLE_PLAIN,
                    "; the interval comes from the pairs that decided, not from fresh ones");
    layout_end_line(layout);
}

static enum layout_style sheet_style(const struct contest *contest)
{
    switch (contest->exit_status) {
    case 0:
        return STYLE_GOOD;
    case 3:
    case 4:
        return STYLE_FAIR;
    default:
        return STYLE_BAD;
    }
}

void sheet_format(const struct contest *contest, bool color, int width, struct text *out)
{
    struct layout layout = {.out = out, .color = color, .width = width};
    struct text words cleanup_text = {0};
    sentence_append_warning(&words, contest);
    if (words.length > 0) {
        layout_wrap(&layout, STYLE_BAD, text_string(&words));
        layout_end_line(&layout);
        text_clear(&words);
    }
    sentence_append_conclusion(&words, contest);
    layout_wrap(&layout, sheet_style(contest), text_string(&words));
    layout_blank_line(&layout);
    if (sheet_has_figures(contest))
        sheet_put_table(&layout, contest);
    sheet_put_command(&layout, "A", &contest->commands[ARM_BASE]);
    sheet_put_command(&layout, "B", &contest->commands[ARM_CANDIDATE]);
    sheet_put_answers(&layout, contest);
    if (!contest->measured)
        return;
    sheet_put_measured(&layout, contest);
    sheet_put_noise(&layout, contest);
    sheet_put_limits(&layout, contest);
}
