/* What a measurement was asked, as the plan takes it, and what is said of it in words. Pure. */
#ifndef CUPEL_WORKLOADS_MEASURE_TERMS_H
#define CUPEL_WORKLOADS_MEASURE_TERMS_H

#include "workloads/measure/measure.h"
#include "workloads/measure/plan.h"

struct plan terms_plan(const struct measure_input *input);

/* What a pair of that phase is run for, as progress says it. */
const char *terms_phase(enum pair_phase phase);

/*
 * Of a process that stays, the check's seconds hold its start-up, which a run's figures don't; so the warm-up
 * (`totals`; NULL: not yet) says how many samples make a run of the length that is aimed at. A quantile needs
 * some more of them. Behind pairs of before, blocks stay as they were.
 */
void terms_fit_block(const struct measure_input *input, const struct figures *totals,
                     struct measurement *measurement);

/* What this noise allows, and in how many seconds; owned. */
char *terms_feasibility(const struct measure_input *input, const struct measurement *measurement);

/* Why it ended; owned. */
char *terms_reason(const struct measure_input *input, const struct measurement *measurement,
                   enum plan_reason reason);

#endif
