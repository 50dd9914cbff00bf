#include "workloads/measure/doubts.h"

#include "base/memory.h"
#include "workloads/contract/contract.h"

#include <string.h>

enum { DOUBTS_EXPLAINED, DOUBTS_LIKELY, DOUBTS_OPEN }; /* by noise of this sample, of others, by none */

static int doubts_judge(const struct doubts_scope *scope, size_t index, const struct answer *answer)
{
    const struct answer *reference = &scope->reference->answers[index];
    const char *id = scope->samples->items[index].id;
    if (contract_compare_at(scope->contract, id, reference, answer) != CONTRACT_DIFFERENT)
        return DOUBTS_EXPLAINED;
    return contract_compare(scope->contract, reference, answer) != CONTRACT_DIFFERENT ? DOUBTS_LIKELY
                                                                                      : DOUBTS_OPEN;
}

static void doubts_keep(struct doubts *doubts, const struct doubts_scope *scope, size_t index,
                        struct answer *answer)
{
    doubts->items[doubts->count++] = (struct doubt){index, *answer};
    doubts->bytes += answer_weigh(answer);
    doubts->ended += answer->ended != scope->reference->answers[index].ended;
    *answer = (struct answer){0};
}

bool doubts_add(struct doubts *doubts, const struct doubts_scope *scope, size_t index, struct answer *answer)
{
    int judged = doubts_judge(scope, index, answer);
    bool crowded =
        doubts->count >= DOUBTS_ELSEWHERE || doubts->bytes + answer_weigh(answer) > CHECK_RETRY_BYTES / 2;
    if (judged == DOUBTS_EXPLAINED || (judged == DOUBTS_LIKELY && crowded))
        return true;
    doubts_keep(doubts, scope, index, answer);
    return doubts->count < DOUBTS_MOST && doubts->bytes < CHECK_RETRY_BYTES &&
           doubts->ended < CHECK_RETRY_MOST;
}

/* Maybe on a pool thread. */
static void doubts_review_all(void *data)
{
    struct doubts *doubts = data;
    size_t count = doubts->count;
    doubts->count = doubts->bytes = doubts->ended = 0;
    for (size_t i = 0; i < count; i++) {
        struct doubt one = doubts->items[i]; /* what is kept may take its place */
        (void)doubts_add(doubts, &doubts->scope, one.index, &one.answer);
        answer_fini(&one.answer);
    }
}

static void doubts_on_reviewed(void *data)
{
    struct doubts *doubts = data;
    doubts->reviewed(doubts->reviewer);
}

bool doubts_review(struct doubts *doubts, const struct doubts_scope *scope, uv_loop_t *loop,
                   void (*done)(void *data), void *data)
{
    size_t bytes = 0;
    for (size_t i = 0; i < doubts->count; i++)
        bytes += answer_weigh(&doubts->items[i].answer) +
                 answer_weigh(&scope->reference->answers[doubts->items[i].index]);
    doubts->scope = *scope;
    doubts->reviewed = done;
    doubts->reviewer = data;
    return offload_start(&doubts->review, loop, bytes, doubts_review_all, doubts_on_reviewed, doubts);
}

/* How many of the first may be asked again at once. */
static size_t doubts_group(const struct doubts *doubts)
{
    size_t bytes = 0;
    size_t count = 0;
    while (count < doubts->count && count < CHECK_RETRY_MOST && bytes < CHECK_RETRY_BYTES)
        bytes += answer_weigh(&doubts->items[count++].answer);
    return count;
}

/* Forgets the first `count`. */
static void doubts_drop(struct doubts *doubts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        answer_fini(&doubts->items[i].answer);
    doubts->count -= count;
    memmove(doubts->items, doubts->items + count, doubts->count * sizeof *doubts->items);
}

int doubts_ask_again(struct doubts *doubts, struct check_retry **retry, const struct check_retry_input *like,
                     struct err *err)
{
    size_t indices[CHECK_RETRY_MOST];
    struct answer answers[CHECK_RETRY_MOST];
    struct check_retry_input input = *like;
    input.indices = indices;
    input.answers = answers;
    input.count = doubts_group(doubts);
    for (size_t i = 0; i < input.count; i++) {
        indices[i] = doubts->items[i].index;
        answers[i] = doubts->items[i].answer; /* shallow until the retry takes it over */
    }
    if (check_retry_start(retry, &input, err) < 0)
        return err->code;
    for (size_t i = 0; i < input.count; i++)
        doubts->items[i].answer = (struct answer){0};
    doubts_drop(doubts, input.count);
    doubts->crowds += input.count == CHECK_RETRY_MOST;
    return 0;
}

bool doubts_are_hopeless(const struct doubts *doubts, bool cut)
{
    return doubts->count == 0 ? cut : doubts->crowds > DOUBTS_CROWDS_MOST;
}

void doubts_fini(struct doubts *doubts)
{
    doubts_drop(doubts, doubts->count);
}

char *doubts_learn_base(const struct doubts_scope *scope, size_t index, const struct answer *answer)
{
    const struct answer answers[2] = {scope->reference->answers[index], *answer}; /* shallow */
    const char *id = scope->samples->items[index].id;
    char *unstable = NULL;
    if (answer->ended != answers[0].ended)
        return memory_format("sample \"%s\": in a timed run the base ended otherwise: %s", id,
                             answer->ending);
    contract_learn(scope->contract, id, answers, 2, &unstable);
    return unstable;
}
