#include "policies/verdict.h"

#include "policies/judge.h"
#include "policies/next_step.h"
#include "policies/reason.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_RECOMMENDED = 0,
    EXIT_ERROR = 1,
    EXIT_NOTHING_TO_GAIN = 3,
    EXIT_INCONCLUSIVE = 4,
    EXIT_MUST_NOT_MERGE = 8
};

static const struct {
    const char *name; /* as in reports and --fail-on */
    int exit_status;  /* of `cupel run` */
} verdicts[VERDICT_COUNT] = {
    [VERDICT_RECOMMENDED] = {"recommended", EXIT_RECOMMENDED},
    [VERDICT_NOT_WORTH_IT] = {"not-worth-it", EXIT_NOTHING_TO_GAIN},
    [VERDICT_NO_EFFECT] = {"no-effect", EXIT_NOTHING_TO_GAIN},
    [VERDICT_INCONCLUSIVE] = {"inconclusive", EXIT_INCONCLUSIVE},
    [VERDICT_GUARDRAIL_UNPROVEN] = {"guardrail-unproven", EXIT_INCONCLUSIVE},
    [VERDICT_REGRESSION] = {"regression", EXIT_MUST_NOT_MERGE},
    [VERDICT_GUARDRAIL_BROKEN] = {"guardrail-broken", EXIT_MUST_NOT_MERGE},
    [VERDICT_CONTRACT_BROKEN] = {"contract-broken", EXIT_MUST_NOT_MERGE},
    [VERDICT_TESTS_FAILED] = {"tests-failed", EXIT_MUST_NOT_MERGE},
    [VERDICT_SUSPICIOUS] = {"suspicious", EXIT_MUST_NOT_MERGE},
    [VERDICT_REFUSED] = {"refused", EXIT_MUST_NOT_MERGE},
    [VERDICT_DOES_NOT_APPLY] = {"does-not-apply", EXIT_MUST_NOT_MERGE},
    [VERDICT_DOES_NOT_BUILD] = {"does-not-build", EXIT_MUST_NOT_MERGE},
    [VERDICT_DOES_NOT_START] = {"does-not-start", EXIT_MUST_NOT_MERGE},
    [VERDICT_ERROR] = {"error", EXIT_ERROR},
};

static const enum verdict by_cause[CAUSE_COUNT] = {
    [CAUSE_ERROR] = VERDICT_ERROR,
    [CAUSE_DOES_NOT_APPLY] = VERDICT_DOES_NOT_APPLY,
    [CAUSE_REFUSED] = VERDICT_REFUSED,
    [CAUSE_SUSPICIOUS] = VERDICT_SUSPICIOUS,
    [CAUSE_DOES_NOT_BUILD] = VERDICT_DOES_NOT_BUILD,
    [CAUSE_DOES_NOT_START] = VERDICT_DOES_NOT_START,
    [CAUSE_TESTS_FAILED] = VERDICT_TESTS_FAILED,
    [CAUSE_IDENTICAL] = VERDICT_NO_EFFECT,
    [CAUSE_SAME_PROGRAM] = VERDICT_RECOMMENDED,
    [CAUSE_CONTRACT_BROKEN] = VERDICT_CONTRACT_BROKEN,
    [CAUSE_REGRESSED] = VERDICT_REGRESSION,
    [CAUSE_GUARDRAIL_BROKEN] = VERDICT_GUARDRAIL_BROKEN,
    [CAUSE_WORKLOAD_BROKEN] = VERDICT_GUARDRAIL_BROKEN,
    [CAUSE_STRATUM_HARMED] = VERDICT_GUARDRAIL_BROKEN,
    [CAUSE_BUDGET_BROKEN] = VERDICT_GUARDRAIL_BROKEN,
    [CAUSE_BASE_UNSTABLE] = VERDICT_INCONCLUSIVE,
    [CAUSE_STAGE_FAILED] = VERDICT_INCONCLUSIVE,
    [CAUSE_NOT_COMPARED] = VERDICT_INCONCLUSIVE,
    [CAUSE_NOT_MEASURED] = VERDICT_INCONCLUSIVE,
    [CAUSE_NO_FIGURE] = VERDICT_INCONCLUSIVE,
    [CAUSE_UNDECIDED] = VERDICT_INCONCLUSIVE,
    [CAUSE_WEIGHT] = VERDICT_INCONCLUSIVE,
    [CAUSE_FAMILY] = VERDICT_INCONCLUSIVE,
    [CAUSE_GUARDRAIL_UNPROVEN] = VERDICT_GUARDRAIL_UNPROVEN,
    [CAUSE_WORKLOAD_UNPROVEN] = VERDICT_GUARDRAIL_UNPROVEN,
    [CAUSE_BUDGET_UNPROVEN] = VERDICT_GUARDRAIL_UNPROVEN,
    [CAUSE_NOT_WORTH_IT] = VERDICT_NOT_WORTH_IT,
    [CAUSE_ISOLATION] = VERDICT_INCONCLUSIVE,
    [CAUSE_IMPROVED] = VERDICT_RECOMMENDED,
    [CAUSE_NOT_WORSE] = VERDICT_RECOMMENDED,
};

const char *verdict_name(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return verdicts[verdict].name;
}

int verdict_by_name(const char *name)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (strcmp(verdicts[verdict].name, name) == 0)
            return verdict;
    return -1;
}

int verdict_exit_status(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return verdicts[verdict].exit_status;
}

void verdict_decide(const struct evidence *evidence, const struct policy *policy, struct decision *decision)
{
    struct judgement judgement;
    struct text reason = {0};
    struct text next_step = {0};
    judge_evidence(evidence, policy, &judgement);
    reason_append(&reason, &judgement, evidence, policy);
    next_step_append(&next_step, &judgement, policy);
    *decision = (struct decision){
        .verdict = by_cause[judgement.cause],
        .reason = text_take(&reason),
        .next_step = text_take(&next_step),
    };
}

void decision_fini(struct decision *decision)
{
    free(decision->reason);
    free(decision->next_step);
    *decision = (struct decision){0};
}
