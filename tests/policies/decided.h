/* What the tests of a verdict share: three ways to bend the recommended case,
 * and what is asserted of a decision. */
#ifndef CUPEL_TESTS_POLICIES_DECIDED_H
#define CUPEL_TESTS_POLICIES_DECIDED_H

#include "policies/policy.h"
#include "policies/verdict.h"

/* The built trees are the same. */
void decided_bend_identical(struct evidence *evidence);
/* Neither a gain nor its absence is proven yet. */
void decided_bend_undecided(struct evidence *evidence);
/* A gain that is proven to be too small. */
void decided_bend_futile(struct evidence *evidence);
/* Decides, asserts verdict and sentence to the letter
 * and that a next step is said, and evidence_fini()s it. */
void decided_assert(struct evidence *evidence, const struct policy *policy, enum verdict verdict,
                    const char *reason);

#endif
