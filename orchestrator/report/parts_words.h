/* What the formats say alike of an attribution:
 * sentences, from the document that orchestrator/attribution makes. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_PARTS_WORDS_H
#define CUPEL_ORCHESTRATOR_REPORT_PARTS_WORDS_H

#include "orchestrator/report/ranked_words.h"

/* "3 hunks, alone and together. Exploratory: …" */
void parts_append_headline(struct text *out, const cJSON *attribution);
/* "carries", "carries nothing" …; one of ours, whatever the document holds. */
const char *parts_class_words(const cJSON *part);
bool parts_is_carrying(const cJSON *part);
bool parts_is_bad(const cJSON *part); /* harms or breaks */
/* `hunk 1 of "sum.c", line 7: 15.8 % less (14.9–16.6 %) alone` */
void parts_append_sentence(struct text *out, const cJSON *part, ranked_escape *escape);
/* "part 1 keeps 98 % of the gain: …"; what is offered, or why nothing is; without its file. */
void parts_append_offer(struct text *out, const cJSON *attribution, ranked_escape *escape);

#endif
