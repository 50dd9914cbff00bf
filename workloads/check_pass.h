/* One arm answers a list of samples, untimed, on all of its lanes at once, or a tape does for it. */
#ifndef CUPEL_WORKLOADS_CHECK_PASS_H
#define CUPEL_WORKLOADS_CHECK_PASS_H

#include "workloads/reference.h"
#include "workloads/tape/tape.h"
#include "workloads/workload.h"

struct check_pass;

struct check_pass_input {
    const struct workload_context *context;
    const struct workload *workload;
    const struct sample_set *samples;
    const struct arm *arm;
    const size_t *indices;             /* into samples->items; copied */
    size_t count;                      /* at least 1 */
    struct tape *tape;                 /* records the answers, or has them; NULL: neither */
    const struct reference *reference; /* what answers are held against: so much more is looked at; or NULL */
    /*
     * As workload_request.on_answer; `index` is that of the sample. False: the pass ends early. One at a
     * time, and on a pool thread where there is much to look at: see answer_queue.look.
     */
    bool (*on_answer)(size_t index, struct answer *answer, const struct figures *figures, void *data);
    void (*on_looked)(void *data); /* on the loop, behind on_answer; may be NULL */
    void (*on_done)(const struct err *err,
                    void *data); /* once, never from start; NULL error when stopped early */
    void *data;
};

WARN_UNUSED int check_pass_start(struct check_pass **out, const struct check_pass_input *input,
                                 struct err *err);
void check_pass_cancel(struct check_pass *pass); /* on_done still comes, with ERR_CANCELLED */

/* Lanes that a pass over `count` samples uses. */
size_t check_pass_lanes(const struct arm *arm, size_t count);

#endif
