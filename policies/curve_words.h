/* What a curve says, in sentences that a person can act on. Pure. */
#ifndef CUPEL_POLICIES_CURVE_WORDS_H
#define CUPEL_POLICIES_CURVE_WORDS_H

#include "base/text.h"
#include "workloads/curve/curve.h"

/* One to three sentences, NULL-terminated; free with json_free_strings(). */
char **curve_sentences(const struct curve *curve);

/* "O(n²)", "between O(n) and O(n log n)", "flat", "about n^1.18", "unknown" */
void curve_append_growth(struct text *out, const struct fit *fit);

#endif
