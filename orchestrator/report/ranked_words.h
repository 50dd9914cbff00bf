/* What the formats of a ranked report say alike: cells and sentences, from a candidate of a view. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_RANKED_WORDS_H
#define CUPEL_ORCHESTRATOR_REPORT_RANKED_WORDS_H

#include "base/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* How a format shows foreign text: report_escape_terminal() or report_escape_markdown(). */
typedef void ranked_escape(struct text *out, const char *foreign, size_t limit);

/* One of ours, or "unknown". */
const char *ranked_verdict_words(const cJSON *candidate);
bool ranked_is_recommended(const cJSON *candidate);
bool ranked_has_money(const cJSON *candidate);

/* "cupel: 2 of 20 candidates recommended, in 8 min 20 s" */
void ranked_append_headline(struct text *out, const cJSON *view);
/* What so many tries ask of each, in plain words. */
void ranked_append_family(struct text *out, const cJSON *view);

/* Cells. The gain is that of the workload's primary: "15.8 % less (14.9–16.6 %)". */
void ranked_append_gain(struct text *out, const cJSON *candidate, const char *workload);
void ranked_append_guardrails(struct text *out, const cJSON *candidate, const char *workload);
const char *ranked_contract_words(const cJSON *candidate, const char *workload);
void ranked_append_lines(struct text *out, const cJSON *candidate);    /* "+14 −9" */
void ranked_append_per_line(struct text *out, const cJSON *candidate); /* "0.65 %" */
void ranked_append_money(struct text *out, const cJSON *candidate);    /* "1,204 EUR" */

/* Sentences. Nothing where there is nothing to say. */
void ranked_append_estimate(struct text *out, const cJSON *candidate);
void ranked_append_claim(struct text *out, const cJSON *candidate, ranked_escape *escape);
void ranked_append_duplicates(struct text *out, const cJSON *candidate, size_t most, ranked_escape *escape);
void ranked_append_next(struct text *out, const cJSON *candidate);
/* Whether the recommended ones can be applied together, and what they gain so. */
void ranked_append_together(struct text *out, const cJSON *view, ranked_escape *escape);
void ranked_append_conflict(struct text *out, const cJSON *conflict, ranked_escape *escape);

/* Candidates from `first` on that stand under one heading: same verdict, same side of the threshold. */
size_t ranked_group_size(const cJSON *first);
void ranked_append_group(struct text *out, const cJSON *first);

#endif
