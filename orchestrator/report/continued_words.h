/* What progress, assumptions and the formats say alike of pairs that were measured before. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_CONTINUED_WORDS_H
#define CUPEL_ORCHESTRATOR_REPORT_CONTINUED_WORDS_H

#include "orchestrator/report/ranked_words.h"
#include "workloads/measure/measurement.h"

/*
 * "continues the 11 pairs of evaluation 0123456789ab of 2026-11-21; nothing was measured again": the end
 * where the measurement has `all` pairs and these are all of them. `escape` is for strings that may be
 * foreign; NULL: they are ours.
 */
void continued_append(struct text *out, const struct continued *continues, size_t all, ranked_escape *escape);

/* The same of a row of "measurements"; nothing, and false, where it continues none. */
bool continued_append_row(struct text *out, const cJSON *row, ranked_escape *escape);

#endif
