/*
 * Which changed requests are asked: of all that the samples have room for the most telling, as many as the
 * budget allows. The same samples, values, words and seed give the same requests in the same order.
 */
#ifndef CUPEL_WORKLOADS_EDGE_CHOOSE_H
#define CUPEL_WORKLOADS_EDGE_CHOOSE_H

#include "base/digest.h"
#include "workloads/edge/values.h"
#include "workloads/edge/words.h"
#include "workloads/samples.h"

/* What became of one sample. */
struct edge_case {
    size_t origin; /* index of the sample that was changed */
    size_t group;  /* the same for all changes of one place of one sample alone */
    char *word;    /* name of the place: "status"; owned */
    char *label;   /* of the value as a person reads it; NULL: the place is absent; owned */
    bool nothing;  /* a single change to what stands for no value */
};

struct edges {
    struct sample_set set;   /* ids "order-17 with status=0"; of weight 0; the most telling first */
    struct edge_case *cases; /* beside set.items; owned */
    size_t possible;         /* changes that the samples looked at have room for; some may not fit */
    size_t left_out;         /* of them: beyond the budget */
    size_t held_out;         /* samples that were not changed since they are held out */
    size_t too_long;         /* samples whose stdin was not looked into: longer than EDGE_TEXT_MOST */
    size_t placeless;        /* of those looked at: samples in which nothing can be changed */
    size_t looked;           /* samples that were looked at */
};

struct edges_input {
    const struct edge_values *values;
    const struct sample_set *samples;
    const struct edge_words *words; /* NULL: none */
    struct digest seed;
    size_t most; /* requests */
};

#define EDGES_SAMPLES_MOST 256                 /* samples that are looked at */
#define EDGES_BYTES_MOST   ((size_t)256 << 20) /* of the changed requests, together */

/* Reads the samples' stdin files, so on a thread that may wait. Never fails: what can't be read isn't
 * changed. */
void edges_choose(struct edges *edges, const struct edges_input *input);
void edges_fini(struct edges *edges);

#endif
