/* The sentence about values that the base takes for one and the candidate does not. Pure. */
#ifndef CUPEL_WORKLOADS_EDGE_ALIKE_H
#define CUPEL_WORKLOADS_EDGE_ALIKE_H

#include <stdbool.h>
#include <stddef.h>

/* One change to what stands for no value, all at one place of one sample. */
struct edge_alike {
    const char *label; /* of the value: 0, "", null; NULL: the place is absent */
    bool kept;         /* the candidate answers as the base does */
};

#define EDGE_ALIKE_MOST 64 /* rows, at most */

/*
 * What can be said of row `which`: that the base answers alike to it and to others, and the candidate doesn't
 * to at least one of them. `same_base` and `same_candidate` say whether an arm answers alike to two of the
 * rows. The caller's; NULL where there is nothing to say.
 *
 *     the base treats 0, "" and an absent `status` alike; the candidate no longer does
 */
char *edge_alike_sentence(const char *word, const struct edge_alike *rows, size_t count, size_t which,
                          bool (*same_base)(size_t a, size_t b, void *data),
                          bool (*same_candidate)(size_t a, size_t b, void *data), void *data);

#endif
