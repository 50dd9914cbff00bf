/*
 * Timed answers of the candidate that differ from the reference and wait to be asked again, once the round is
 * over. A round is never run again because of them: a candidate could otherwise have its bad runs thrown
 * away.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_DOUBTS_H
#define CUPEL_WORKLOADS_MEASURE_DOUBTS_H

#include "workloads/check_retry.h"
#include "workloads/offload.h"

#define DOUBTS_MOST        (8 * CHECK_RETRY_MOST)
#define DOUBTS_CROWDS_MOST 8                      /* full retries; each teaches noise, so few are usual */
#define DOUBTS_ELSEWHERE   (CHECK_RETRY_MOST / 2) /* of those that noise of other samples may explain */

struct doubt {
    size_t index; /* of the sample */
    struct answer answer;
};

/* What the differences are held against; borrowed. */
struct doubts_scope {
    struct contract *contract;
    const struct reference *reference;
    const struct sample_set *samples;
};

struct doubts {
    struct doubt items[DOUBTS_MOST];
    size_t count;
    size_t bytes;  /* of their answers */
    size_t ended;  /* how many ended otherwise than the reference, which no noise explains */
    size_t crowds; /* full retries so far */
    struct offload review;
    struct doubts_scope scope;    /* of a review */
    void (*reviewed)(void *data); /* called behind one on the pool */
    void *reviewer;               /* its data */
};

void doubts_fini(struct doubts *doubts);

/*
 * Keeps the answer (taken over) unless noise known by now explains it, or noise of other samples may and
 * enough of that kind wait. False: the round has to end here, for no more can be kept, or so many ended
 * otherwise that going on only costs time.
 */
bool doubts_add(struct doubts *doubts, const struct doubts_scope *scope, size_t index, struct answer *answer);

/* The base's own timed answer differs:
 * noise that the contract learns, or else why nothing can be held against it; owned. */
char *doubts_learn_base(const struct doubts_scope *scope, size_t index, const struct answer *answer);

/* Drops what has been explained since; as offload_start(): false where `done` follows. */
bool doubts_review(struct doubts *doubts, const struct doubts_scope *scope, uv_loop_t *loop,
                   void (*done)(void *data), void *data);

/* Asks the first again, as many as may be at once; there is at least one. `like`: all but what is asked. */
WARN_UNUSED int doubts_ask_again(struct doubts *doubts, struct check_retry **retry,
                                 const struct check_retry_input *like, struct err *err);

/* Nothing broke, but a round was cut short, or the noise doesn't come to an end: nothing follows it. Which
 * round that is, the candidate decides. */
bool doubts_are_hopeless(const struct doubts *doubts, bool cut);
#define DOUBTS_HOPELESS "the answers change from run to run in too many places" /* said then */

#endif
