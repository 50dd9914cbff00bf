/*
 * One answer a turn of the loop, so that whatever else is on it gets its turns too, until all samples of the
 * pass have theirs or on_answer wants no more.
 *
 * Where the tape's next answer is none of this pass, or can't be read, the tape is left for good: what was
 * recorded behind it answers other questions. What it gave so far stands; the rest is the caller's to ask.
 *
 * Cancelling stops the turns. on_done always comes from the close callback.
 */
#include "workloads/check_replay.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct check_replay {
    struct check_replay_input input; /* `indices` is not used after start */
    size_t *indices;                 /* of the pass; owned */
    bool *wanted;                    /* [sample] has no answer yet; owned */
    size_t wanted_size;              /* the highest sample and one */
    size_t rest_count;               /* samples without an answer */
    uv_idle_t turn;
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
    replay->wanted[index] = false;
    replay->rest_count--;
    if (!replay->input.on_answer(index, &answer, &unknown, replay->input.data))
        replay->rest_count = 0;
    answer_fini(&answer);
    return replay->rest_count > 0;
}

static void check_replay_on_turn(uv_idle_t *turn)
{
    struct check_replay *replay = turn->data;
    if (!check_replay_deliver(replay))
        check_replay_finish(replay);
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
    check_replay_finish(replay);
}
