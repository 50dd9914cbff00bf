/* What the contract of each workload saw and did not see: rows of a document, and their words. */
#ifndef CUPEL_ORCHESTRATOR_REPORT_COVERED_H
#define CUPEL_ORCHESTRATOR_REPORT_COVERED_H

#include "orchestrator/report/ranked_words.h"
#include "policies/evidence.h"

/* `contract.coverage`: a row for each workload whose contract was checked. */
void covered_build(cJSON *contract, const struct evidence *evidence);

/* " in 14 kinds" of all workloads together; nothing where that is not known. */
void covered_append_kinds(struct text *out, const cJSON *contract);

/* "a break in fewer than 0.25 % of requests like these could be missed (95 %); never varied: --currency;
 * strata never compared: "refunds"; …" of a row; `broken`: a break was found, so none is bounded. */
void covered_append_words(struct text *out, const cJSON *row, bool broken, ranked_escape *escape);

#endif
