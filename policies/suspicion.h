/*
 * Gains that depend on what a candidate can know of its evaluation: a policy that names the dependence makes
 * the candidate suspicious, otherwise it is an observation. The figures are those of workloads/measure/.
 * Pure.
 */
#ifndef CUPEL_POLICIES_SUSPICION_H
#define CUPEL_POLICIES_SUSPICION_H

#include "policies/evidence.h"

#define SUSPICION_NAMES "visible-samples, repeats, warm-up" /* what policies call the dependences */

bool suspicion_is_known(const char *name);

/*
 * Adds what the size pairs of that workload show. A gain on repeats alone is an observation where the
 * workload repeats requests as production does (`cache` "replay" or "warm"); one behind the warm-up alone is
 * a suspicion only where the configuration itself says "cold": a default is nobody's word.
 */
void suspicion_judge(struct evidence *evidence, const struct policy *policy,
                     const struct workload_evidence *workload);

#endif
