/* What a comparison says, in sentences: without a line's end, foreign text in them escaped. Pure. */
#ifndef CUPEL_ORCHESTRATOR_CONTEST_SENTENCE_H
#define CUPEL_ORCHESTRATOR_CONTEST_SENTENCE_H

#include "base/text.h"
#include "orchestrator/contest/contest.h"

/* What is wrong with the answers: "The answers differ: …". Nothing where nothing is. */
void sentence_append_warning(struct text *out, const struct contest *contest);
/* What was proven of the primary metric: "B uses 18.3 % less CPU time than A …". */
void sentence_append_conclusion(struct text *out, const struct contest *contest);

/* "18.3 %", and its interval in the direction of the gain: "16.9 to 19.7 %". */
void sentence_append_size(struct text *out, double gain);
void sentence_append_range(struct text *out, const struct gain *gain);

#endif
