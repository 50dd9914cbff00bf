/* The verdict: a pure function of evidence and policy. */
#ifndef CUPEL_POLICIES_VERDICT_H
#define CUPEL_POLICIES_VERDICT_H

#include "policies/evidence.h"

enum verdict {
    VERDICT_RECOMMENDED,
    VERDICT_NOT_WORTH_IT,
    VERDICT_NO_EFFECT,
    VERDICT_INCONCLUSIVE,
    VERDICT_GUARDRAIL_UNPROVEN,
    VERDICT_REGRESSION,
    VERDICT_GUARDRAIL_BROKEN,
    VERDICT_CONTRACT_BROKEN,
    VERDICT_TESTS_FAILED,
    VERDICT_SUSPICIOUS,
    VERDICT_REFUSED,
    VERDICT_DOES_NOT_APPLY,
    VERDICT_DOES_NOT_BUILD,
    VERDICT_DOES_NOT_START,
    VERDICT_ERROR,
    VERDICT_COUNT
};
const char *verdict_name(enum verdict verdict);
int verdict_by_name(const char *name);         /* or -1 */
int verdict_exit_status(enum verdict verdict); /* DESIGN's table: 0, 1, 3, 4, 8 */

struct decision {
    enum verdict verdict;
    char *reason;    /* one sentence a person can act on; foreign text in it is escaped */
    char *next_step; /* what a person would do now */
};

/* Never looks at anything but its arguments. */
void verdict_decide(const struct evidence *evidence, const struct policy *policy, struct decision *decision);
void decision_fini(struct decision *decision);

#endif
