/*
 * A tape: the answers of one workload's check, in the order in which they came. What a check finds is a pure
 * function of them, so that playing the tape gives the same reference and the same contract again without
 * running a program. Answers of timed and of counting runs are never on a tape.
 *
 * A tape is played in the order of its recording and no other: which answers teach noise before which others
 * are compared depends on it.
 */
#ifndef CUPEL_WORKLOADS_TAPE_TAPE_H
#define CUPEL_WORKLOADS_TAPE_TAPE_H

#include "base/digest.h"
#include "base/error.h"
#include "workloads/answer.h"
#include "workloads/arm.h"

#include <stdbool.h>
#include <stddef.h>

struct tape;

#define TAPE_BYTES_MOST ((size_t)2 << 30) /* of the file; a check with more answers leaves no tape */

/*
 * Records into PATH.part until tape_finish(), over what an earlier process left there; one recorder a path at
 * a time.
 */
WARN_UNUSED int tape_record(struct tape **out, const char *path, struct err *err);
bool tape_is_recording(const struct tape *tape); /* NULL: no */
/* Never fails the check: what goes wrong is told by tape_finish(). Bytes that came before are only named. */
void tape_put(struct tape *tape, enum arm_side side, size_t index, const struct answer *answer);
/*
 * Makes the tape whole, durable and visible at its path; `digest` is of the whole file. Blocks for the disk,
 * and touches nothing but the tape. Once, and only after a check that ended without an error. After a
 * failure, of an earlier tape_put() too, there is no digest that a tape could be opened by.
 */
WARN_UNUSED int tape_finish(struct tape *tape, double sample_seconds, struct digest *digest, struct err *err);

/*
 * Reads the whole file once, so blocks; memory holds only where each answer lies. ERR_NOT_FOUND, ERR_SYSTEM,
 * and ERR_INVALID for whatever is not, byte for byte, what tape_finish() gave that digest of.
 */
WARN_UNUSED int tape_open(struct tape **out, const char *path, const struct digest *expected,
                          struct err *err);
bool tape_is_playing(const struct tape *tape); /* opened, and not left; NULL: no */
/*
 * The next answer, if it is one of that arm; the caller's. Otherwise, or where it can't be read any more, the
 * tape is left.
 */
bool tape_take(struct tape *tape, enum arm_side side, size_t *index, struct answer *answer);
/* How long the answer is that tape_take() would give, and to which sample; 0 where there is none. */
size_t tape_next_bytes(const struct tape *tape, size_t *index);
/* Nothing more is taken: what was asked is not what was recorded. */
void tape_leave(struct tape *tape);
bool tape_was_whole(const struct tape *tape);        /* never left, and all of it was taken */
double tape_sample_seconds(const struct tape *tape); /* as given to tape_finish(); finite, not negative */

void tape_free(struct tape *tape); /* removes what is recorded and not finished; NULL is fine */

#endif
