/*
 * The answers of runs side by side, looked at one at a time, in the order in which they came: what they are
 * held against has a memory. A long one is looked at on libuv's pool, and its run holds until that is done;
 * so does a run whose answer comes meanwhile.
 */
#ifndef CUPEL_WORKLOADS_ANSWER_QUEUE_H
#define CUPEL_WORKLOADS_ANSWER_QUEUE_H

#include "workloads/offload.h"
#include "workloads/workload.h"

/* A run's place: its answer, from when it comes until it was looked at. Embedded in its owner. */
struct answer_seat {
    struct answer answer;
    struct figures figures;
    size_t position;          /* as workload_request.on_answer */
    size_t bytes;             /* that are looked at */
    bool looked_at;           /* it was, and not dropped */
    void *owner;              /* borrowed */
    struct answer_seat *next; /* that waits */
};

struct answer_queue {
    uv_loop_t *loop;
    /* Looks at the seat's answer, which it may take over; false: the runs end early. On the loop or on a pool
     * thread, where nothing else that it touches is touched until then. */
    bool (*look)(struct answer_seat *seat, void *data);
    /* On the loop: the seat's run goes on, or ends early. May release the queue, if no other seat waits. */
    void (*resume)(struct answer_seat *seat, bool go_on, void *data);
    void *data;
    struct offload offload;
    struct answer_seat *current; /* looked at, or NULL */
    struct answer_seat *first;   /* waiting ones, or NULL */
    struct answer_seat *last;
    bool go_on;   /* what `look` said last */
    bool stopped; /* nothing more is looked at */
};

/*
 * The answer is taken over. `held_against`: bytes that are looked at besides it. ANSWER_HOLD: `resume`
 * follows, never from inside; otherwise it has been looked at.
 */
enum answer_next answer_queue_take(struct answer_queue *queue, struct answer_seat *seat, size_t position,
                                   struct answer *answer, const struct figures *figures, size_t held_against);
/* Answers that wait are dropped, each when its turn comes; their runs end early. */
void answer_queue_stop(struct answer_queue *queue);

#endif
