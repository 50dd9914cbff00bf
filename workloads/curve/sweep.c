/*
 * Each size is run once by each arm, smallest first and thrown away: that says how long it takes, and so how
 * many pairs of which sizes the budget allows. Then pairs, one of each size in turn.
 *
 * Every timed answer is held against the reference: a candidate's difference is asked again once its pair is
 * over, on both arms, before it counts; a base's difference teaches noise, or ends the sweep with what it has
 * when it is more than that. A pair is kept as it was run, whatever its answers: it is never run again. The
 * sandbox's failures are errors.
 *
 * Exactly one round, retry or review of what waits is in flight; cancelling cancels the first two and awaits
 * the third, and its callback ends the sweep.
 */
#include "workloads/curve/sweep.h"

#include "base/machine.h"
#include "base/memory.h"
#include "workloads/measure/doubts.h"
#include "workloads/measure/round.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SWEEP_PAIRS        5   /* of each size */
#define SWEEP_FOCUS        12  /* of the size that production asks for, where there is time */
#define SWEEP_RUN_S        0.1 /* aimed length of a run at most: small inputs are asked several times in one */
#define SWEEP_REPEATS_MOST 64
#define SWEEP_OVERTIME     1.5 /* budgets, after which pairs end however they were planned */

/*
 *   warm-up ──► pair ⇄ again
 *      ├────────►│      │
 *      └──► again└──────┴──► done        (each may end it; again: as often as some wait)
 */
enum { SWEEP_WARM_UP, SWEEP_PAIR, SWEEP_AGAIN, SWEEP_DONE, SWEEP_STATES };

static const struct machine_state sweep_states[SWEEP_STATES] = {
    [SWEEP_WARM_UP] = {"warm-up",
                       MACHINE_TO(SWEEP_WARM_UP) | MACHINE_TO(SWEEP_PAIR) | MACHINE_TO(SWEEP_AGAIN) |
                           MACHINE_TO(SWEEP_DONE),
                       "finding out how long each size takes"},
    [SWEEP_PAIR] = {"pair", MACHINE_TO(SWEEP_PAIR) | MACHINE_TO(SWEEP_AGAIN) | MACHINE_TO(SWEEP_DONE),
                    "measuring how the cost grows with n"},
    [SWEEP_AGAIN] = {"again",
                     MACHINE_TO(SWEEP_AGAIN) | MACHINE_TO(SWEEP_WARM_UP) | MACHINE_TO(SWEEP_PAIR) |
                         MACHINE_TO(SWEEP_DONE),
                     "asking both again before a break is declared"},
    [SWEEP_DONE] = {"done", MACHINE_FINAL, "measured"},
};

struct sweep {
    struct sweep_input input;
    struct points points;
    struct machine machine;
    double seconds[FIT_POINTS_MOST]; /* of a size's first round */
    size_t warm;                     /* sizes whose first round is over */
    size_t sizes;                    /* that the budget allows: the smallest so many */
    size_t passes;                   /* pairs of each of them; 0: not planned yet */
    size_t pass;                     /* under way */
    size_t at;                       /* size of the round */
    size_t pairs;                    /* so far */
    uint64_t start_ns;
    uint64_t round_ns; /* when the round began */
    bool candidate_first;
    struct round *round;       /* in flight, or NULL */
    struct check_retry *retry; /* in flight, or NULL */
    struct block block;        /* of the round */
    struct doubts doubts;      /* answers of the round that wait to be asked again */
    bool cut;                  /* a round ended early: nothing follows it */
    bool broken;
    bool cancelled;
    struct err err;
};

static double sweep_elapsed(const struct sweep *sweep, uint64_t since)
{
    return (double)(uv_hrtime() - (since ? since : sweep->start_ns)) / 1e9;
}

static void sweep_free(struct sweep *sweep)
{
    doubts_fini(&sweep->doubts);
    block_fini(&sweep->block);
    free(sweep);
}

static void sweep_finish(struct sweep *sweep)
{
    machine_move(&sweep->machine, SWEEP_DONE);
    sweep->input.done(sweep->broken, sweep->err.code ? &sweep->err : NULL, sweep->input.data);
    sweep_free(sweep);
}

static void sweep_stop(struct sweep *sweep, char *sentence)
{
    if (sweep->input.curve->stopped)
        free(sentence);
    else
        sweep->input.curve->stopped = sentence;
}

static struct doubts_scope sweep_scope(const struct sweep *sweep)
{
    return (struct doubts_scope){sweep->input.contract, sweep->input.reference, sweep->input.samples};
}

static bool sweep_check_base(struct sweep *sweep, size_t index, const struct answer *answer)
{
    const struct doubts_scope scope = sweep_scope(sweep);
    char *unstable = doubts_learn_base(&scope, index, answer);
    if (unstable)
        sweep_stop(sweep, unstable);
    return !unstable;
}

static bool sweep_on_answer(const struct round_step *step, size_t index, struct answer *answer,
                            const struct figures *figures, void *data)
{
    struct sweep *sweep = data;
    const struct answer *reference = &sweep->input.reference->answers[index];
    const struct doubts_scope scope = sweep_scope(sweep);
    const char *id = sweep->input.samples->items[index].id;
    (void)figures;
    if (answer_is_identical(reference, answer, sweep->input.workload->compare_stderr))
        return true;
    if (step->arm->side == ARM_BASE)
        return contract_compare_at(sweep->input.contract, id, reference, answer) != CONTRACT_DIFFERENT ||
               sweep_check_base(sweep, index, answer);
    return doubts_add(&sweep->doubts, &scope, index, answer);
}

/* The group's samples in turn, as often as wanted. */
static void sweep_fill_block(struct sweep *sweep, size_t repeats)
{
    const struct points_group *group = &sweep->points.groups[sweep->at];
    struct block *block = &sweep->block;
    block_fini(block);
    block->count = group->count * repeats;
    block->indices = memory_zeroed(block->count * sizeof *block->indices);
    block->extra = memory_zeroed(block->count * sizeof *block->extra);
    for (size_t i = 0; i < block->count; i++)
        block->indices[i] = group->indices[i % group->count];
}

static void sweep_on_round(const struct figures *totals, const struct err *err, void *data);

static int sweep_start_round(struct sweep *sweep, size_t repeats, struct err *err)
{
    unsigned char coin = 0;
    if (getrandom(&coin, sizeof coin, 0) != sizeof coin)
        return err_set_errno(err, errno, "getrandom");
    sweep->candidate_first = coin & 1;
    struct round_input input = {
        .context = sweep->input.context,
        .workload = sweep->input.workload,
        .samples = sweep->input.samples,
        .block = &sweep->block,
        .step_count = 2,
        .reference = sweep->input.reference,
        .on_answer = sweep_on_answer,
        .on_done = sweep_on_round,
        .data = sweep,
    };
    for (int k = 0; k < 2; k++) {
        bool candidate = (k == 0) == sweep->candidate_first;
        input.steps[k] =
            (struct round_step){candidate ? sweep->input.candidate : sweep->input.base, candidate};
    }
    sweep_fill_block(sweep, repeats);
    sweep->round_ns = uv_hrtime();
    if (sweep->input.progress)
        sweep->input.progress(sweep->pairs, sweep->passes * sweep->sizes, machine_sentence(&sweep->machine),
                              sweep->input.data);
    return round_start(&sweep->round, &input, err);
}

static void sweep_on_retry(size_t broken, const char *unstable, const struct err *err, void *data);

static int sweep_ask_again(struct sweep *sweep, struct err *err)
{
    const struct check_retry_input input = {
        .context = sweep->input.context,
        .workload = sweep->input.workload,
        .samples = sweep->input.samples,
        .base = sweep->input.base,
        .candidate = sweep->input.candidate,
        .contract = sweep->input.contract,
        .reference = sweep->input.reference,
        .done = sweep_on_retry,
        .data = sweep,
    };
    machine_move(&sweep->machine, SWEEP_AGAIN);
    return doubts_ask_again(&sweep->doubts, &sweep->retry, &input, err);
}

/*
 * Is there time for the first round of the next size? Sizes too near to each other say nothing of how it
 * grows, and a growth steeper than n² is noise as likely as not: the contract has asked every size before.
 */
static bool sweep_has_time(const struct sweep *sweep)
{
    const struct points_group *groups = sweep->points.groups;
    double left = sweep->input.time_budget_s - sweep_elapsed(sweep, 0);
    size_t next = sweep->warm;
    if (next == 0 || !(groups[next - 1].n >= 2 * groups[0].n) || !(groups[0].n > 0))
        return left > 0;
    double growth = sweep->seconds[next - 1] / sweep->seconds[0];
    double power = fmin(fmax(log(growth) / log(groups[next - 1].n / groups[0].n), 0), 2);
    return left > sweep->seconds[next - 1] * pow(groups[next].n / groups[next - 1].n, power);
}

static size_t sweep_repeats(const struct sweep *sweep, double seconds)
{
    double aim = 2 * fmin(SWEEP_RUN_S, sweep->input.workload->block_s);
    double repeats = round(aim / fmax(seconds, 1e-6));
    return repeats < 1 ? 1 : repeats > SWEEP_REPEATS_MOST ? SWEEP_REPEATS_MOST : (size_t)repeats;
}

/* The greatest sizes go first where time is short: all others are worth more pairs. */
static void sweep_plan(struct sweep *sweep)
{
    struct curve *curve = sweep->input.curve;
    double left = sweep->input.time_budget_s - sweep_elapsed(sweep, 0);
    double round_s = 0;
    size_t sizes = sweep->warm;
    for (size_t i = 0; i < sizes; i++) {
        curve->values[i].repeats = sweep_repeats(sweep, sweep->seconds[i]);
        round_s += sweep->seconds[i] * (double)curve->values[i].repeats;
    }
    while (sizes > 0 && CURVE_PAIRS_LEAST * round_s > left) {
        sizes--;
        round_s -= sweep->seconds[sizes] * (double)curve->values[sizes].repeats;
    }
    if (sizes < FIT_POINTS_LEAST && sizes < sweep->points.count)
        sizes = 0; /* they would show no shape */
    double passes = round_s > 0 ? floor(left / round_s) : 0;
    sweep->passes = passes < SWEEP_PAIRS ? (size_t)passes : SWEEP_PAIRS;
    sweep->sizes = sizes;
    sweep->at = 0;
    for (size_t i = sizes; i < curve->value_count; i++) {
        curve->values[i].repeats = 0;
        curve->values[i].skipped = memory_copy_string("the time budget has no room for its pairs");
    }
}

static int sweep_warm_up(struct sweep *sweep, struct err *err)
{
    machine_move(&sweep->machine, SWEEP_WARM_UP);
    sweep->at = sweep->warm;
    return sweep_start_round(sweep, 1, err);
}

static int sweep_run_pair(struct sweep *sweep, struct err *err)
{
    machine_move(&sweep->machine, SWEEP_PAIR);
    return sweep_start_round(sweep, sweep->input.curve->values[sweep->at].repeats, err);
}

static bool sweep_is_over(struct sweep *sweep)
{
    if (sweep->cancelled && sweep->err.code == 0)
        err_set(&sweep->err, ERR_CANCELLED, "cancelled");
    if (!sweep->err.code && !sweep->broken && doubts_are_hopeless(&sweep->doubts, sweep->cut))
        sweep_stop(sweep, memory_copy_string(DOUBTS_HOPELESS));
    return sweep->err.code || sweep->broken || sweep->input.curve->stopped;
}

/* All pairs are there; whether a change can be noticed in production deserves some more. */
static bool sweep_is_through(struct sweep *sweep)
{
    if (sweep->sizes == 0 || sweep->pass < sweep->passes)
        return sweep->sizes == 0;
    size_t focus = sweep->input.focus;
    if (focus >= sweep->sizes || sweep->input.curve->values[focus].pair_count >= SWEEP_FOCUS ||
        sweep_elapsed(sweep, 0) > sweep->input.time_budget_s)
        return true;
    sweep->at = focus;
    return false;
}

/* What comes next; the only place that starts or ends anything. */
static void sweep_tick(struct sweep *sweep)
{
    int code = 0;
    bool over = sweep_is_over(sweep);
    bool planned = sweep->sizes > 0;
    if (!over && sweep->doubts.count > 0) {
        code = sweep_ask_again(sweep, &sweep->err);
    } else if (!over && !planned && sweep->warm < sweep->points.count && sweep_has_time(sweep)) {
        code = sweep_warm_up(sweep, &sweep->err);
    } else if (!over) {
        if (!planned)
            sweep_plan(sweep);
        if (planned && sweep_elapsed(sweep, 0) > SWEEP_OVERTIME * sweep->input.time_budget_s)
            sweep_stop(sweep, memory_copy_string("the time budget was spent"));
        over = sweep_is_through(sweep) || sweep->input.curve->stopped;
        code = over ? 0 : sweep_run_pair(sweep, &sweep->err);
    }
    if (over || code < 0)
        sweep_finish(sweep);
}

static void sweep_keep_pair(struct sweep *sweep, const struct figures *totals)
{
    const struct curve *curve = sweep->input.curve;
    struct curve_value *value = &sweep->input.curve->values[sweep->at];
    double share = curve->metric == METRIC_PEAK_MEMORY ? 1 : (double)sweep->block.count;
    value->pairs[value->pair_count++] = (struct curve_pair){
        .candidate_first = sweep->candidate_first,
        .base = totals[0].value[curve->metric] < 0 ? -1 : totals[0].value[curve->metric] / share,
        .candidate = totals[1].value[curve->metric] < 0 ? -1 : totals[1].value[curve->metric] / share,
    };
    sweep->pairs++;
    if (sweep->pass < sweep->passes && ++sweep->at == sweep->sizes) {
        sweep->at = 0;
        sweep->pass++;
    }
}

static void sweep_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct sweep *sweep = data;
    sweep->round = NULL;
    if (err)
        sweep->err = *err;
    if (totals && sweep->sizes == 0)
        sweep->seconds[sweep->warm++] = sweep_elapsed(sweep, sweep->round_ns);
    else if (totals)
        sweep_keep_pair(sweep, totals);
    sweep->cut = totals == NULL;
    sweep_tick(sweep);
}

static void sweep_on_reviewed(void *data)
{
    sweep_tick(data);
}

static void sweep_on_retry(size_t broken, const char *unstable, const struct err *err, void *data)
{
    struct sweep *sweep = data;
    sweep->retry = NULL;
    if (err)
        sweep->err = *err;
    if (unstable)
        sweep_stop(sweep, memory_copy_string(unstable));
    else
        sweep->broken = broken > 0;
    const struct doubts_scope scope = sweep_scope(sweep);
    if (doubts_review(&sweep->doubts, &scope, sweep->input.context->loop, sweep_on_reviewed, sweep))
        sweep_tick(sweep);
}

int sweep_start(struct sweep **out, const struct sweep_input *input, struct err *err)
{
    assert(input->points->count > 0);
    struct sweep *sweep = MEMORY_NEW(struct sweep);
    sweep->input = *input;
    sweep->points = *input->points;
    sweep->start_ns = uv_hrtime();
    machine_init(&sweep->machine, sweep_states, SWEEP_STATES, SWEEP_WARM_UP);
    input->curve->value_count = input->points->count;
    for (size_t i = 0; i < input->points->count; i++)
        input->curve->values[i] =
            (struct curve_value){.n = input->points->groups[i].n, .samples = input->points->groups[i].count};
    if (sweep_warm_up(sweep, err) < 0) {
        sweep_free(sweep);
        return err->code;
    }
    *out = sweep;
    return 0;
}

void sweep_cancel(struct sweep *sweep)
{
    sweep->cancelled = true;
    if (sweep->round)
        round_cancel(sweep->round);
    else if (sweep->retry)
        check_retry_cancel(sweep->retry);
}
