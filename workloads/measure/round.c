/*
 * Each step is one timed run of an arm over the block; with a warm cache an untimed run of the same goes
 * before it. What is timed never overlaps, since two arms at once disturb each other more than anything else
 * does.
 *
 *     processes a sample:       (warm-up ──►) run ──► (warm-up ──►) run ──► over
 *     a process that stays:     both start up, one after the other ──► first runs ──► second runs ──► over
 *
 * A kind whose runs can wait gets two steps at a time: both workers are alive when the first is asked, and
 * the second stands still until the first has ended. Two of one arm take two of its lanes, and where it has
 * one only they go one after the other.
 *
 * Behind an answer that there is much to look at, its run holds: nothing else is asked, and what is timed
 * stands still, until that is done.
 *
 * An error of a run ends the round; so does an on_answer that wants no more, without an error. The other run
 * of the two is cancelled then.
 *
 * Cancelling cancels the runs in flight, and their callbacks end the round; that of one which holds comes
 * once its answer was looked at.
 */
#include "workloads/measure/round.h"

#include "base/memory.h"
#include "workloads/answer_queue.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ROUND_PAIR 2 /* runs that are alive at once, at most */

struct round_run {
    struct round *round;
    size_t step;              /* whose run it is */
    struct workload_run *run; /* NULL: over, or not started */
    bool ready;               /* it stands still */
    bool over;                /* came to its end, or failed */
    struct figures sum;       /* of its answers, extras left out */
    struct figures extras;    /* of the extras */
    struct figures whole;     /* what the kind said of it; negative: nothing */
    double *latencies;        /* of its requests, in their order; room for the block; owned */
    size_t latency_count;
    struct answer_seat seat;
};

struct round {
    struct round_input input;
    size_t step;                       /* the next one without a run */
    struct round_run runs[ROUND_PAIR]; /* under way, in the order in which they are timed */
    size_t run_count;
    size_t driven; /* of them: the one whose turn it is */
    struct answer_queue queue;
    bool warming; /* the run in flight is the untimed one before the step */
    bool stopped; /* on_answer wants no more */
    bool cancelled;
    struct err err;
    struct figures last[2];        /* [side]: of the last whole run */
    double logs[2][METRIC_COUNT];  /* [side]: logarithms of the runs' figures, added */
    bool missing[2][METRIC_COUNT]; /* [side]: a run had no such figure */
    size_t runs_of[2];             /* [side] */
};

/* The coin is the proof, so it is the kernel's and not a generator's. */
int round_draw(struct pair *pair, struct err *err)
{
    uint64_t drawn;
    if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn)
        return err_set_errno(err, errno, "getrandom");
    pair->candidate_first = pair->phase != PHASE_NOISE && (drawn & 1) != 0;
    pair->seed = drawn >> 11;
    return 0;
}

size_t round_fill_steps(const struct pair *pair, const struct arm *base, const struct arm *candidate,
                        struct round_step steps[static ROUND_STEPS_MOST])
{
    size_t count = pair->quad ? 4 : 2;
    for (size_t k = 0; k < count; k++) {
        bool second = k == 1 || k == 2; /* AB, or ABBA */
        steps[k].candidate = second != pair->candidate_first;
        steps[k].arm = steps[k].candidate ? candidate : base;
    }
    return count;
}

static void round_add(struct figures *sum, const struct figures *figures)
{
    for (int m = 0; m < METRIC_COUNT; m++) {
        double value = figures->value[m];
        if (metric_needs_requests((enum metric)m))
            continue;
        if (value < 0 || sum->value[m] < 0)
            sum->value[m] = -1;
        else if (m == METRIC_PEAK_MEMORY)
            sum->value[m] = fmax(sum->value[m], value);
        else
            sum->value[m] += value;
    }
}

/* Maybe on a pool thread. */
static bool round_look(struct answer_seat *seat, void *data)
{
    struct round *round = data;
    const struct round_run *run = seat->owner;
    return round->input.on_answer(&round->input.steps[run->step], round->input.block->indices[seat->position],
                                  &seat->answer, &seat->figures, round->input.data);
}

static void round_resume(struct answer_seat *seat, bool go_on, void *data)
{
    struct round *round = data;
    const struct round_run *run = seat->owner;
    round->stopped = round->stopped || !go_on;
    round->input.workload->kind->run_resume(run->run, go_on);
}

static enum answer_next round_on_answer(size_t position, struct answer *answer, const struct figures *figures,
                                        void *data)
{
    struct round_run *run = data;
    struct round *round = run->round;
    const struct block *block = round->input.block;
    if (round->warming || round->cancelled || round->stopped)
        return round->warming && !round->cancelled ? ANSWER_NEXT : ANSWER_STOP;
    round_add(block->extra[position] ? &run->extras : &run->sum, figures);
    if (!block->extra[position] && round->input.workload->kind->requests &&
        figures->value[METRIC_LATENCY_P50] >= 0)
        run->latencies[run->latency_count++] = figures->value[METRIC_LATENCY_P50];
    const struct reference *reference = round->input.reference;
    enum answer_next next =
        answer_queue_take(&round->queue, &run->seat, position, answer, figures,
                          reference ? reference_weigh(reference, block->indices[position]) : 0);
    round->stopped = round->stopped || next == ANSWER_STOP;
    return next;
}

static void round_on_whole(const struct figures *figures, void *data)
{
    struct round_run *run = data;
    run->whole = *figures;
}

static int round_order(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The run's figures: of the whole, where the kind knows
 * more than its answers. The extras' share is no part. */
static void round_total(struct round_run *run, struct figures *total)
{
    *total = run->sum;
    if (run->latency_count > 0)
        qsort(run->latencies, run->latency_count, sizeof *run->latencies, round_order);
    for (int m = 0; m < METRIC_COUNT; m++) {
        enum metric metric = (enum metric)m;
        double extras = m == METRIC_CPU || m == METRIC_WALL ? fmax(run->extras.value[m], 0) : 0;
        if (metric_is_latency(metric))
            total->value[m] = metric_latency(metric, run->latencies, run->latency_count);
        else if (run->whole.value[m] >= 0)
            total->value[m] = fmax(run->whole.value[m] - extras, 0);
        else if (metric_needs_requests(metric))
            total->value[m] = -1;
    }
}

static void round_close_run(struct round_run *run)
{
    struct round *round = run->round;
    int side = round->input.steps[run->step].candidate;
    struct figures *total = &round->last[side];
    round_total(run, total);
    round->runs_of[side]++;
    for (int m = 0; m < METRIC_COUNT; m++) {
        round->missing[side][m] = round->missing[side][m] || total->value[m] < 0;
        round->logs[side][m] += log(fmax(total->value[m], 1e-9));
    }
}

static void round_free(struct round *round)
{
    for (size_t i = 0; i < ROUND_PAIR; i++)
        free(round->runs[i].latencies);
    free(round);
}

static void round_finish(struct round *round)
{
    struct figures totals[2] = {{{0}}, {{0}}};
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < METRIC_COUNT && round->runs_of[side] > 0; m++) {
            double mean = round->runs_of[side] == 1
                              ? round->last[side].value[m]
                              : exp(round->logs[side][m] / (double)round->runs_of[side]);
            totals[side].value[m] = round->missing[side][m] ? -1 : mean;
        }
    }
    struct round_input input = round->input;
    struct err err = round->err;
    bool whole = !err.code && !round->stopped;
    round_free(round);
    input.on_done(whole ? totals : NULL, err.code ? &err : NULL, input.data);
}

/* A length of 0 to 63 bytes: what lies before the stack's
 * first frame moves with it, and a lucky layout doesn't stay. */
static int round_draw_padding(char padding[static 64], struct err *err)
{
    unsigned char length;
    if (getrandom(&length, sizeof length, 0) != sizeof length)
        return err_set_errno(err, errno, "getrandom");
    memset(padding, 'x', length % 64);
    padding[length % 64] = 0;
    return 0;
}

static bool round_same_arm(const struct round *round, size_t a, size_t b)
{
    return round->input.steps[a].arm == round->input.steps[b].arm;
}

/* Runs that are alive at once from the round's step on. */
static size_t round_group(const struct round *round)
{
    size_t left = round->input.step_count - round->step;
    if (!round->input.workload->kind->run_go || left < ROUND_PAIR)
        return 1;
    bool crowded = round_same_arm(round, round->step, round->step + 1) &&
                   round->input.steps[round->step].arm->lanes < ROUND_PAIR;
    return crowded ? 1 : ROUND_PAIR;
}

static void round_on_done(const struct err *err, void *data);
static void round_on_ready(void *data);

static int round_start_run(struct round *round, struct round_run *run, bool waits, struct err *err)
{
    struct workload_request request = {
        .workload = round->input.workload,
        .samples = round->input.samples,
        .arm = round->input.steps[run->step].arm,
        .indices = round->input.block->indices,
        .count = round->input.block->count,
        .lane = run != round->runs && round_same_arm(round, run->step, round->runs[0].step),
        .timed = !round->warming,
        .waits = waits,
        .discarded = round->warming,
        .on_answer = round_on_answer,
        .on_whole = round_on_whole,
        .on_ready = round_on_ready,
        .on_done = round_on_done,
        .data = run,
    };
    run->sum = run->extras = (struct figures){{0}};
    run->latency_count = 0;
    run->over = run->ready = false;
    for (int m = 0; m < METRIC_COUNT; m++)
        run->whole.value[m] = -1;
    if (round_draw_padding(request.padding, err) < 0)
        return err->code;
    return round->input.workload->kind->run_start(round->input.context, &request, &run->run, err);
}

static bool round_is_over(const struct round *round)
{
    return round->err.code || round->stopped || round->cancelled;
}

static void round_cancel_runs(struct round *round)
{
    for (size_t i = 0; i < round->run_count; i++) {
        if (round->runs[i].run)
            round->input.workload->kind->run_cancel(round->runs[i].run);
    }
}

static bool round_has_runs(const struct round *round)
{
    bool alive = false;
    for (size_t i = 0; i < round->run_count; i++)
        alive = alive || round->runs[i].run;
    return alive;
}

/* Opens the run of the next step, behind those that are there. */
static int round_open(struct round *round, bool waits, struct err *err)
{
    struct round_run *run = &round->runs[round->run_count];
    run->step = round->step;
    if (round_start_run(round, run, waits, err) < 0)
        return err->code;
    round->run_count++;
    round->step++;
    return 0;
}

static bool round_warms(const struct round *round)
{
    return round->input.workload->cache == WORKLOAD_CACHE_WARM && !round->input.workload->kind->requests;
}

/* The first of a group; the others are opened when it stands. */
static int round_open_group(struct round *round, struct err *err)
{
    round->run_count = 0;
    round->driven = 0;
    round->warming = round_warms(round);
    return round_open(round, round_group(round) > 1, err);
}

/* Those of the group that have ended, up to the one whose turn it is; it goes on when it stands. */
static void round_drive(struct round *round)
{
    while (round->driven < round->run_count && round->runs[round->driven].over)
        round_close_run(&round->runs[round->driven++]);
    if (round->driven == round->run_count)
        return;
    struct round_run *run = &round->runs[round->driven];
    if (!run->ready)
        return;
    run->ready = false;
    round->input.workload->kind->run_go(run->run);
}

/* What comes next, from what is known; the only place that starts anything after the start. */
static void round_tick(struct round *round)
{
    if (round->cancelled && round->err.code == 0)
        err_set(&round->err, ERR_CANCELLED, "cancelled");
    if (round_is_over(round)) {
        if (round_has_runs(round))
            round_cancel_runs(round);
        else
            round_finish(round);
        return;
    }
    struct round_run *latest = &round->runs[round->run_count - 1];
    bool second = latest->ready && round->run_count < ROUND_PAIR && round->driven == 0 &&
                  round->step < round->input.step_count;
    int code = 0;
    if (second)
        code = round_open(round, true, &round->err);
    else
        round_drive(round);
    if (!second && round->driven == round->run_count) {
        if (round->step == round->input.step_count) {
            round_finish(round);
            return;
        }
        code = round_open_group(round, &round->err);
    }
    if (code < 0)
        round_tick(round);
}

static void round_on_ready(void *data)
{
    struct round_run *run = data;
    run->ready = true;
    round_tick(run->round);
}

static void round_on_done(const struct err *err, void *data)
{
    struct round_run *run = data;
    struct round *round = run->round;
    bool asked_for = round_is_over(round);
    run->run = NULL;
    run->over = true;
    if (err && !(asked_for && err->code == ERR_CANCELLED) && round->err.code == 0)
        round->err = *err;
    if (round->warming && !round_is_over(round)) {
        round->warming = false;
        if (round_start_run(round, run, false, &round->err) == 0)
            return;
    }
    round_tick(round);
}

int round_start(struct round **out, const struct round_input *input, struct err *err)
{
    struct round *round = MEMORY_NEW(struct round);
    round->input = *input;
    round->queue = (struct answer_queue){
        .loop = input->context->loop, .look = round_look, .resume = round_resume, .data = round};
    for (size_t i = 0; i < ROUND_PAIR; i++) {
        round->runs[i].round = round;
        round->runs[i].seat.owner = &round->runs[i];
        round->runs[i].latencies = memory_zeroed((input->block->count + 1) * sizeof(double));
    }
    if (round_open_group(round, err) < 0) {
        round_free(round);
        return err->code;
    }
    *out = round;
    return 0;
}

void round_cancel(struct round *round)
{
    round->cancelled = true;
    answer_queue_stop(&round->queue);
    round_cancel_runs(round);
}
