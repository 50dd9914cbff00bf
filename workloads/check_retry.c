/*
 * A round asks the base and then the candidate, never both at once: a candidate that floods the machine must
 * not be able to make the base's answers fail. After a pause comes the next round. After the last one the
 * base's answers teach noise, and then the candidate's first answer and its five later ones are compared.
 *
 * Learning and comparing are done on libuv's pool, unless there is little of it.
 *
 * A failure of a pass ends it; so does cancelling, which cancels the pass in flight, or the pause, or awaits
 * the comparing. `done` comes from the timer's close callback, so never from start.
 */
#include "workloads/check_retry.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/check_pass.h"
#include "workloads/offload.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_RETRY_ANSWERS (1 + CHECK_RETRY_ROUNDS) /* the first one and the later ones */

struct check_retry_item {
    size_t index;                                 /* of the sample */
    struct answer base[CHECK_RETRY_ANSWERS];      /* [0] stays empty: the reference stands there */
    struct answer candidate[CHECK_RETRY_ANSWERS]; /* [0] is the one that differed */
    bool base_differs[CHECK_RETRY_ANSWERS];       /* only those that differ from the reference are kept */
    bool candidate_differs[CHECK_RETRY_ANSWERS];
    bool candidate_repeats[CHECK_RETRY_ANSWERS]; /* what it answered first, which alone is kept then */
    bool broken;                                 /* recorded as a break */
    bool unstable;                               /* the base is, here; see on_judged */
    int shown;                                   /* the candidate's answer that was recorded */
};

struct check_retry {
    struct check_retry_input input; /* indices and answers are in `items` */
    struct check_retry_item items[CHECK_RETRY_MOST];
    size_t asked[CHECK_RETRY_MOST]; /* the items' samples, each once */
    size_t asked_count;
    int round;               /* 1 to CHECK_RETRY_ROUNDS */
    enum arm_side side;      /* of the pass in flight */
    struct check_pass *pass; /* NULL while none is in flight */
    uv_timer_t pause;
    struct offload judging;
    struct err err;
    char *unstable; /* owned */
    size_t broken;
    bool cancelled;
};

static void check_retry_free(struct check_retry *retry)
{
    for (size_t i = 0; i < retry->input.count; i++) {
        for (int k = 0; k < CHECK_RETRY_ANSWERS; k++) {
            answer_fini(&retry->items[i].base[k]);
            answer_fini(&retry->items[i].candidate[k]);
        }
    }
    free(retry->unstable);
    free(retry);
}

static void check_retry_on_closed(uv_handle_t *handle)
{
    struct check_retry *retry = handle->data;
    const struct err *err = retry->err.code ? &retry->err : NULL;
    retry->input.done(retry->broken, retry->unstable, err, retry->input.data);
    check_retry_free(retry);
}

static void check_retry_finish(struct check_retry *retry)
{
    if (retry->cancelled && retry->err.code == 0)
        err_set(&retry->err, ERR_CANCELLED, "cancelled");
    uv_close((uv_handle_t *)&retry->pause, check_retry_on_closed);
}

static struct check_retry_item *check_retry_find(struct check_retry *retry, size_t index)
{
    size_t i = 0;
    while (retry->items[i].index != index)
        i++;
    return &retry->items[i];
}

static bool check_retry_same(const struct check_retry *retry, size_t index, const struct answer *answer)
{
    return answer_is_identical(&retry->input.reference->answers[index], answer,
                               retry->input.workload->compare_stderr);
}

static bool check_retry_on_base(size_t index, struct answer *answer, const struct figures *figures,
                                void *data)
{
    struct check_retry *retry = data;
    struct check_retry_item *item = check_retry_find(retry, index);
    (void)figures;
    if (!check_retry_same(retry, index, answer)) {
        item->base_differs[retry->round] = true;
        item->base[retry->round] = *answer;
        *answer = (struct answer){0};
    }
    return true;
}

static bool check_retry_on_candidate(size_t index, struct answer *answer, const struct figures *figures,
                                     void *data)
{
    struct check_retry *retry = data;
    struct check_retry_item *item = check_retry_find(retry, index);
    (void)figures;
    if (check_retry_same(retry, index, answer))
        return true;
    item->candidate_differs[retry->round] = true;
    item->candidate_repeats[retry->round] =
        answer_is_identical(&item->candidate[0], answer, retry->input.workload->compare_stderr);
    if (!item->candidate_repeats[retry->round]) {
        item->candidate[retry->round] = *answer;
        *answer = (struct answer){0};
    }
    return true;
}

/* Before against before. False, with a sentence, when the base differs by more than values. */
static bool check_retry_learn(struct check_retry *retry, struct check_retry_item *item)
{
    const struct answer *reference = &retry->input.reference->answers[item->index];
    const char *id = retry->input.samples->items[item->index].id;
    struct answer answers[CHECK_RETRY_ANSWERS]; /* shallow copies */
    for (int k = 0; k < CHECK_RETRY_ANSWERS; k++) {
        answers[k] = item->base_differs[k] ? item->base[k] : *reference;
        if (answers[k].ended != reference->ended) {
            retry->unstable = memory_format("sample \"%s\": asked again, the base ended otherwise: %s", id,
                                            answers[k].ending);
            return false;
        }
    }
    contract_learn(retry->input.contract, id, answers, CHECK_RETRY_ANSWERS, &retry->unstable);
    return retry->unstable == NULL;
}

/* The first answer that no noise explains, wherever the base showed it; -1: noise explains all. */
static int check_retry_find_break(const struct check_retry *retry, const struct check_retry_item *item)
{
    const struct answer *reference = &retry->input.reference->answers[item->index];
    for (int k = 0; k < CHECK_RETRY_ANSWERS; k++) {
        if (item->candidate_differs[k] && !item->candidate_repeats[k] &&
            contract_compare(retry->input.contract, reference, &item->candidate[k]) == CONTRACT_DIFFERENT)
            return k;
    }
    return -1;
}

/*
 * Whether every one of the candidate's answers differs where the base was steady at this sample in all of
 * its own. Were it noise that the base shows elsewhere, six that differ beside eight that don't would come
 * less than once in ten thousand times.
 */
static bool check_retry_is_steady_break(const struct check_retry *retry, const struct check_retry_item *item)
{
    const struct answer *reference = &retry->input.reference->answers[item->index];
    const char *id = retry->input.samples->items[item->index].id;
    for (int k = 0; k < CHECK_RETRY_ANSWERS; k++) {
        if (!item->candidate_differs[k])
            return false;
        if (!item->candidate_repeats[k] && contract_compare_at(retry->input.contract, id, reference,
                                                               &item->candidate[k]) != CONTRACT_DIFFERENT)
            return false;
    }
    return true;
}

/* Records the answer that breaks, or the first of all where noise explains each of them. */
static bool check_retry_record(struct check_retry *retry, struct check_retry_item *item)
{
    const struct answer *reference = &retry->input.reference->answers[item->index];
    const char *id = retry->input.samples->items[item->index].id;
    int shown = check_retry_find_break(retry, item);
    bool steady = shown < 0 && check_retry_is_steady_break(retry, item);
    item->shown = shown < 0 ? 0 : shown;
    if (steady)
        contract_record_at(retry->input.contract, id, reference, &item->candidate[0]);
    else
        contract_record(retry->input.contract, id, reference, &item->candidate[item->shown]);
    return steady || shown >= 0;
}

/* A sample that differed twice is told once: findings count samples. */
static bool check_retry_is_told(const struct check_retry *retry, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (retry->items[i].index == retry->items[at].index && retry->items[i].broken)
            return true;
    }
    return false;
}

static void check_retry_tell(struct check_retry *retry, struct check_retry_item *item)
{
    enum check_retry_outcome outcome = item->unstable ? CHECK_RETRY_UNSTABLE
                                       : item->broken ? CHECK_RETRY_BROKEN
                                                      : CHECK_RETRY_HELD;
    if (retry->input.on_judged)
        retry->input.on_judged(item->index, outcome, &item->candidate[item->shown], retry->input.data);
}

/* All of the base's noise is learned before anything is recorded: a flicker is rarely in one sample alone. */
static void check_retry_judge(void *data)
{
    struct check_retry *retry = data;
    for (size_t i = 0; i < retry->input.count; i++) {
        retry->items[i].unstable = !check_retry_learn(retry, &retry->items[i]);
        if (retry->items[i].unstable && !retry->input.on_judged)
            return;
        free(STEAL(retry->unstable));
    }
    for (size_t i = 0; i < retry->input.count; i++) {
        struct check_retry_item *item = &retry->items[i];
        if (check_retry_is_told(retry, i))
            continue;
        item->broken = !item->unstable && check_retry_record(retry, item);
        retry->broken += item->broken;
        check_retry_tell(retry, item);
    }
}

static void check_retry_on_judged(void *data)
{
    check_retry_finish(data);
}

/* Bytes that are compared: the reference with each answer. */
static size_t check_retry_weigh(const struct check_retry *retry)
{
    size_t bytes = 0;
    for (size_t i = 0; i < retry->input.count; i++) {
        const struct check_retry_item *item = &retry->items[i];
        bytes += answer_weigh(&retry->input.reference->answers[item->index]);
        for (int k = 0; k < CHECK_RETRY_ANSWERS; k++)
            bytes += answer_weigh(&item->base[k]) + answer_weigh(&item->candidate[k]);
    }
    return bytes;
}

static void check_retry_on_pause(uv_timer_t *timer);
static void check_retry_ask(struct check_retry *retry, enum arm_side side);

/* Until the next round; answers on a tape were spaced when they were recorded. */
static void check_retry_wait(struct check_retry *retry)
{
    uint64_t pause_ms = tape_is_playing(retry->input.tape) ? 0 : CHECK_RETRY_MS;
    uv_timer_start(&retry->pause, check_retry_on_pause, pause_ms, 0);
}

static void check_retry_on_pass(const struct err *err, void *data)
{
    struct check_retry *retry = data;
    retry->pass = NULL;
    if (err)
        retry->err = *err;
    if (retry->err.code || retry->cancelled) {
        check_retry_finish(retry);
    } else if (retry->side == ARM_BASE) {
        check_retry_ask(retry, ARM_CANDIDATE);
    } else if (retry->round < CHECK_RETRY_ROUNDS) {
        check_retry_wait(retry);
    } else if (offload_start(&retry->judging, retry->input.context->loop, check_retry_weigh(retry),
                             check_retry_judge, check_retry_on_judged, retry)) {
        check_retry_finish(retry);
    }
}

static void check_retry_ask(struct check_retry *retry, enum arm_side side)
{
    struct check_pass_input input = {
        .context = retry->input.context,
        .workload = retry->input.workload,
        .samples = retry->input.samples,
        .arm = side == ARM_BASE ? retry->input.base : retry->input.candidate,
        .indices = retry->asked,
        .count = retry->asked_count,
        .tape = retry->input.tape,
        .reference = retry->input.reference,
        .on_answer = side == ARM_BASE ? check_retry_on_base : check_retry_on_candidate,
        .on_done = check_retry_on_pass,
        .data = retry,
    };
    retry->side = side;
    if (check_pass_start(&retry->pass, &input, &retry->err) < 0)
        check_retry_finish(retry);
}

static void check_retry_on_pause(uv_timer_t *timer)
{
    struct check_retry *retry = timer->data;
    retry->round++;
    check_retry_ask(retry, ARM_BASE);
}

bool check_retry_is_full(const struct answer *answers, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += answer_weigh(&answers[i]);
    return count >= CHECK_RETRY_MOST || bytes >= CHECK_RETRY_BYTES;
}

/* A sample may have differed twice; its later answers go to the first of its items. */
static void check_retry_add_asked(struct check_retry *retry, size_t index)
{
    for (size_t i = 0; i < retry->asked_count; i++) {
        if (retry->asked[i] == index)
            return;
    }
    retry->asked[retry->asked_count++] = index;
}

int check_retry_start(struct check_retry **out, const struct check_retry_input *input, struct err *err)
{
    struct check_retry *retry = MEMORY_NEW(struct check_retry);
    int code = uv_timer_init(input->context->loop, &retry->pause);
    if (code < 0) {
        free(retry);
        return err_set(err, ERR_SYSTEM, "timer: %s", uv_strerror(code));
    }
    retry->pause.data = retry;
    retry->input = *input;
    for (size_t i = 0; i < input->count; i++) {
        check_retry_add_asked(retry, input->indices[i]);
        retry->items[i].index = input->indices[i];
        retry->items[i].candidate[0] = input->answers[i];
        retry->items[i].candidate_differs[0] = true;
        input->answers[i] = (struct answer){0};
    }
    check_retry_wait(retry);
    *out = retry;
    return 0;
}

void check_retry_cancel(struct check_retry *retry)
{
    if (retry->cancelled)
        return;
    retry->cancelled = true;
    if (retry->pass)
        check_pass_cancel(retry->pass);
    else if (!offload_is_busy(&retry->judging) && !uv_is_closing((uv_handle_t *)&retry->pause))
        check_retry_finish(retry); /* else `done` is on its way */
}
