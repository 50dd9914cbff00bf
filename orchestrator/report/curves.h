/* "curve" of a measurement: how the cost grows with n. Pure. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_CURVES_H
#define CUPEL_ORCHESTRATOR_REPORT_CURVES_H

#include "base/text.h"
#include "workloads/curve/curve.h"

#include <cjson/cJSON.h>

/* Adds the member; null where `curve` is NULL. */
void curves_build(cJSON *row, const struct curve *curve);

/* The curves of all measurements of a candidate, folded. */
void curves_format_markdown(struct text *out, const cJSON *candidate);

/* Sizes of the card's table that have figures; NULL at the end:
 * for (v = curves_first(c); v; v = curves_next(v)). */
const cJSON *curves_first(const cJSON *curve);
const cJSON *curves_next(const cJSON *value);
/* "9.1 ms" of "base" or "candidate", in the curve's metric. */
void curves_append_cost(struct text *out, const cJSON *curve, const cJSON *value, const char *arm);
/* The share of the base's cost that is saved at a size. */
double curves_saved(const cJSON *value);

#endif
