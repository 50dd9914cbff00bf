/*
 * An answer that comes while no other is looked at is so at once, or goes to the pool; each end of that
 * resumes its run, and then takes the next one that waits.
 *
 * There are no failures. What is looked at on the pool can't be cancelled, so stopping drops what waits.
 *
 * Nothing to close: a run that holds is not over, so whoever owns runs and queue outlives what is under way.
 * The last resume may release it all.
 */
#include "workloads/answer_queue.h"

static void answer_queue_on_looked(void *data);

static void answer_queue_work(void *data)
{
    struct answer_queue *queue = data;
    queue->go_on = queue->look(queue->current, queue->data);
    queue->current->looked_at = true;
    answer_fini(&queue->current->answer);
}

static struct answer_seat *answer_queue_settle(struct answer_queue *queue)
{
    struct answer_seat *seat = queue->current;
    queue->current = NULL;
    queue->stopped = queue->stopped || !queue->go_on;
    return seat;
}

/* False: it is done on the pool. */
static bool answer_queue_look(struct answer_queue *queue, struct answer_seat *seat)
{
    queue->current = seat;
    if (!offload_start(&queue->offload, queue->loop, seat->bytes, answer_queue_work, answer_queue_on_looked,
                       queue))
        return false;
    (void)answer_queue_settle(queue);
    return true;
}

static void answer_queue_on_looked(void *data)
{
    struct answer_queue *queue = data;
    struct answer_seat *seat = answer_queue_settle(queue);
    for (;;) {
        bool last = !queue->first; /* then nothing of the queue may be left behind the resume */
        queue->resume(seat, !queue->stopped, queue->data);
        if (last)
            return;
        seat = queue->first;
        queue->first = seat->next;
        if (queue->stopped)
            answer_fini(&seat->answer);
        else if (!answer_queue_look(queue, seat))
            return;
    }
}

static void answer_queue_add(struct answer_queue *queue, struct answer_seat *seat)
{
    seat->next = NULL;
    if (queue->first)
        queue->last->next = seat;
    else
        queue->first = seat;
    queue->last = seat;
}

enum answer_next answer_queue_take(struct answer_queue *queue, struct answer_seat *seat, size_t position,
                                   struct answer *answer, const struct figures *figures, size_t held_against)
{
    if (queue->stopped)
        return ANSWER_STOP;
    seat->answer = *answer;
    seat->figures = *figures;
    seat->position = position;
    seat->bytes = answer_weigh(answer) + held_against;
    seat->looked_at = false;
    *answer = (struct answer){0};
    if (queue->current || queue->first) {
        answer_queue_add(queue, seat);
        return ANSWER_HOLD;
    }
    if (!answer_queue_look(queue, seat))
        return ANSWER_HOLD;
    return queue->stopped ? ANSWER_STOP : ANSWER_NEXT;
}

void answer_queue_stop(struct answer_queue *queue)
{
    queue->stopped = true;
}
