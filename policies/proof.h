/* What the figures of a candidate prove, in e-values. Pure. */
#ifndef CUPEL_POLICIES_PROOF_H
#define CUPEL_POLICIES_PROOF_H

#include "policies/evidence.h"

/* The primary's row, or NULL. */
const struct metric_result *proof_primary(const struct workload_evidence *workload);

/*
 * Did it reach the threshold: at its own stop, or, once its family is closed, by what that asks of each? The
 * latter takes an open primary whose e-value and whose weighted mean over the workloads reach it.
 */
bool proof_is_improved(const struct evidence *evidence, const struct workload_evidence *workload);

/*
 * The candidate's e-value: the mean over its workloads, weighted by production (means of e-values are
 * e-values: Wang & Ramdas 2022). Under intent no-regression the least of them, since each has to hold. 0
 * where a workload has no primary.
 */
double proof_e_value(const struct evidence *evidence, const struct policy *policy);

/* What that must reach: 20 alone; in a family what it asks once it is closed, N / q before. */
double proof_limit(const struct evidence *evidence, const struct policy *policy);

/*
 * Evidence that the primary is not worse by more than δ: the e-process of the measuring page at θ = −ln(1 +
 * δ), s = +1, over the pairs of the decision (not those of noise and size).
 */
double proof_not_worse(const struct measurement *measurement, enum metric metric, double delta);

/*
 * Evidence that a candidate's run lies under (side +1) or over (side -1) an absolute ceiling: a sign
 * e-process on the runs' values against "the median lies on the other side", bets 0.3, 0.6, 0.9 mixed evenly
 * (Ramdas et al., "Testing exchangeability", 2022). CPU and wall time are a sample's mean over the run,
 * memory is the run's peak, a latency, and what a process takes once, is itself.
 */
double proof_budget(const struct measurement *measurement, enum metric metric, double ceiling, int side);

#endif
