/* What layout variants of the base say of a gain: a word of caution, never a verdict. Pure. */
#ifndef CUPEL_POLICIES_LAYOUT_WORDS_H
#define CUPEL_POLICIES_LAYOUT_WORDS_H

#include "base/text.h"
#include "workloads/variants/variants.h"

/* A primary whose change a person may act on: only then is it worth the time to measure variants. */
bool layout_is_worth_measuring(const struct metric_result *primary);

/*
 * Appends the sentence where layout alone is shown to move the metric by so much that a person should know:
 * by at least half of what the candidate does, or by so much that a gain without it would not reach the
 * threshold (fraction). False, and nothing appended, where it isn't. NULL: no variants were measured.
 */
bool layout_append_caution(struct text *out, const struct metric_result *result, double threshold,
                           const struct variants *variants);

#endif
