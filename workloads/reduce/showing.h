/*
 * Whether the answers to one input show the finding. Three are asked for, the base's twice, and each is
 * looked at as it comes: as soon as one settles that the input doesn't show it, no more are needed. It shows
 * it when base and candidate differ in the same class at the same place, under the same rules and learned
 * noise, and the base ends as it did for the sample itself and repeats its answer.
 *
 * Pure; takes as long as the answers are long.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_SHOWING_H
#define CUPEL_WORKLOADS_REDUCE_SHOWING_H

#include "workloads/arm.h"
#include "workloads/contract/contract.h"

/* What is known of an input. */
enum showing_state {
    SHOWING_OPEN, /* another answer is needed */
    SHOWING_SHOWN,
    SHOWING_HIDDEN, /* it was answered, and the finding is not there */
    SHOWING_NOTHING /* the base refuses it, or answers otherwise the next time: nothing is said of it */
};

enum { SHOWING_BASE, SHOWING_CANDIDATE, SHOWING_BASE_AGAIN, SHOWING_ANSWERS }; /* in this order */

struct showing {
    struct contract *contract; /* compares; nothing is recorded; borrowed, like the rest of the input */
    const struct workload *workload;
    const char *sample;            /* id of that which shows the finding */
    const struct finding *finding; /* its class, part, pattern and `after` */
    struct answer answers[SHOWING_ANSWERS];
    int count;                    /* of them, to the input under way */
    bool status_known;            /* the base has answered the sample as it is */
    int status;                   /* with that exit status */
    bool shown;                   /* some input has shown it */
    bool own_noise;               /* only noise of the very sample excuses: otherwise none has */
    struct contract_summary seen; /* of the input under way */
    struct contract_summary kept; /* of that for which it was kept last */
};

/* Which arm answers next. */
enum arm_side showing_next(const struct showing *showing);
/* The answer is taken over. */
void showing_take(struct showing *showing, struct answer *answer);
/* Looks at the latest answer. */
enum showing_state showing_look(struct showing *showing);
/* On to the next input; `keep`: what this one showed is remembered, for showing_kept(). */
void showing_leave(struct showing *showing, bool keep);
/* The finding as the last input that was kept shows it, borrowed. */
const struct finding *showing_kept(const struct showing *showing);
/* Bytes of the answers to the input under way. */
size_t showing_weigh(const struct showing *showing);
void showing_fini(struct showing *showing);

#endif
