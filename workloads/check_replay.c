/*
 * One answer a turn of the loop, so that whatever else is on it gets its turns too, until all samples of the
 * pass have theirs or on_answer wants no more. A long one is read and looked at on libuv's pool.
 *
 * Where the tape's next answer is none of this pass, or can't be read, the tape is left for good: what was
 * recorded behind it answers other questions. What it gave so far stands; the rest is the caller's to ask.
 *
 * Cancelling stops the turns, once what is on the pool is done. on_done always comes from the close callback.
 */
#include "workloads/check_replay.h"

#include "base/memory.h"
#include "workloads/offload.h"

#include <stdlib.h>
#include <string.h>

struct check_replay {
    struct check_replay_input input; /* `indices` is not used after start */
    size_t *indices;                 /* of the pass; owned */
    bool *wanted;                    /* [sample] has no answer yet; owned */
    size_t wanted_size;              /* the highest sample and one */
    size_t rest_count;               /* samples without an answer */
    uv_idle_t turn;
    struct offload offload; /* of the answer under way */
    bool looked_at;         /* it was there, and was */
    bool more;              /* are there answers to wait for behind it? */
    bool cancelled;
};

/* The samples without an answer move to the front. */
static void check_replay_on_closed(uv_handle_t *handle)
{
    struct check_replay *replay = handle->data;
    size_t *indices = replay->indices;
    size_t kept = 0;
    for (size_t i = 0; i < replay->input.count && kept < replay->rest_count; i++) {
        if (replay->wanted[indices[i]])
            indices[kept++] = indices[i];
    }
    replay->input.on_done(indices, replay->rest_count, replay->input.on_done_data);
    free(indices);
    free(replay->wanted);
    free(replay);
}

static void check_replay_finish(struct check_replay *replay)
{
    if (!uv_is_closing((uv_handle_t *)&replay->turn))
        uv_close((uv_handle_t *)&replay->turn, check_replay_on_closed);
}

/* Whether there are more answers to wait for. */
static bool check_replay_deliver(struct check_replay *replay)
{
    static const struct figures unknown = {{-1, -1, -1}};
    struct answer answer = {0};
    size_t index;
    if (!tape_take(replay->input.tape, replay->input.side, &index, &answer))
        return false;
    if (index >= replay->wanted_size || !replay->wanted[index]) {
        tape_leave(replay->input.tape);
        answer_fini(&answer);
        return false;
    }
    replay->looked_at = true;
    replay->wanted[index] = false;
    replay->rest_count--;
    if (!replay->input.on_answer(index, &answer, &unknown, replay->input.data))
        replay->rest_count = 0;
    answer_fini(&answer);
    return replay->rest_count > 0;
}

/* Maybe on a pool thread. */
static void check_replay_work(void *data)
{
    struct check_replay *replay = data;
    replay->looked_at = false;
    replay->more = check_replay_deliver(replay);
}

static void check_replay_settle(struct check_replay *replay)
{
    if (replay->looked_at && replay->input.on_looked)
        replay->input.on_looked(replay->input.data);
    if (!replay->more || replay->cancelled)
        check_replay_finish(replay);
}

static void check_replay_on_turn(uv_idle_t *turn);

static void check_replay_on_looked(void *data)
{
    struct check_replay *replay = data;
    uv_idle_start(&replay->turn, check_replay_on_turn);
    check_replay_settle(replay);
}

static void check_replay_on_turn(uv_idle_t *turn)
{
    struct check_replay *replay = turn->data;
    size_t index = 0;
    size_t bytes = tape_next_bytes(replay->input.tape, &index);
    if (replay->input.reference && index < replay->input.reference->count)
        bytes += reference_weigh(replay->input.reference, index);
    if (offload_start(&replay->offload, turn->loop, bytes, check_replay_work, check_replay_on_looked, replay))
        check_replay_settle(replay);
    else
        uv_idle_stop(turn);
}

struct check_replay *check_replay_start(const struct check_replay_input *input)
{
    struct check_replay *replay = MEMORY_NEW(struct check_replay);
    size_t *indices = memory_resize(NULL, input->count, sizeof *indices);
    memcpy(indices, input->indices, input->count * sizeof *indices);
    replay->input = *input;
    replay->indices = indices;
    replay->rest_count = input->count;
    for (size_t i = 0; i < input->count; i++)
        replay->wanted_size = indices[i] < replay->wanted_size ? replay->wanted_size : indices[i] + 1;
    replay->wanted = memory_zeroed(replay->wanted_size);
    for (size_t i = 0; i < input->count; i++)
        replay->wanted[indices[i]] = true;
    replay->turn.data = replay;
    uv_idle_init(input->loop, &replay->turn); /* never fails, and neither does starting it */
    uv_idle_start(&replay->turn, check_replay_on_turn);
    return replay;
}

void check_replay_cancel(struct check_replay *replay)
{
    replay->cancelled = true;
    if (!offload_is_busy(&replay->offload))
        check_replay_finish(replay);
}
