/* Findings of changed requests get the sentence of what the candidate no longer takes for one. */
#ifndef CUPEL_WORKLOADS_EDGE_REMARK_H
#define CUPEL_WORKLOADS_EDGE_REMARK_H

#include "workloads/contract/contract.h"
#include "workloads/edge/choose.h"

struct edge_remark_input {
    const struct edges *edges;
    struct contract *contract;
    const struct answer *base;      /* by request; without a part where there is none */
    const struct answer *candidate; /* by request: where it differs and may be spoken of; else empty */
    const bool *different;          /* by request; neither this nor */
    const bool *kept;               /* where an arm was not asked, or answered nothing steadily */
};

void edge_remark(const struct edge_remark_input *input);

#endif
