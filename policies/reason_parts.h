/* The parts of a reason that several files share; reason.h is what others include. */
#ifndef CUPEL_POLICIES_REASON_PARTS_H
#define CUPEL_POLICIES_REASON_PARTS_H

#include "policies/reason.h"

struct reason_input {
    struct text *out;                  /* where the sentence goes */
    const struct judgement *judgement; /* what was found */
    const struct evidence *evidence;   /* where */
    const struct policy *policy;       /* under which rules */
};

/* "15.8 % less CPU time (14.9–16.6 %) on summary" */
void reason_gain(struct text *out, const struct metric_result *metric,
                 const struct workload_evidence *workload);
/* The gains of all workloads that improved, then `after`; nothing where none did. */
void reason_gains(const struct reason_input *input, const char *after);

/* How the evidence stands to what was asked: enough, or not. */
void reason_weight(const struct reason_input *input);
void reason_family(const struct reason_input *input);
void reason_improved(const struct reason_input *input);
void reason_not_worse(const struct reason_input *input);

#endif
