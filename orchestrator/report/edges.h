/* Requests with edge values in the report: their figures, and one line of words for a person. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_EDGES_H
#define CUPEL_ORCHESTRATOR_REPORT_EDGES_H

#include "base/text.h"
#include "policies/evidence.h"

#include <cjson/cJSON.h>

/* "edge_cases" and "edges" of the contract: totals over the workloads. */
void edges_build_contract(cJSON *contract, const struct evidence *evidence);
/* "edges" of one workload. */
void edges_build_workload(cJSON *contract, const struct workload_evidence *workload);

/* "211 changed requests compared; 6 refused by the base, 130 left out by the budget"; behind `before`;
 * nothing where none were planned. */
void edges_append_words(struct text *out, const char *before, const cJSON *contract);

/* What a finding means; "" where that isn't known, or where the finding above it says the same. */
const char *edges_remark(const cJSON *finding);
/* The same as a line of Markdown below it; nothing where that isn't known. */
void edges_append_remark(struct text *out, const cJSON *finding);

#endif
