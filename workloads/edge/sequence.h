/*
 * The order in which the changes of one place, or of two together, are tried: over samples and values. What
 * stands for no value comes first, then what is near the value that the place has, at one sample; what stands
 * for none at two more; then everything else at the first; and so on.
 */
#ifndef CUPEL_WORKLOADS_EDGE_SEQUENCE_H
#define CUPEL_WORKLOADS_EDGE_SEQUENCE_H

#include "workloads/edge/patterns.h"

/* One change, or two. */
struct edge_step {
    size_t source;
    size_t pattern[2];                 /* of the patterns; equal: a single change */
    size_t place[2];                   /* of the source's; the second of a pair alone */
    const struct edge_value *value[2]; /* the second NULL: a single change; of EDGE_REVERSED the first */
};

struct edge_sequence {
    size_t pattern[2]; /* of the patterns; equal: a single change */
    double weight;
    size_t given;            /* steps so far */
    size_t made;             /* of them: a request came of it; the caller counts */
    size_t possible;         /* steps in all */
    size_t round;            /* of samples */
    size_t phase;            /* of a round */
    size_t hit;              /* of a pair: which sample */
    size_t value;            /* the next one to look at */
    bool range;              /* a pair whose values may change places */
    struct edge_hit *second; /* of a pair: the places beside those of the first pattern; owned */
    struct edge_hit *first;  /* likewise; owned */
    size_t hit_count;        /* samples that have the place, or both */
};

struct edge_sequences {
    struct edge_sequence *items; /* owned */
    size_t count;
    size_t possible; /* steps of all */
};

void edge_sequences_make(struct edge_sequences *sequences, const struct edge_patterns *patterns,
                         const struct edge_values *values);
/* The one whose turn it is, or NULL. */
struct edge_sequence *edge_sequences_least(struct edge_sequences *sequences);
/* The next step; false behind the last one. */
bool edge_sequence_step(struct edge_sequence *sequence, const struct edge_patterns *patterns,
                        struct edge_step *step);
/* Steps that nobody asked for. */
size_t edge_sequences_left(const struct edge_sequences *sequences);
void edge_sequences_fini(struct edge_sequences *sequences);

#endif
