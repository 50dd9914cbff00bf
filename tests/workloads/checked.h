/* A check of the fake kind, run to its end, and what it told. */
#ifndef CUPEL_TESTS_WORKLOADS_CHECKED_H
#define CUPEL_TESTS_WORKLOADS_CHECKED_H

#include "tests/workloads/fake_kind.h"
#include "workloads/check.h"

struct checked {
    int calls;         /* of `done` */
    int code;          /* of the error, or 0 */
    char message[256]; /* likewise */
    bool base_unusable;
    char problem[256];          /* why it is */
    char start_problem[256];    /* of the candidate's program */
    struct reference reference; /* the base's answers; the test's to end */
    struct check *check;        /* in flight */
};

/* Runs the loop until the check is over; `fake.data` is its struct checked.
 * `known`: NULL, or answers that an earlier check heard. */
struct checked checked_run_with(struct fake_scene *scene, bool with_candidate, const struct reference *known);
struct checked checked_run(struct fake_scene *scene, bool with_candidate);

/* Both arms answer alike, each sample in its own way. */
void checked_answer_steady(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures);
/* The candidate is wrong at one sample, whenever it is asked. */
void checked_answer_wrong_always(struct fake *self, const struct arm *arm, size_t index, size_t count,
                                 struct answer *answer, struct figures *figures);

#endif
