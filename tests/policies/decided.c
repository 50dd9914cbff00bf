#include "tests/policies/decided.h"

#include "base/memory.h"
#include "tests/report/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void decided_bend_identical(struct evidence *evidence)
{
    evidence->identical = true;
    evidence->identical_why = memory_copy_string("the built trees are the same");
}

void decided_bend_undecided(struct evidence *evidence)
{
    struct metric_result *primary = &evidence->workloads->measurement.metrics[0];
    primary->outcome = OUTCOME_UNDECIDED;
    primary->pairs_to_verdict = 60;
    primary->gain = (struct gain){true, 0.092, -0.003, 0.187};
}

void decided_bend_futile(struct evidence *evidence)
{
    struct metric_result *primary = &evidence->workloads->measurement.metrics[0];
    primary->outcome = OUTCOME_NOT_WORTH_IT;
    primary->gain = (struct gain){true, 0.012, -0.003, 0.027};
    primary->e_real = 3;
}

void decided_assert(struct evidence *evidence, const struct policy *policy, enum verdict verdict,
                    const char *reason)
{
    struct decision decision;
    verdict_decide(evidence, policy, &decision);
    assert_string_equal(reason, decision.reason);
    assert_string_equal(verdict_name(verdict), verdict_name(decision.verdict));
    assert_true(strlen(decision.next_step) > 20);
    decision_fini(&decision);
    evidence_fini(evidence);
}
