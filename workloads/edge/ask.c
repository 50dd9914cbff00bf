/*
 * Some requests at a time: the base answers them, then the candidate those that the base could answer.
 * Where it differs, both are asked again as in the check, each time: nobody has seen yet whether the base is
 * steady there. So one answer of the base is enough where the candidate gives the same.
 *
 * What a base does wrong is counted. The end of the time cancels the pass in flight: what was asked of one
 * arm alone is left out like what was not asked at all. Only what differed already is still asked again.
 * Errors are the sandbox's.
 *
 * Exactly one pass or retry is in flight at any time, and at last the comparing for remarks; cancelling
 * cancels one of the first two, or awaits the third, and its callback ends all. `done` comes from the timer's
 * close callback.
 */
#include "workloads/edge/ask.h"

#include "base/machine.h"
#include "base/memory.h"
#include "workloads/check_pass.h"
#include "workloads/check_retry.h"
#include "workloads/edge/remark.h"
#include "workloads/offload.h"

#include <stdlib.h>
#include <string.h>

#define ASK_TOGETHER  32                  /* requests at a time, at most */
#define ASK_PARTS     4                   /* of the requests, where time may be over before all are asked */
#define ASK_WAITING   4                   /* that are asked again at once: each may take its time limit */
#define ASK_BYTES     ((size_t)256 << 20) /* of answers that are kept */
#define ASK_NOT_ASKED "not asked: "       /* a worker's ending where others had failed before */

/*
 *   base ──► candidate ⇄ again      (⇄: differences wait)
 *     ▲──────────┴─────────┴──► done
 */
enum { ASK_BASE, ASK_CANDIDATE, ASK_AGAIN, ASK_DONE, ASK_STATES };

static const struct machine_state ask_states[ASK_STATES] = {
    [ASK_BASE] = {"base", MACHINE_TO(ASK_BASE) | MACHINE_TO(ASK_CANDIDATE) | MACHINE_TO(ASK_DONE),
                  "asking the base edge values"},
    [ASK_CANDIDATE] = {"candidate",
                       MACHINE_TO(ASK_CANDIDATE) | MACHINE_TO(ASK_AGAIN) | MACHINE_TO(ASK_BASE) |
                           MACHINE_TO(ASK_DONE),
                       "asking the candidate edge values"},
    [ASK_AGAIN] = {"again", MACHINE_TO(ASK_CANDIDATE) | MACHINE_TO(ASK_BASE) | MACHINE_TO(ASK_DONE),
                   "asking both again before a break is declared"},
    [ASK_DONE] = {"done", MACHINE_FINAL, "the edge values were asked"},
};

/* How far a request is. */
enum ask_progress { REQUEST_NEW, REQUEST_ANSWERED, REQUEST_WAITING, REQUEST_OVER };

struct edge_ask {
    struct edge_ask_input input;
    struct machine machine;
    struct check_pass *pass;      /* in flight, or NULL */
    struct check_retry *retry;    /* likewise */
    struct offload remarking;     /* last of all */
    struct reference reference;   /* the base's answers by request; empty where there is none */
    struct answer *candidate;     /* the candidate's that differ, where a remark may come of it; owned */
    enum ask_progress *progress;  /* by request; owned */
    bool *different;              /* by request; owned */
    bool *kept;                   /* likewise: both arms were asked, and answered alike; owned */
    size_t from, to;              /* requests under way */
    size_t indices[ASK_TOGETHER]; /* of the pass */
    size_t waiting[ASK_WAITING];  /* requests to be asked again */
    struct answer waiting_answers[ASK_WAITING];
    size_t waiting_count;
    size_t bytes;     /* of answers that are kept */
    bool full;        /* there are so many that no more is asked */
    uv_timer_t timer; /* the end of the time */
    bool late;        /* it came */
    bool cancelled;
    char *start_problem; /* owned */
    struct err err;
    struct edge_counts counts;
};

static void ask_free(struct edge_ask *ask)
{
    for (size_t i = 0; i < ask->waiting_count; i++)
        answer_fini(&ask->waiting_answers[i]);
    for (size_t i = 0; i < ask->reference.count; i++)
        answer_fini(&ask->candidate[i]);
    reference_fini(&ask->reference);
    free(ask->candidate);
    free(ask->progress);
    free(ask->different);
    free(ask->kept);
    free(ask->start_problem);
    free(ask);
}

/* Maybe on a pool thread. */
static void ask_remark(void *data)
{
    struct edge_ask *ask = data;
    const struct edge_remark_input remark = {.edges = ask->input.edges,
                                             .contract = ask->input.contract,
                                             .base = ask->reference.answers,
                                             .candidate = ask->candidate,
                                             .different = ask->different,
                                             .kept = ask->kept};
    edge_remark(&remark);
}

static void ask_on_closed(uv_handle_t *timer)
{
    struct edge_ask *ask = timer->data;
    if (ask->cancelled && ask->err.code == 0)
        err_set(&ask->err, ERR_CANCELLED, "cancelled");
    contract_set_apart(ask->input.contract, false);
    ask->input.done(&ask->counts, ask->start_problem, ask->err.code ? &ask->err : NULL, ask->input.data);
    ask_free(ask);
}

static void ask_conclude(void *data)
{
    struct edge_ask *ask = data;
    uv_close((uv_handle_t *)&ask->timer, ask_on_closed);
}

/* Those that both arms were asked, where that makes sense. */
static size_t ask_count_refused(const struct edge_ask *ask)
{
    size_t refused = 0;
    for (size_t i = 0; i < ask->reference.count; i++) {
        const struct answer *answer = &ask->reference.answers[i];
        size_t origin = ask->input.edges->cases[i].origin;
        refused += ask->progress[i] == REQUEST_OVER && answer->ended &&
                   answer->status != ask->input.reference->answers[origin].status;
    }
    return refused;
}

static void ask_finish(struct edge_ask *ask)
{
    struct edge_counts *counts = &ask->counts;
    machine_move(&ask->machine, ASK_DONE);
    uv_timer_stop(&ask->timer);
    counts->refused = ask_count_refused(ask);
    counts->tried = counts->compared + counts->unstable + counts->crashed + counts->not_compared;
    counts->left_out += counts->planned - counts->tried;
    if (offload_start(&ask->remarking, ask->input.context->loop, ask->bytes, ask_remark, ask_conclude, ask))
        ask_conclude(ask);
}

static bool ask_was_not_asked(const struct answer *answer)
{
    return !answer->ended && strncmp(answer->ending, ASK_NOT_ASKED, strlen(ASK_NOT_ASKED)) == 0;
}

static bool ask_on_base(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    struct edge_ask *ask = data;
    (void)figures;
    if (ask_was_not_asked(answer))
        return true;
    if (answer_is_crash(answer)) {
        ask->progress[index] = REQUEST_OVER;
        ask->counts.crashed++;
    } else {
        ask->progress[index] = REQUEST_ANSWERED;
        ask->bytes += answer_weigh(answer);
        ask->reference.answers[index] = *answer;
        *answer = (struct answer){0};
    }
    ask->full = ask->full || ask->bytes > ASK_BYTES;
    return !ask->full;
}

/* The answer is kept where a sentence may come of it. */
static void ask_note_different(struct edge_ask *ask, size_t index, struct answer *answer)
{
    ask->counts.different++;
    ask->different[index] = true;
    if (!ask->input.edges->cases[index].nothing)
        return;
    ask->bytes += answer_weigh(answer);
    ask->candidate[index] = *answer;
    *answer = (struct answer){0};
}

/* A refusal says nothing on stdout, as a rule: its exit status is the answer. */
static bool ask_is_same_refusal(const struct edge_ask *ask, size_t index, const struct answer *answer)
{
    const struct answer *base = &ask->reference.answers[index];
    return base->status != 0 && answer_is_identical(base, answer, ask->input.workload->compare_stderr);
}

static void ask_record(struct edge_ask *ask, size_t index, struct answer *answer)
{
    const char *id = ask->input.edges->set.items[index].id;
    enum contract_outcome outcome =
        contract_record(ask->input.contract, id, &ask->reference.answers[index], answer);
    bool compared = outcome != CONTRACT_NOT_COMPARED || ask_is_same_refusal(ask, index, answer);
    ask->progress[index] = REQUEST_OVER;
    ask->counts.compared += compared;
    ask->counts.not_compared += !compared;
    ask->kept[index] = compared && outcome != CONTRACT_DIFFERENT;
    if (outcome == CONTRACT_DIFFERENT)
        ask_note_different(ask, index, answer);
}

static bool ask_on_candidate(size_t index, struct answer *answer, const struct figures *figures, void *data)
{
    struct edge_ask *ask = data;
    const struct answer *base = &ask->reference.answers[index];
    const char *id = ask->input.edges->set.items[index].id;
    (void)figures;
    if (ask_was_not_asked(answer))
        return true;
    if (strncmp(answer->ending, WORKLOAD_NOT_STARTED, strlen(WORKLOAD_NOT_STARTED)) == 0) {
        ask->start_problem = memory_format("sample \"%s\": the candidate's program %s", id, answer->ending);
        return false;
    }
    bool differs = !answer_is_identical(base, answer, ask->input.workload->compare_stderr) &&
                   contract_compare_at(ask->input.contract, id, base, answer) == CONTRACT_DIFFERENT;
    if (!differs) {
        ask_record(ask, index, answer);
    } else {
        ask->progress[index] = REQUEST_WAITING;
        ask->waiting[ask->waiting_count] = index;
        ask->waiting_answers[ask->waiting_count++] = *answer;
        *answer = (struct answer){0};
    }
    ask->full = ask->full || ask->bytes > ASK_BYTES;
    return !ask->full && ask->waiting_count < ASK_WAITING;
}

static void ask_tick(struct edge_ask *ask);

static void ask_on_pass(const struct err *err, void *data)
{
    struct edge_ask *ask = data;
    ask->pass = NULL;
    if (err && !(ask->late && !ask->cancelled && err->code == ERR_CANCELLED))
        ask->err = *err;
    ask_tick(ask);
}

static void ask_on_judged(size_t index, enum check_retry_outcome outcome, struct answer *candidate,
                          void *data)
{
    struct edge_ask *ask = data;
    ask->progress[index] = REQUEST_OVER;
    ask->counts.unstable += outcome == CHECK_RETRY_UNSTABLE;
    ask->counts.compared += outcome != CHECK_RETRY_UNSTABLE;
    ask->kept[index] = outcome == CHECK_RETRY_HELD;
    if (outcome == CHECK_RETRY_BROKEN)
        ask_note_different(ask, index, candidate);
}

static void ask_on_retry(size_t broken, const char *unstable, const struct err *err, void *data)
{
    struct edge_ask *ask = data;
    (void)broken; /* on_judged was told of each */
    (void)unstable;
    ask->retry = NULL;
    if (err)
        ask->err = *err;
    ask_tick(ask);
}

static int ask_start_pass(struct edge_ask *ask, size_t count)
{
    bool base = ask->machine.state == ASK_BASE;
    const struct check_pass_input input = {
        .context = ask->input.context,
        .workload = ask->input.workload,
        .samples = &ask->input.edges->set,
        .arm = base ? ask->input.base : ask->input.candidate,
        .indices = ask->indices,
        .count = count,
        .reference = &ask->reference,
        .on_answer = base ? ask_on_base : ask_on_candidate,
        .on_done = ask_on_pass,
        .data = ask,
    };
    return check_pass_start(&ask->pass, &input, &ask->err);
}

static int ask_start_retry(struct edge_ask *ask)
{
    const struct check_retry_input input = {
        .context = ask->input.context,
        .workload = ask->input.workload,
        .samples = &ask->input.edges->set,
        .base = ask->input.base,
        .candidate = ask->input.candidate,
        .contract = ask->input.contract,
        .reference = &ask->reference,
        .indices = ask->waiting,
        .answers = ask->waiting_answers,
        .count = ask->waiting_count,
        .on_judged = ask_on_judged,
        .done = ask_on_retry,
        .data = ask,
    };
    int code = check_retry_start(&ask->retry, &input, &ask->err);
    ask->waiting_count = code < 0 ? ask->waiting_count : 0;
    return code;
}

/* Requests under way that are so far. */
static size_t ask_find(struct edge_ask *ask, enum ask_progress progress)
{
    size_t count = 0;
    for (size_t i = ask->from; i < ask->to; i++)
        if (ask->progress[i] == progress)
            ask->indices[count++] = i;
    return count;
}

static void ask_move_on(struct edge_ask *ask)
{
    size_t planned = ask->input.edges->set.count;
    size_t together = planned / ASK_PARTS + 1;
    together = together < ASK_TOGETHER ? together : ASK_TOGETHER;
    ask->from = ask->to;
    ask->to = planned - ask->from < together ? planned : ask->from + together;
}

/* What comes next, and of which requests: those in ask->indices. */
static int ask_choose(struct edge_ask *ask, size_t *count)
{
    if (ask->waiting_count > 0)
        return ASK_AGAIN;
    if (ask->cancelled || ask->full || ask->late || ask->start_problem || ask->err.code)
        return ASK_DONE;
    if (ask->machine.state == ASK_BASE && (*count = ask_find(ask, REQUEST_NEW)) > 0)
        return ASK_BASE;
    if ((*count = ask_find(ask, REQUEST_ANSWERED)) > 0)
        return ASK_CANDIDATE;
    ask_move_on(ask);
    *count = ask_find(ask, REQUEST_NEW);
    return *count > 0 ? ASK_BASE : ASK_DONE;
}

/* The only place that starts anything. */
static void ask_tick(struct edge_ask *ask)
{
    size_t count = 0;
    if (ask->cancelled && ask->err.code == 0)
        err_set(&ask->err, ERR_CANCELLED, "cancelled");
    int next = ask->err.code ? ASK_DONE : ask_choose(ask, &count);
    if (next == ASK_DONE) {
        ask_finish(ask);
        return;
    }
    machine_move(&ask->machine, next);
    if (ask->input.progress)
        ask->input.progress(ask->from, ask->input.edges->set.count, machine_sentence(&ask->machine),
                            ask->input.data);
    if ((next == ASK_AGAIN ? ask_start_retry(ask) : ask_start_pass(ask, count)) < 0)
        ask_finish(ask);
}

/* A pass alone: a difference that is there is asked again all the same. */
static void ask_on_time(uv_timer_t *timer)
{
    struct edge_ask *ask = timer->data;
    ask->late = true;
    if (ask->pass)
        check_pass_cancel(ask->pass);
}

int edge_ask_start(struct edge_ask **out, const struct edge_ask_input *input, struct err *err)
{
    struct edge_ask *ask = MEMORY_NEW(struct edge_ask);
    size_t count = input->edges->set.count;
    ask->input = *input;
    ask->counts.planned = count;
    ask->counts.left_out = input->edges->left_out;
    ask->reference.count = count;
    ask->reference.answers = memory_zeroed((count + 1) * sizeof *ask->reference.answers);
    ask->candidate = memory_zeroed((count + 1) * sizeof *ask->candidate);
    ask->progress = memory_zeroed((count + 1) * sizeof *ask->progress);
    ask->different = memory_zeroed((count + 1) * sizeof *ask->different);
    ask->kept = memory_zeroed((count + 1) * sizeof *ask->kept);
    machine_init(&ask->machine, ask_states, ASK_STATES, ASK_BASE);
    ask_move_on(ask);
    if (ask_start_pass(ask, ask_find(ask, REQUEST_NEW)) < 0) {
        *err = ask->err;
        ask_free(ask);
        return err->code;
    }
    ask->timer.data = ask;
    uv_timer_init(input->context->loop, &ask->timer); /* never fails, and neither does starting it */
    uv_timer_start(&ask->timer, ask_on_time, (uint64_t)(input->seconds * 1000), 0);
    contract_set_apart(input->contract, true);
    *out = ask;
    return 0;
}

void edge_ask_cancel(struct edge_ask *ask)
{
    ask->cancelled = true;
    if (ask->pass)
        check_pass_cancel(ask->pass);
    else if (ask->retry)
        check_retry_cancel(ask->retry);
}
