/*
 * What a measurement takes over from earlier ones of the same question, and what it gives away so that later
 * ones can: pairs, one after the other, with all that was told of them. A question asked again goes on with
 * its pairs, since starting anew until the answer pleases would be rolling the dice again. Size pairs decide
 * nothing and are fresh by nature: they stay out of it.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_PAST_H
#define CUPEL_WORKLOADS_MEASURE_PAST_H

#include "workloads/measure/measurement.h"

/* One pair as it is kept. Totals are of the whole process, all its evaluations, up to the pair's end. */
struct pair_record {
    struct pair pair;
    size_t block;          /* samples a run */
    double seconds;        /* wall time spent measuring */
    size_t answers[2];     /* as in struct measurement */
    size_t left_behind[2]; /* likewise */
};

/* Of the latest pair. */
void pair_record_fill(struct pair_record *record, const struct measurement *measurement);

struct measure_past {
    struct pair *pairs; /* in their order; owned */
    size_t count;
    size_t capacity;         /* of `pairs` */
    struct pair_record last; /* totals so far */
    struct continued from;   /* whence; its strings are owned */
};

void measure_past_add(struct measure_past *past, const struct pair_record *record);
/* Copies what there is into a measurement that has nothing yet.
 * Blocks stay as long as they were, since figures are of a block. */
void measure_past_take(const struct measure_past *past, struct measurement *measurement);
void measure_past_fini(struct measure_past *past);

#endif
