/*
 * Layout variants of the base: builds of the same sources whose code lies elsewhere in memory (alignment,
 * link order), and what that alone does to a run. It explains a gain and decides nothing (Mytkowicz, Diwan,
 * Hauswirth & Sweeney, "Producing wrong data without doing anything obviously wrong!", ASPLOS 2009). Pure.
 */
#ifndef CUPEL_WORKLOADS_VARIANTS_VARIANTS_H
#define CUPEL_WORKLOADS_VARIANTS_VARIANTS_H

#include "workloads/measure/measurement.h"

#define VARIANTS_MOST        8 /* of a configuration */
#define VARIANTS_PAIRS       8 /* of each, where there is time */
#define VARIANTS_PAIRS_LEAST 6 /* fewer have no 95 % interval, and are not kept */

/* Base and variant next to each other in time, under a coin. */
struct variant_pair {
    bool variant_first;           /* the coin */
    uint64_t seed;                /* of the block's draw and order */
    struct figures base, variant; /* totals of the run */
};

struct variant {
    char *name;    /* of the configuration; foreign text in a report that is read; owned */
    char *problem; /* why there are no pairs, a sentence; owned; NULL: there are */
    struct variant_pair pairs[VARIANTS_PAIRS];
    size_t pair_count;
    struct gain gains[METRIC_COUNT]; /* what the variant saves; negative: what it costs */
};

struct variants {
    struct variant items[VARIANTS_MOST];
    size_t count;
};

struct variants *variants_new(void); /* the caller's */
void variants_free(struct variants *variants);

/* The sentence (taken over) takes the place of the variant's pairs; the first one stays. */
void variant_drop(struct variant *variant, char *problem);

/* Fills the gains, from the pairs alone. */
void variants_judge(struct variants *variants);

/*
 * Which variant moves the metric most, of those that are shown to move it at all: an interval leaves 0 out,
 * of 95 % where there is one variant, and wider with each more, since one of many does so by chance. NULL:
 * none is.
 */
const struct variant *variants_strongest(const struct variants *variants, enum metric metric);

#endif
