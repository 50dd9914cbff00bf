/*
 * Timed answers of the candidate that differ from the reference and wait to be asked again, once the round is
 * over. A round is never run again because of them: a candidate could otherwise have its bad runs thrown
 * away.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_DOUBTS_H
#define CUPEL_WORKLOADS_MEASURE_DOUBTS_H

#include "workloads/check_retry.h"

#define DOUBTS_MOST      (8 * CHECK_RETRY_MOST)
#define DOUBTS_ELSEWHERE (CHECK_RETRY_MOST / 2) /* of those that noise of other samples may explain */

struct doubt {
    size_t index; /* of the sample */
    struct answer answer;
};

struct doubts {
    struct doubt items[DOUBTS_MOST];
    size_t count;
    size_t bytes; /* of their answers */
    size_t ended; /* how many ended otherwise than the reference, which no noise explains */
};

/* What the differences are held against; borrowed. */
struct doubts_scope {
    struct contract *contract;
    const struct reference *reference;
    const struct sample_set *samples;
};

void doubts_fini(struct doubts *doubts);

/*
 * Keeps the answer (taken over) unless noise known by now explains it, or noise of other samples may and
 * enough of that kind wait. False: the round has to end here, for no more can be kept, or so many ended
 * otherwise that going on only costs time.
 */
bool doubts_add(struct doubts *doubts, const struct doubts_scope *scope, size_t index, struct answer *answer);

/* The base's own timed answer differs: noise that the contract learns, or else why nothing can be held
 * against it; owned. */
char *doubts_learn_base(const struct doubts_scope *scope, size_t index, const struct answer *answer);

/* Drops what has been explained since. */
void doubts_review(struct doubts *doubts, const struct doubts_scope *scope);

/* How many of the first may be asked again at once. */
size_t doubts_group(const struct doubts *doubts);
/* Forgets the first `count`, whose answers have been taken over. */
void doubts_drop(struct doubts *doubts, size_t count);

#endif
