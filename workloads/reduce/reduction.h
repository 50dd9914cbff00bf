/*
 * The smallest request that still shows what a sample's does, as a question-and-answer game: the reduction
 * names the next input, its caller tries it and tells whether the difference is still there. The same answers
 * lead the same way, and no input is named twice.
 *
 * First the sample as it is, JSON without white space; then, until a whole round changes nothing: children of
 * each place are left out, from the outside in (delta debugging by levels: ddmin.h; Misherghi & Su, "HDD:
 * Hierarchical Delta Debugging", ICSE 2006), a JSON container is replaced by one that stands in it, and
 * values are shortened. Each input is smaller than the best so far. Last, what the difference hangs on.
 *
 * Pure: no clock, no programs.
 */
#ifndef CUPEL_WORKLOADS_REDUCE_REDUCTION_H
#define CUPEL_WORKLOADS_REDUCE_REDUCTION_H

#include "workloads/samples.h"

#include <stdatomic.h>

#define REDUCTION_BYTES_MOST ((size_t)4 << 20) /* of a request that is reduced */
#define REDUCTION_STEPS_MOST 1000              /* inputs that are named at most */

struct reduction;

/*
 * Borrows the sample, whose bytes are at most REDUCTION_BYTES_MOST; `steps_most` inputs are named. Finding
 * the next one of a long sample can take seconds: where `stop` becomes true meanwhile, nothing more is named.
 */
struct reduction *reduction_new(const struct sample *sample, size_t steps_most, const atomic_bool *stop);
void reduction_free(struct reduction *reduction);

/* Samples that ask with values of the same kind: what they have where the smallest input has a value is tried
 * there, before it is said that the difference hangs on that value. Borrowed. */
void reduction_compare_with(struct reduction *reduction, const struct sample_set *others);

/* The next input, borrowed until it is told of; NULL: nothing is left to try, or it was stopped. */
const struct sample *reduction_next(struct reduction *reduction);
/* Whether the last input shows the difference. */
void reduction_tell(struct reduction *reduction, bool shows);
/* Instead: what came of it says nothing of the difference, as where the base refuses the input. */
void reduction_tell_nothing(struct reduction *reduction);
/* The last input is no smaller one but beside the smallest: the smallest stays. */
bool reduction_is_explaining(const struct reduction *reduction);

/* The smallest so far, borrowed until the next call; NULL: not even the sample itself shows it. */
const struct sample *reduction_best(const struct reduction *reduction);
/* Nothing more can be left out of it: the search was not cut short. */
bool reduction_is_minimal(const struct reduction *reduction);
size_t reduction_steps(const struct reduction *reduction);
/* Behind "differs only when"; the caller's. NULL: nothing can be said so, or the end was not reached. */
char *reduction_words(const struct reduction *reduction);

/* Bytes that the sample asks with: arguments and variables, each with the NUL behind it, standard input,
 * request. */
size_t reduction_weigh(const struct sample *sample);

#endif
