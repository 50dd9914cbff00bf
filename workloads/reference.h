/* The base's stored answers, one a sample: what every later response is held against. */
#ifndef CUPEL_WORKLOADS_REFERENCE_H
#define CUPEL_WORKLOADS_REFERENCE_H

#include "workloads/answer.h"

#define CHECK_BASE_PASSES 3 /* how often the base answers each sample */

struct reference {
    struct answer *answers; /* by sample index, of the first pass; owned */
    /* Of the later passes what differs from the first, to learn noise from;
     * others have not ended. Owned; NULL: none. */
    struct answer *later[CHECK_BASE_PASSES - 1];
    size_t count;
    double sample_seconds; /* mean wall seconds of one sample, its sandbox included */
};

/* Room for so many answers. */
void reference_init(struct reference *reference, size_t count);
void reference_fini(struct reference *reference);
/* Bytes of all that the base answered to that sample. */
size_t reference_weigh(const struct reference *reference, size_t index);
size_t reference_weigh_all(const struct reference *reference);

#endif
