/* "layout" and "caution" of a measurement: what layout variants of the base do to its metric. Pure. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_LAYOUTS_H
#define CUPEL_ORCHESTRATOR_REPORT_LAYOUTS_H

#include "base/text.h"
#include "policies/evidence.h"

#include <cjson/cJSON.h>

/* Adds both members: [] and null where no variants were measured. */
void layouts_build(cJSON *row, const struct workload_evidence *workload, const struct metric_result *result);

/* The words of caution of a candidate's rows, then all variants, folded; nothing where there are none. */
void layouts_format_markdown(struct text *out, const cJSON *candidate);

#endif
