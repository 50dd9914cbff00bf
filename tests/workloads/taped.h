/* A check of the fake kind with a tape or without,
 * and everything that it tells as text, so that two can be held against each other. */
#ifndef CUPEL_TESTS_WORKLOADS_TAPED_H
#define CUPEL_TESTS_WORKLOADS_TAPED_H

#include "base/digest.h"
#include "base/text.h"
#include "tests/workloads/fake_kind.h"
#include "workloads/check.h"

#define TAPED_MANY 40 /* samples: more than a retry takes at once */

typedef void taped_answer(struct fake *self, const struct arm *arm, size_t index, size_t count,
                          struct answer *answer, struct figures *figures);

/* One check: what it is made of, and what came of it. */
struct taped {
    taped_answer *answer; /* what the programs say */
    uint64_t stagger;     /* as in struct fake */
    size_t samples;       /* FAKE_SAMPLES to TAPED_MANY */
    bool base_alone;
    const struct reference *known; /* or NULL */
    size_t cancel_at;              /* progress after which it is cancelled, from 1; 0: never */
    size_t progress;               /* calls so far */
    struct check *check;           /* in flight */
    bool done;
    int code;          /* of the error, or 0 */
    struct text found; /* everything that the check tells, as text */
    struct reference reference;
    size_t asked; /* answers of programs */
};

/* Runs the loop until the check is done. `tape`: to record on, to play, or NULL. */
void taped_run(struct taped *trial, struct tape *tape);
/* Likewise, on a new tape in the tape's place, which it finishes. */
struct digest taped_record(struct taped *trial);
/* A check's `done`, with a struct taped as its data. */
void taped_on_done(struct check_result *result, const struct err *err, void *data);
void taped_fini(struct taped *trial);

/* Whoever asks a program all the same is found out by what it says. */
void taped_answer_nonsense(struct fake *self, const struct arm *arm, size_t index, size_t count,
                           struct answer *answer, struct figures *figures);

#endif
