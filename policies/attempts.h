/*
 * What the candidate tried and the base never did, from the builds, the tests and the counting runs: a class
 * of calls that the policy names makes the candidate suspicious, anything else is an observation. Pure.
 *
 * Programs probe: C libraries and runtimes ask for what a kernel may lack. So what the base does too says
 * nothing, however often: in any command of the same stage, or in any workload. A build that tries what only
 * the base's tests do is another matter.
 */
#ifndef CUPEL_POLICIES_ATTEMPTS_H
#define CUPEL_POLICIES_ATTEMPTS_H

#include "base/text.h"
#include "policies/evidence.h"

/* The class of a refused call as the sandbox names it: "network" for "socket(AF_INET)"; "other". */
const char *attempts_class(const char *call);
/* Is that the name of a class, or of a call that has one? */
bool attempts_is_known(const char *name);
/* "bpf, keyrings, …": for the message about an unknown name. */
void attempts_append_classes(struct text *out);

/* Does the policy find the call suspicious, once the base never makes one of its class? */
bool attempts_is_suspicious(const char *call, const struct policy *policy);

/* Adds what all counted workloads show to the suspicions and observations of the evidence. */
void attempts_judge(struct evidence *evidence, const struct policy *policy);
/* Likewise what the commands of a stage show, STAGE_BUILD or STAGE_TESTS. */
void attempts_judge_commands(struct evidence *evidence, const struct policy *policy, enum stage stage);

/*
 * Adds a suspicion where the candidate's timed answers left processes behind that the base's didn't. A run
 * ends with its first process, and what still runs is killed: work that is left for later is in no figure.
 * Where the base leaves nothing behind, five of the candidate's answers and none of the base's come by chance
 * once in 32 times at most, and so do three more for each of the base's.
 */
void attempts_judge_leftovers(struct evidence *evidence, const struct workload_evidence *workload);

#endif
