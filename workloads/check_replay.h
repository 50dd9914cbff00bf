/* What a tape has of one pass of the check, delivered without asking any program. */
#ifndef CUPEL_WORKLOADS_CHECK_REPLAY_H
#define CUPEL_WORKLOADS_CHECK_REPLAY_H

#include "workloads/reference.h"
#include "workloads/tape/tape.h"
#include "workloads/workload.h"

struct check_replay;

struct check_replay_input {
    uv_loop_t *loop;
    struct tape *tape; /* that plays */
    enum arm_side side;
    const size_t *indices; /* of samples, each once; copied */
    size_t count;          /* at least 1 */
    /* As those of check_pass_input; no figure is available. */
    const struct reference *reference;
    bool (*on_answer)(size_t index, struct answer *answer, const struct figures *figures, void *data);
    void (*on_looked)(void *data);
    /* Once, never from start. `rest`: samples that have still to be asked, borrowed; none when on_answer
     * wanted no more; else the tape was left. */
    void (*on_done)(const size_t *rest, size_t count, void *data);
    void *on_done_data;
    void *data; /* of on_answer and on_looked */
};

struct check_replay *check_replay_start(const struct check_replay_input *input);
void check_replay_cancel(struct check_replay *replay); /* on_done still comes; its rest means nothing */

#endif
