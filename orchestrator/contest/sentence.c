#include "orchestrator/contest/sentence.h"

#include "policies/figure.h"
#include "policies/foreign.h"

#include <math.h>
#include <string.h>

#define SENTENCE_VALUE   60     /* bytes shown of a value that differs */
#define SENTENCE_STOPPED 400    /* bytes shown of why the measurement stopped */
#define SENTENCE_SAME    0.0005 /* a change that rounds to 0.0 % */
#define SENTENCE_STDERR  160    /* bytes shown of a complaint */

static bool sentence_uses(enum metric metric)
{
    return metric != METRIC_WALL;
}

/* "18.3 %" */
void sentence_append_size(struct text *out, double gain)
{
    figure_append_percent(out, fabs(gain));
}

/* "16.9 to 19.7 %" in the direction of the gain. */
void sentence_append_range(struct text *out, const struct gain *gain)
{
    bool less = gain->point >= 0;
    struct text low cleanup_text = {0};
    figure_append_percent(&low, less ? gain->low : -gain->high);
    text_printf(out, "%.*s to ", (int)(low.length - strlen(" %")), text_string(&low));
    figure_append_percent(out, less ? gain->high : -gain->low);
}

/* The same gain, as what A saves over B. */
static struct gain sentence_turn(const struct gain *gain)
{
    return (struct gain){
        .known = gain->known,
        .point = -gain->point / (1 - gain->point),
        .low = -gain->high / (1 - gain->high),
        .high = -gain->low / (1 - gain->low),
    };
}

/* "B uses 18.3 % less CPU time than A (95 %: 16.9 to 19.7 %)" */
static void sentence_append_change(struct text *out, const struct contest_row *row, bool of_b)
{
    struct gain gain = of_b ? row->gain : sentence_turn(&row->gain);
    const char *verb = sentence_uses(row->metric) ? "uses" : "takes";
    text_printf(out, "%s %s ", of_b ? "B" : "A", verb);
    if (!gain.known) {
        text_printf(out, "an unknown share of %s's %s", of_b ? "A" : "B", figure_metric_words(row->metric));
        return;
    }
    if (fabs(gain.point) < SENTENCE_SAME) {
        text_printf(out, "the same %s as %s (95 %%: ", figure_metric_words(row->metric), of_b ? "A" : "B");
    } else {
        sentence_append_size(out, gain.point);
        text_printf(out, " %s %s than %s (95 %%: ", gain.point >= 0 ? "less" : "more",
                    figure_metric_words(row->metric), of_b ? "A" : "B");
    }
    sentence_append_range(out, &gain);
    text_append_char(out, ')');
}

/* "e-value 231 after 8 pairs" */
static void sentence_append_proof(struct text *out, const struct contest_proof *proof)
{
    text_append_string(out, "e-value ");
    if (proof->e_value >= 1e6)
        text_append_string(out, "above a million");
    else
        text_printf(out, "%.*f", proof->e_value < 9.95 ? 1 : 0, floor(proof->e_value * 10) / 10);
    text_printf(out, " after %zu pairs", proof->pairs);
}

static void sentence_append_better(struct text *out, const struct contest *contest, bool b)
{
    const struct contest_row *row = &contest->rows[0];
    sentence_append_change(out, row, b);
    text_append_string(out, "; proven to be at least ");
    figure_append_share(out, contest->threshold);
    text_append_string(out, ": ");
    sentence_append_proof(out, &row->proofs[b ? CONTEST_B_SAVES : CONTEST_A_SAVES]);
    text_append_char(out, '.');
}

/* A small difference can be proven to be one. */
static void sentence_append_real(struct text *out, const struct contest_row *row)
{
    for (int claim = CONTEST_B_LESS; claim <= CONTEST_A_LESS; claim++) {
        if (!row->proofs[claim].proven)
            continue;
        text_printf(out, " That %s %s less at all is proven: ", claim == CONTEST_B_LESS ? "B" : "A",
                    sentence_uses(row->metric) ? "uses" : "takes");
        sentence_append_proof(out, &row->proofs[claim]);
        text_append_char(out, '.');
        return;
    }
}

static void sentence_append_alike(struct text *out, const struct contest *contest)
{
    const struct contest_row *row = &contest->rows[0];
    const struct contest_proof *b = &row->proofs[CONTEST_B_FALLS_OFF];
    const struct contest_proof *a = &row->proofs[CONTEST_A_FALLS_OFF];
    text_append_string(out, "No difference of ");
    figure_append_share(out, contest->threshold);
    text_printf(out, " in %s, either way, is proven: ", figure_metric_words(row->metric));
    sentence_append_proof(out, b->pairs > a->pairs ? b : a);
    text_append_string(out, ". ");
    sentence_append_change(out, row, true);
    text_append_char(out, '.');
    sentence_append_real(out, row);
}

static void sentence_append_one_sided(struct text *out, const struct contest *contest, bool b)
{
    const struct contest_row *row = &contest->rows[0];
    text_printf(out, "%s does not save ", b ? "B" : "A");
    figure_append_share(out, contest->threshold);
    text_printf(out, " of %s's %s, which is proven: ", b ? "A" : "B", figure_metric_words(row->metric));
    sentence_append_proof(out, &row->proofs[b ? CONTEST_B_FALLS_OFF : CONTEST_A_FALLS_OFF]);
    text_printf(out, ". Whether %s does is open. ", b ? "A" : "B");
    sentence_append_change(out, row, true);
    text_append_char(out, '.');
    sentence_append_real(out, row);
}

/* Would more time do? */
static void sentence_append_need(struct text *out, const struct contest *contest)
{
    double needed = contest->seconds_needed;
    if (needed < 0) {
        text_append_string(out, " At this noise no number of pairs that is allowed would tell; commands that "
                                "run longer, or a quieter machine, would.");
    } else if (needed > contest->time_budget_s) {
        double rounded = ceil(needed / 10) * 10;
        text_printf(out, " It would need about %.0f s: run it with --time-budget %.0f.", rounded, rounded);
    } else {
        text_append_string(out, " It is too close to ");
        figure_append_share(out, contest->threshold);
        text_append_string(out, " for that.");
    }
}

static void sentence_append_open(struct text *out, const struct contest *contest)
{
    const struct contest_row *row = &contest->rows[0];
    if (!row->gain.known) {
        size_t pairs = row->proofs[CONTEST_B_SAVES].pairs;
        text_printf(out, "Undecided: %zu pair%s too few for any conclusion.", pairs,
                    pairs == 1 ? " is" : "s are");
        sentence_append_need(out, contest);
        return;
    }
    text_append_string(out, "Undecided: ");
    sentence_append_change(out, row, true);
    text_append_string(out, ", which neither proves nor rules out ");
    figure_append_share(out, contest->threshold);
    text_append_char(out, '.');
    sentence_append_real(out, row);
    sentence_append_need(out, contest);
}

void sentence_append_conclusion(struct text *out, const struct contest *contest)
{
    if (!contest->measured) {
        text_append_string(out, "Nothing was timed.");
        return;
    }
    if (contest->failed) {
        text_append_string(out, "Nothing can be concluded: ");
        foreign_append(out, contest->stopped, SENTENCE_STOPPED);
        text_append_char(out, '.');
        return;
    }
    if (contest->row_count == 0) {
        text_printf(out, "This machine gives no figure for %s.", figure_metric_words(contest->primary));
        return;
    }
    switch (contest->rows[0].outcome) {
    case CONTEST_B_BETTER:
    case CONTEST_A_BETTER:
        sentence_append_better(out, contest, contest->rows[0].outcome == CONTEST_B_BETTER);
        break;
    case CONTEST_ALIKE:
        sentence_append_alike(out, contest);
        break;
    case CONTEST_B_NOT_BETTER:
    case CONTEST_A_NOT_BETTER:
        sentence_append_one_sided(out, contest, contest->rows[0].outcome == CONTEST_B_NOT_BETTER);
        break;
    default:
        sentence_append_open(out, contest);
    }
}

static void sentence_append_value(struct text *out, const char *value)
{
    if (value)
        foreign_append(out, value, SENTENCE_VALUE);
    else
        text_append_string(out, "nothing");
}

static size_t sentence_breaks(const struct contest *contest)
{
    size_t breaks = 0;
    for (size_t i = 0; i < contest->finding_count; i++)
        breaks += contest->findings[i].class < CLASS_FIRST_NOTE;
    return breaks;
}

/* "A has "x" at stdout /3, B has "y"; 4 more places" */
static void sentence_append_finding(struct text *out, const struct contest *contest)
{
    const struct finding *finding = &contest->findings[0];
    size_t more = sentence_breaks(contest);
    text_append_string(out, "in ");
    foreign_append(out, finding->part, SENTENCE_VALUE);
    if (finding->pointer && *finding->pointer) {
        text_append_string(out, " at ");
        foreign_append(out, finding->pointer, SENTENCE_VALUE);
    }
    text_printf(out, " (%s), A has ", finding_class_name(finding->class));
    sentence_append_value(out, finding->before);
    text_append_string(out, " and B ");
    sentence_append_value(out, finding->after);
    if (more > 1)
        text_printf(out, "; %zu more kinds of difference", more - 1);
    text_append_char(out, '.');
}

static void sentence_append_endings(struct text *out, const struct contest_command *a,
                                    const struct contest_command *b)
{
    foreign_append(out, a->ending, SENTENCE_VALUE);
    text_append_string(out, " of A, ");
    foreign_append(out, b->ending, SENTENCE_VALUE);
    text_append_string(out, " of B");
    const char *complaint = b->status != 0 ? b->complaint : a->complaint;
    if (complaint) {
        text_printf(out, ", and %s says ", b->status != 0 ? "B" : "A");
        foreign_append_quoted(out, complaint, SENTENCE_STDERR);
    }
    text_append_char(out, '.');
}

static void sentence_append_difference(struct text *out, const struct contest *contest)
{
    const struct contest_command *a = &contest->commands[ARM_BASE];
    const struct contest_command *b = &contest->commands[ARM_CANDIDATE];
    text_append_string(out, "The answers differ");
    if (a->steady && !b->steady)
        text_append_string(out, ", and B's change from run to run");
    text_append_string(out, ": ");
    if (a->status != b->status)
        sentence_append_endings(out, a, b);
    else if (contest->finding_count > 0)
        sentence_append_finding(out, contest);
    else
        text_printf(out, "%zu of B's %zu timed answers were not its first one, and all of A's were.",
                    b->strayed, b->timed);
}

static void sentence_append_failure(struct text *out, const struct contest *contest)
{
    const struct contest_command *a = &contest->commands[ARM_BASE];
    const char *complaint = a->complaint ? a->complaint : contest->commands[ARM_CANDIDATE].complaint;
    text_append_string(out, "Both fail, with ");
    foreign_append(out, a->ending, SENTENCE_VALUE);
    if (complaint) {
        text_append_string(out, " (");
        foreign_append_quoted(out, complaint, SENTENCE_STDERR);
        text_append_char(out, ')');
    }
    text_append_string(out, ": what is compared is how fast they do.");
}

void sentence_append_warning(struct text *out, const struct contest *contest)
{
    if (contest_differs(contest)) {
        sentence_append_difference(out, contest);
        return;
    }
    if (!contest_succeeded(contest))
        sentence_append_failure(out, contest);
    if (contest->answers == CONTEST_UNSTEADY)
        text_printf(out, "%sA's answers change from run to run, so B's can't be held to them.",
                    out->length ? " " : "");
    if (contest->answers == CONTEST_NOT_COMPARED)
        text_printf(out, "%sThe answers are too long to be compared.", out->length ? " " : "");
}
