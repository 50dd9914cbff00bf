/*
 * Before a break is declared, both arms are asked five times more, spaced in time, so that a clock that
 * ticked once is no finding, and a candidate that is wrong only sometimes is one.
 */
#ifndef CUPEL_WORKLOADS_CHECK_RETRY_H
#define CUPEL_WORKLOADS_CHECK_RETRY_H

#include "workloads/check.h"

#define CHECK_RETRY_ROUNDS 5
#define CHECK_RETRY_MS     50                 /* between two rounds */
#define CHECK_RETRY_MOST   16                 /* samples asked again at once */
#define CHECK_RETRY_BYTES  ((size_t)64 << 20) /* of answers that wait for it; each is kept up to six times */

struct check_retry;

/* What came of one sample. */
enum check_retry_outcome { CHECK_RETRY_HELD, CHECK_RETRY_BROKEN, CHECK_RETRY_UNSTABLE };

struct check_retry_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *base;
    const struct arm *candidate;
    struct contract *contract; /* learns from the base's answers and records the candidate's */
    const struct reference *reference;
    const size_t *indices;  /* samples whose answers differed, one twice if need be; copied */
    struct answer *answers; /* the candidate's, beside the indices; taken over by a started retry */
    size_t count;           /* 1 to CHECK_RETRY_MOST */
    struct tape *tape;      /* as check_input.tape; none for what timed runs showed */
    /*
     * What came of each sample, before `done`; the candidate's answer that shows it may be taken over by
     * copying and zeroing. An unstable base is then that sample's outcome, of which nothing is recorded, and
     * ends nothing. NULL: it ends all. As on_answer of a pass, maybe on a pool thread.
     */
    void (*on_judged)(size_t index, enum check_retry_outcome outcome, struct answer *candidate, void *data);
    /*
     * `broken`: samples with a difference that the base's own noise doesn't explain, in the first answer or
     * in any later one; what the base showed at other samples explains no difference that was in all six.
     * `unstable`: a sentence, borrowed, when the base's answers differ beyond noise; then nothing was
     * recorded.
     */
    void (*done)(size_t broken, const char *unstable, const struct err *err, void *data);
    void *data; /* `done`: once, never from start */
};

/* No more may wait: enough samples, or answers so long that six of each would fill the memory. */
bool check_retry_is_full(const struct answer *answers, size_t count);

WARN_UNUSED int check_retry_start(struct check_retry **out, const struct check_retry_input *input,
                                  struct err *err);
void check_retry_cancel(struct check_retry *retry); /* `done` still comes, with ERR_CANCELLED */

#endif
