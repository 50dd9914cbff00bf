/*
 * Each lane is one run of the workload's kind over every n-th sample. The pass is done when the last lane is.
 * A tape that plays comes first; lanes then ask what it doesn't have. Answers are looked at one at a time; a
 * tape that records gets each just before on_answer does, since that may take it over: so it has them in the
 * order in which they were looked at.
 *
 * An error of one lane, or an on_answer that wants no more, cancels the others; the first error is the
 * pass's.
 *
 * Cancelling cancels every lane, or the tape's playing; both answer to that by themselves, once an answer
 * that is looked at on the pool has been.
 */
#include "workloads/check_pass.h"

#include "base/memory.h"
#include "workloads/answer_queue.h"
#include "workloads/check_replay.h"

#include <stdlib.h>

struct check_lane {
    struct check_pass *pass;
    struct workload_run *run; /* NULL: done, or never started */
    size_t *indices;          /* owned */
    size_t count;
    struct answer_seat seat;
};

struct check_pass {
    struct check_pass_input input; /* `indices` is not used after start */
    struct check_replay *replay;   /* of the tape; NULL while none is in flight */
    struct check_lane *lanes;      /* owned; NULL while the tape plays */
    size_t lane_count;
    size_t running;
    struct answer_queue queue;
    bool stopped;   /* on_answer wants no more */
    bool cancelled; /* by check_pass_cancel() */
    struct err err; /* first failure */
};

size_t check_pass_lanes(const struct arm *arm, size_t count)
{
    size_t lanes = arm->lanes ? arm->lanes : 1;
    return lanes < count ? lanes : count;
}

static void check_pass_free(struct check_pass *pass)
{
    for (size_t i = 0; i < pass->lane_count; i++)
        free(pass->lanes[i].indices);
    free(pass->lanes);
    free(pass);
}

static void check_pass_cancel_lanes(struct check_pass *pass, const struct check_lane *but)
{
    for (size_t i = 0; i < pass->lane_count; i++) {
        if (&pass->lanes[i] != but && pass->lanes[i].run)
            pass->input.workload->kind->run_cancel(pass->lanes[i].run);
    }
}

static void check_pass_finish(struct check_pass *pass)
{
    if (pass->cancelled && pass->err.code == 0)
        err_set(&pass->err, ERR_CANCELLED, "cancelled");
    struct check_pass_input input = pass->input;
    struct err last = pass->err;
    check_pass_free(pass);
    input.on_done(last.code ? &last : NULL, input.data);
}

/* Maybe on a pool thread. */
static bool check_pass_look(struct answer_seat *seat, void *data)
{
    struct check_pass *pass = data;
    const struct check_lane *lane = seat->owner;
    size_t index = lane->indices[seat->position];
    if (tape_is_recording(pass->input.tape))
        tape_put(pass->input.tape, pass->input.arm->side, index, &seat->answer);
    return pass->input.on_answer(index, &seat->answer, &seat->figures, pass->input.data);
}

/* Behind an answer: does its lane go on? */
static bool check_pass_settle(struct check_pass *pass, const struct check_lane *lane, bool go_on)
{
    if (lane->seat.looked_at && pass->input.on_looked)
        pass->input.on_looked(pass->input.data);
    if (!go_on && !pass->stopped) {
        pass->stopped = true;
        check_pass_cancel_lanes(pass, lane);
    }
    return go_on;
}

static void check_pass_resume(struct answer_seat *seat, bool go_on, void *data)
{
    struct check_pass *pass = data;
    struct check_lane *lane = seat->owner;
    bool goes_on = check_pass_settle(pass, lane, go_on);
    pass->input.workload->kind->run_resume(lane->run, goes_on);
}

static enum answer_next check_pass_on_answer(size_t position, struct answer *answer,
                                             const struct figures *figures, void *data)
{
    struct check_lane *lane = data;
    struct check_pass *pass = lane->pass;
    if (pass->stopped || pass->cancelled || pass->err.code)
        return ANSWER_STOP;
    const struct reference *reference = pass->input.reference;
    enum answer_next next =
        answer_queue_take(&pass->queue, &lane->seat, position, answer, figures,
                          reference ? reference_weigh(reference, lane->indices[position]) : 0);
    if (next != ANSWER_HOLD)
        (void)check_pass_settle(pass, lane, next == ANSWER_NEXT);
    return next;
}

static void check_pass_on_done(const struct err *err, void *data)
{
    struct check_lane *lane = data;
    struct check_pass *pass = lane->pass;
    bool asked_for = pass->stopped || pass->cancelled || pass->err.code;
    lane->run = NULL;
    pass->running--;
    if (err && !(asked_for && err->code == ERR_CANCELLED) && pass->err.code == 0) {
        pass->err = *err;
        answer_queue_stop(&pass->queue);
        check_pass_cancel_lanes(pass, lane);
    }
    if (pass->running == 0)
        check_pass_finish(pass);
}

static int check_pass_start_lane(struct check_pass *pass, size_t number, const size_t *indices, size_t count)
{
    struct check_lane *lane = &pass->lanes[number];
    lane->pass = pass;
    lane->seat.owner = lane;
    lane->indices = memory_zeroed((count / pass->lane_count + 1) * sizeof *lane->indices);
    for (size_t i = number; i < count; i += pass->lane_count)
        lane->indices[lane->count++] = indices[i];
    struct workload_request request = {
        .workload = pass->input.workload,
        .samples = pass->input.samples,
        .arm = pass->input.arm,
        .indices = lane->indices,
        .count = lane->count,
        .lane = (unsigned)number,
        .on_answer = check_pass_on_answer,
        .on_done = check_pass_on_done,
        .data = lane,
    };
    int code = pass->input.workload->kind->run_start(pass->input.context, &request, &lane->run, &pass->err);
    if (code == 0)
        pass->running++;
    return code;
}

/* False, with pass->err, when not even the first lane could be started. */
static bool check_pass_start_lanes(struct check_pass *pass, const size_t *indices, size_t count)
{
    pass->lane_count = check_pass_lanes(pass->input.arm, count);
    pass->lanes = memory_zeroed(pass->lane_count * sizeof *pass->lanes);
    for (size_t i = 0; i < pass->lane_count; i++) {
        if (check_pass_start_lane(pass, i, indices, count) < 0)
            break;
    }
    /* A later lane that can't be started is told by on_done, once those that could be are gone. */
    if (pass->err.code)
        check_pass_cancel_lanes(pass, NULL);
    return pass->running > 0;
}

static void check_pass_on_replayed(const size_t *rest, size_t count, void *data)
{
    struct check_pass *pass = data;
    pass->replay = NULL;
    if (pass->cancelled || count == 0 || !check_pass_start_lanes(pass, rest, count))
        check_pass_finish(pass);
}

static void check_pass_start_replay(struct check_pass *pass)
{
    const struct check_replay_input input = {
        .loop = pass->input.context->loop,
        .tape = pass->input.tape,
        .side = pass->input.arm->side,
        .indices = pass->input.indices,
        .count = pass->input.count,
        .reference = pass->input.reference,
        .on_answer = pass->input.on_answer,
        .on_looked = pass->input.on_looked,
        .on_done = check_pass_on_replayed,
        .on_done_data = pass,
        .data = pass->input.data,
    };
    pass->replay = check_replay_start(&input);
}

int check_pass_start(struct check_pass **out, const struct check_pass_input *input, struct err *err)
{
    struct check_pass *pass = MEMORY_NEW(struct check_pass);
    pass->input = *input;
    pass->queue = (struct answer_queue){
        .loop = input->context->loop, .look = check_pass_look, .resume = check_pass_resume, .data = pass};
    if (tape_is_playing(input->tape)) {
        check_pass_start_replay(pass);
    } else if (!check_pass_start_lanes(pass, input->indices, input->count)) {
        *err = pass->err;
        check_pass_free(pass);
        return err->code;
    }
    *out = pass;
    return 0;
}

void check_pass_cancel(struct check_pass *pass)
{
    pass->cancelled = true;
    answer_queue_stop(&pass->queue);
    if (pass->replay)
        check_replay_cancel(pass->replay);
    check_pass_cancel_lanes(pass, NULL);
}
