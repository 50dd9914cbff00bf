/* What is known of the sets of a patch's parts,
 * and how the patch grows part by part. attribution.c's inside. */
#ifndef CUPEL_POLICIES_ATTRIBUTION_SETS_H
#define CUPEL_POLICIES_ATTRIBUTION_SETS_H

#include "policies/attribution.h"

#define SETS_MOST 16 /* parts: two sets a part must stay within what a family may be */

uint32_t sets_bit(size_t part);
uint32_t sets_all(const struct attribution_input *input);
/* The set's evaluation, that of the whole included; NULL: there was none. */
const struct attribution_trial *sets_find(const struct attribution_input *input, uint32_t parts);

bool sets_break(const struct attribution_trial *trial); /* answers or tests, or it may not be tried */
bool sets_harm(const struct attribution_trial *trial);  /* proven */
/* It applies, builds and starts, and cupel came to an end with it. */
bool sets_stand(const struct attribution_trial *trial);
bool sets_stand_alone(const struct attribution_input *input, size_t part);

/* Does another part not apply without it, or is a set that stands with it known not to stand without it? */
bool sets_need(const struct attribution_input *input, size_t part);

/* The parts with all that they can't be applied without. */
uint32_t sets_close(const struct attribution_input *input, uint32_t parts);

/*
 * Where each part joined the others. Sets that don't stand are passed over: a part that only misses others is
 * held against the last set that stood, once one stands again.
 */
struct sets_growth {
    uint32_t before[SETS_MOST]; /* 0: the base itself */
    uint32_t with[SETS_MOST];   /* 0: never added, or nothing stood any more */
    uint32_t grown[SETS_MOST];  /* the set that was evaluated when it joined */
    uint32_t wanted;            /* the first set that is not known; 0: all are */
};

/* Each part joins as soon as it can, in the patch's order; what breaks or harms is left out again. */
void sets_grow(const struct attribution_input *input, struct sets_growth *growth);

#endif
