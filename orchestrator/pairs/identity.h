/*
 * Which question a pair of runs is evidence for. The same question asked again goes on with its pairs.
 *
 * A question is two trees, what is run of them on which samples, and the figure that decides. Nothing of the
 * policy is part of it: threshold, guardrails, budgets and false discovery rate are put to raw pairs, and the
 * thresholds whose e-value stays below the limit are a confidence sequence, which holds for all of them at
 * once. So no edit of the policy rolls the dice anew. Nor is what merely compares answers (contract, stdout,
 * outputs, tests), bounds them (timeouts, memory), names them, or weighs them. The machine isn't either: a
 * process that goes on elsewhere says so.
 */
#ifndef CUPEL_ORCHESTRATOR_PAIRS_IDENTITY_H
#define CUPEL_ORCHESTRATOR_PAIRS_IDENTITY_H

#include "base/digest.h"
#include "orchestrator/settings/configuration.h"

#include <git2/oid.h>

/* Processes that only explain a candidate are never continued by one that decides about it. */
enum pairs_family { PAIRS_MAIN, PAIRS_ATTRIBUTION, PAIRS_COMBINATION, PAIRS_FAMILIES };
extern const char *const pairs_families[PAIRS_FAMILIES + 1]; /* "main" …; ends with NULL */

struct pairs_question {
    const git_oid *base_tree, *candidate_tree;
    enum pairs_family family;
    const struct configuration *configuration; /* whose prepare, build and environment count */
    const struct workload *workload;           /* of the configuration */
    const struct digest *samples;              /* of the sample set */
};

struct pairs_key {
    struct digest change;  /* of both trees: what entries are looked up by */
    struct digest process; /* of the whole question */
};

/* SHA-256 over named fields, each with its length; docs/ledger.md lists them. */
struct pairs_key pairs_identify(const struct pairs_question *question);

#endif
