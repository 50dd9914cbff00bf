/* Figures of the changed requests of a workload. */
#ifndef CUPEL_WORKLOADS_EDGE_COUNTS_H
#define CUPEL_WORKLOADS_EDGE_COUNTS_H

#include <stddef.h>

/* What became of the changed requests of a workload. planned ≥ tried = compared + unstable + crashed +
 * not_compared. */
struct edge_counts {
    size_t planned;      /* requests that were made */
    size_t tried;        /* the base was asked, and the candidate where that makes sense */
    size_t compared;     /* the answers were held against each other */
    size_t refused;      /* of those tried: the base's exit status is not that of the unchanged sample */
    size_t unstable;     /* the base answers otherwise each time */
    size_t crashed;      /* the base died or timed out */
    size_t not_compared; /* both answers were cut, or neither could be read */
    size_t different;    /* of those compared: the candidate answers otherwise */
    size_t left_out;     /* changes that the budget left out, planned ones included that were not tried */
};

#endif
