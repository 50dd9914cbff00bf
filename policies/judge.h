/*
 * The judgement behind a verdict: which rule decided and on which figures. Pure. The rules stand in judge.c
 * as a table in their order of precedence; reason.c words what they found.
 */
#ifndef CUPEL_POLICIES_JUDGE_H
#define CUPEL_POLICIES_JUDGE_H

#include "policies/verdict.h"

#define JUDGE_PROOF 20.0 /* e-value from which a guardrail, a budget or a regression counts as proven */

enum cause {
    CAUSE_ERROR, /* ours: neither accepted nor refused */
    CAUSE_DOES_NOT_APPLY,
    CAUSE_REFUSED, /* by the screen */
    CAUSE_SUSPICIOUS,
    CAUSE_DOES_NOT_BUILD,
    CAUSE_DOES_NOT_START,
    CAUSE_TESTS_FAILED,
    CAUSE_IDENTICAL,
    CAUSE_SAME_PROGRAM, /* the same under intent no-regression: what is identical can't be slower */
    CAUSE_CONTRACT_BROKEN,
    CAUSE_REGRESSED,        /* a primary, and no other workload improved */
    CAUSE_GUARDRAIL_BROKEN, /* a metric beside the primary */
    CAUSE_WORKLOAD_BROKEN,  /* another workload's primary */
    CAUSE_STRATUM_HARMED,   /* a part of production pays for the rest */
    CAUSE_BUDGET_BROKEN,    /* an absolute ceiling */
    CAUSE_BASE_UNSTABLE,    /* the base's own answers changed while it was measured */
    CAUSE_STAGE_FAILED,     /* a stage that no other rule explains */
    CAUSE_NOT_COMPARED,     /* none, or too few, of a workload's answers could be compared */
    CAUSE_NOT_MEASURED,
    CAUSE_NO_FIGURE, /* the machine can't measure the primary */
    CAUSE_UNDECIDED,
    CAUSE_WEIGHT, /* improved, but not by the weighted mean over the workloads */
    CAUSE_FAMILY, /* enough alone, but not among all that were tried together */
    CAUSE_GUARDRAIL_UNPROVEN,
    CAUSE_WORKLOAD_UNPROVEN,
    CAUSE_BUDGET_UNPROVEN,
    CAUSE_NOT_WORTH_IT,
    CAUSE_ISOLATION, /* would be recommended, but ran in a weaker sandbox than required */
    CAUSE_IMPROVED,
    CAUSE_NOT_WORSE, /* intent no-regression: proven not worse */
    CAUSE_COUNT
};

struct judgement {
    enum cause cause;
    const struct workload_evidence *workload; /* where it was found; NULL where that makes no sense */
    const struct metric_result *metric;       /* the deciding row; NULL likewise */
    const struct stratum_effect *stratum;     /* CAUSE_STRATUM_HARMED */
    enum metric budget;                       /* CAUSE_BUDGET_*: whose ceiling */
    enum metric missing;                      /* CAUSE_GUARDRAIL_UNPROVEN without a row: never measured */
    enum stage stage;                         /* CAUSE_STAGE_FAILED */
    double e_value;                           /* CAUSE_WEIGHT, CAUSE_FAMILY: reached */
    double limit;                             /* likewise: asked for */
};

/* Whether something was compared, and at most half of the answers were crashes, cut or unreadable. */
bool judge_is_compared(const struct workload_evidence *workload);

/* Not one answer to a sample was compared. */
bool judge_is_blind(const struct workload_evidence *workload);

void judge_evidence(const struct evidence *evidence, const struct policy *policy,
                    struct judgement *judgement);

#endif
