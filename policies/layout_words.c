#include "policies/layout_words.h"

#include "policies/figure.h"
#include "policies/foreign.h"
#include "policies/judge.h"
#include "workloads/measure/steady.h"

#include <math.h>

#define LAYOUT_NAME_MAX 60  /* bytes of a variant's name */
#define LAYOUT_SHARE    0.5 /* of the candidate's effect, from which on layout is of its size */

bool layout_is_worth_measuring(const struct metric_result *primary)
{
    return primary->outcome == OUTCOME_IMPROVED || primary->outcome == OUTCOME_REGRESSED ||
           (primary->outcome == OUTCOME_UNDECIDED && primary->e_real >= JUDGE_PROOF);
}

/* Rows whose size means something to a person:
 * a gain, a loss; what held is no change to be cautious about. */
static bool layout_concerns(const struct metric_result *result)
{
    return result->gain.known &&
           (result->primary ? layout_is_worth_measuring(result) : result->outcome == OUTCOME_BROKEN);
}

static void layout_append_variant(struct text *out, const struct variant *variant, enum metric metric)
{
    text_append_string(out, "A change of layout alone (");
    foreign_append_quoted(out, variant->name, LAYOUT_NAME_MAX);
    text_append_string(out, ") moved it by up to ");
    figure_append_percent(out, fabs(variant->gains[metric].point));
    text_append_string(out, ": ");
}

bool layout_append_caution(struct text *out, const struct metric_result *result, double threshold,
                           const struct variants *variants)
{
    const struct variant *strongest = variants ? variants_strongest(variants, result->metric) : NULL;
    if (!strongest || !layout_concerns(result))
        return false;
    bool gain = result->gain.point >= 0;
    double change = fabs(steady_log1p(-result->gain.point));
    double layout = fabs(steady_log1p(-strongest->gains[result->metric].point));
    bool alike = layout >= LAYOUT_SHARE * change;
    bool near =
        result->primary && result->outcome == OUTCOME_IMPROVED && change - layout < -steady_log1p(-threshold);
    if (!alike && !near)
        return false;
    layout_append_variant(out, strongest, result->metric);
    text_printf(out, "of a %s of ", gain ? "gain" : "loss");
    figure_append_percent(out, fabs(result->gain.point));
    if (alike) {
        text_append_string(out, ", much or all may be where the code happens to lie, and go with the next "
                                "change of anything.");
    } else {
        text_append_string(out, ", what is left without as much may not reach ");
        figure_append_share(out, threshold);
        text_append_char(out, '.');
    }
    return true;
}
