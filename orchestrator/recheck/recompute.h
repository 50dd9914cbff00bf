/*
 * A report's conclusions, drawn anew from its raw data: outcomes, e-values and sizes from the pairs, strata
 * from theirs, signs of gaming from the counts, the verdict from all of it. Pure.
 */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_RECOMPUTE_H
#define CUPEL_ORCHESTRATOR_RECHECK_RECOMPUTE_H

#include "orchestrator/recheck/stored.h"

/* Everything that the evidence concludes from what was counted and timed, in place. */
void recompute_evidence(struct evidence *evidence, const struct policy *policy);

/* Was the verdict held against a closed family? */
bool recompute_is_in_family(const struct stored_report *stored);

/*
 * The whole report, in place: its evidence, its family's limit, its decision. `family`: closed over all
 * candidates of the batch; NULL: over the e-values that this report tells, if any.
 */
void recompute_report(struct stored_report *stored, const struct rank_family *family);

#endif
