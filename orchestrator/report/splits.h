/* What size pairs were split into, in the report: visible and held-out samples, first and later requests. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_SPLITS_H
#define CUPEL_ORCHESTRATOR_REPORT_SPLITS_H

#include "policies/evidence.h"

#include <cjson/cJSON.h>

/* Adds "cache" and "held_out" to a workload. */
void splits_build_workload(cJSON *object, const struct workload_evidence *workload);
/* Add "held_out" and "signals" to a measurement's row; null and [] where it isn't the primary's. */
void splits_build_held_out(cJSON *row, const struct measurement *measurement, bool primary);
void splits_build_signals(cJSON *row, const struct measurement *measurement, bool primary);

#endif
