/*
 *   FILLING ──all wait for their measurement──▶ ASKING ──token──▶ MEASURING ──ended──▶ FILLING
 *
 * FILLING starts evaluations until `alive` of them stand, or there are no more. Once none of them does
 * anything else, they measure in turn, all of them before the next are started: a start in between would
 * build alone.
 *
 * Everything is moved on by the tick, a timer of no time, so that no callback finds the lanes half changed.
 */
#include "orchestrator/lanes.h"

#include "base/machine.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum { LANES_FILLING, LANES_ASKING, LANES_MEASURING, LANES_CLOSING, LANES_STATES };

static const struct machine_state lanes_states[LANES_STATES] = {
    [LANES_FILLING] = {"filling", MACHINE_TO(LANES_ASKING) | MACHINE_TO(LANES_CLOSING),
                       "prepares candidates"},
    [LANES_ASKING] = {"asking", MACHINE_TO(LANES_MEASURING) | MACHINE_TO(LANES_FILLING),
                      "waits for its turn"},
    [LANES_MEASURING] = {"measuring", MACHINE_TO(LANES_FILLING), "measures"},
    [LANES_CLOSING] = {"closing", MACHINE_FINAL, "is through"},
};

/* One evaluation's place. */
struct berth {
    struct lanes *lanes;
    struct evaluation *evaluation; /* NULL: free */
    void *candidate;               /* the caller's */
    uint64_t waits; /* in which order it came to wait for its measurement; 0: it doesn't wait */
};

struct lanes {
    struct lanes_input input;
    struct machine machine;
    struct berth berths[LANES_MAX];
    unsigned alive;          /* berths in use */
    unsigned waiting;        /* of these, waiting for their measurement */
    unsigned held;           /* lanes_hold() without its lanes_release() */
    uint64_t waited;         /* that ever came to wait */
    struct berth *measuring; /* in MEASURING */
    struct token_claim claim;
    uv_timer_t timer; /* the tick */
    bool exhausted;   /* `next` has no more */
    bool draining;    /* those that wait measure before others are started */
    bool cancelled;
    struct err err; /* of `next` or the token */
};

static void lanes_tick(struct lanes *lanes);

static void lanes_on_timer(uv_timer_t *timer)
{
    lanes_tick(timer->data);
}

static void lanes_ask_tick(struct lanes *lanes)
{
    uv_timer_start(&lanes->timer, lanes_on_timer, 0, 0);
}

static void lanes_on_stage(struct evaluation *evaluation, enum stage stage, void *data)
{
    struct berth *berth = data;
    berth->lanes->input.stage_ended(berth->lanes->input.data, berth->candidate, evaluation, stage);
}

static void lanes_on_progress(const struct evaluation_progress *step, void *data)
{
    struct berth *berth = data;
    berth->lanes->input.progress(berth->lanes->input.data, berth->candidate, step);
}

static void lanes_on_await(struct evaluation *evaluation, void *data)
{
    struct berth *berth = data;
    (void)evaluation;
    berth->waits = ++berth->lanes->waited;
    berth->lanes->waiting++;
    lanes_ask_tick(berth->lanes);
}

static void lanes_on_ended(struct evaluation *evaluation, const struct err *err, void *data)
{
    struct berth *berth = data;
    struct lanes *lanes = berth->lanes;
    if (lanes->measuring == berth) {
        token_give(lanes->input.token, &lanes->claim);
        lanes->measuring = NULL;
        machine_move(&lanes->machine, LANES_FILLING);
    } else if (berth->waits) {
        lanes->waiting--; /* cancelled while it waited */
    }
    lanes->input.ended(lanes->input.data, berth->candidate, evaluation, err);
    evaluation_free(evaluation);
    *berth = (struct berth){.lanes = lanes};
    lanes->alive--;
    lanes_ask_tick(lanes);
}

static struct berth *lanes_first_waiting(struct lanes *lanes)
{
    struct berth *first = NULL;
    for (unsigned i = 0; i < lanes->input.alive; i++) {
        struct berth *berth = &lanes->berths[i];
        if (berth->waits && (!first || berth->waits < first->waits))
            first = berth;
    }
    return first;
}

static void lanes_on_token(void *data, const struct err *err)
{
    struct lanes *lanes = data;
    struct berth *berth = lanes_first_waiting(lanes);
    if (err->code == 0 && berth) {
        machine_move(&lanes->machine, LANES_MEASURING);
        lanes->measuring = berth;
        berth->waits = 0;
        lanes->waiting--;
        evaluation_take_turn(berth->evaluation);
        return;
    }
    machine_move(&lanes->machine, LANES_FILLING);
    if (err->code == 0)
        token_give(lanes->input.token, &lanes->claim); /* everybody who waited was cancelled */
    else if (err->code != ERR_CANCELLED && lanes->err.code == 0) {
        lanes->err = *err;
        lanes_cancel(lanes, err->message);
    }
    lanes_ask_tick(lanes);
}

static void lanes_berth(struct lanes *lanes, struct evaluation_input *input, void *candidate)
{
    unsigned lane = 0;
    while (lanes->berths[lane].evaluation)
        lane++;
    struct berth *berth = &lanes->berths[lane];
    input->loop = lanes->input.loop;
    input->lane = lane;
    input->lanes = lanes->input.active;
    input->places = lanes->input.alive;
    input->await_turn = lanes_on_await;
    input->stage_ended = lanes->input.stage_ended ? lanes_on_stage : NULL;
    input->progress = lanes->input.progress ? lanes_on_progress : NULL;
    input->done = lanes_on_ended;
    input->data = berth;
    berth->candidate = candidate;
    lanes->alive++;
    berth->evaluation = evaluation_start(input);
}

static void lanes_fill(struct lanes *lanes)
{
    while (!lanes->exhausted && lanes->alive < lanes->input.alive &&
           lanes->alive - lanes->waiting < lanes->input.active) {
        struct evaluation_input input = {0};
        void *candidate = NULL;
        struct err err = {0};
        int found = lanes->input.next(lanes->input.data, &input, &candidate, &err);
        if (found > 0) {
            lanes_berth(lanes, &input, candidate);
            continue;
        }
        lanes->exhausted = true;
        if (found < 0 && lanes->err.code == 0)
            lanes->err = err;
    }
}

static void lanes_on_closed(uv_handle_t *handle)
{
    struct lanes *lanes = handle->data;
    if (lanes->cancelled && lanes->err.code == 0)
        (void)err_set(&lanes->err, ERR_CANCELLED, "cancelled");
    lanes->input.done(lanes->input.data, &lanes->err);
    free(lanes);
}

static void lanes_tick(struct lanes *lanes)
{
    if (lanes->machine.state != LANES_FILLING)
        return;
    lanes->draining = lanes->draining && lanes->waiting > 0;
    if (!lanes->draining)
        lanes_fill(lanes);
    if (lanes->held > 0)
        return;
    if (lanes->alive == 0 && lanes->exhausted) {
        machine_move(&lanes->machine, LANES_CLOSING);
        uv_close((uv_handle_t *)&lanes->timer, lanes_on_closed);
    } else if (!lanes->cancelled && lanes->waiting > 0 && lanes->waiting == lanes->alive) {
        lanes->draining = true;
        machine_move(&lanes->machine, LANES_ASKING);
        token_take(lanes->input.token, &lanes->claim, lanes_on_token, lanes);
    }
}

struct lanes *lanes_start(const struct lanes_input *input)
{
    assert(input->active >= 1 && input->alive >= input->active && input->alive <= LANES_MAX);
    struct lanes *lanes = MEMORY_NEW(struct lanes);
    lanes->input = *input;
    machine_init(&lanes->machine, lanes_states, LANES_STATES, LANES_FILLING);
    for (unsigned i = 0; i < LANES_MAX; i++)
        lanes->berths[i].lanes = lanes;
    uv_timer_init(input->loop, &lanes->timer);
    lanes->timer.data = lanes;
    lanes_ask_tick(lanes);
    return lanes;
}

void lanes_hold(struct lanes *lanes)
{
    lanes->held++;
}

void lanes_release(struct lanes *lanes)
{
    assert(lanes->held > 0);
    lanes->held--;
    lanes_ask_tick(lanes);
}

void lanes_cancel(struct lanes *lanes, const char *reason)
{
    lanes->cancelled = lanes->exhausted = true;
    for (unsigned i = 0; i < lanes->input.alive; i++)
        if (lanes->berths[i].evaluation)
            evaluation_cancel(lanes->berths[i].evaluation, reason);
    if (lanes->machine.state == LANES_ASKING)
        token_cancel(lanes->input.token, &lanes->claim);
    else if (lanes->machine.state == LANES_FILLING)
        lanes_ask_tick(lanes);
}
