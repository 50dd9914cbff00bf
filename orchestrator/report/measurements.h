/*
 * The report's figures: what the contract found and what measuring left, workload by workload, and what was
 * refused, command by command.
 */
#ifndef CUPEL_ORCHESTRATOR_REPORT_MEASUREMENTS_H
#define CUPEL_ORCHESTRATOR_REPORT_MEASUREMENTS_H

#include "policies/evidence.h"

#include <cjson/cJSON.h>

/* Adds "contract": totals over the workloads, findings and excuses with the workload that they belong to. */
void measurements_build_contract(cJSON *candidate, const struct evidence *evidence);

/* Adds "commands": what each command of build and tests was refused, in both arms. */
void measurements_build_commands(cJSON *candidate, const struct evidence *evidence);

/* Adds "workloads", and "measurements": one row a workload and metric, raw pairs in each. */
void measurements_build(cJSON *candidate, const struct evidence *evidence);

#endif
