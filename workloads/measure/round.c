/*
 * Each step is one timed run of an arm over the block; with a warm cache an untimed run of the same goes
 * before it. The runs never overlap, since two arms at once disturb each other more than anything else does.
 *
 * An error of a run ends the round; so does an on_answer that wants no more, without an error.
 *
 * Cancelling cancels the run in flight, and its callback ends the round.
 */
#include "workloads/measure/round.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct round {
    struct round_input input;
    size_t step;  /* in flight */
    bool warming; /* the run in flight is the untimed one before the step */
    bool stopped; /* on_answer wants no more */
    bool cancelled;
    struct workload_run *run; /* NULL while none is in flight */
    struct figures sum;       /* of the run in flight */
    double *latencies;        /* of its requests, in their order; room for the block; owned */
    size_t latency_count;
    struct figures last[2];        /* [side]: of the last whole run */
    double logs[2][METRIC_COUNT];  /* [side]: logarithms of the runs' figures, added */
    bool missing[2][METRIC_COUNT]; /* [side]: a run had no such figure */
    size_t runs[2];                /* [side] */
};

static void round_add(struct round *round, const struct figures *figures)
{
    struct figures *sum = &round->sum;
    if (round->input.workload->kind->requests && figures->value[METRIC_LATENCY_P50] >= 0)
        round->latencies[round->latency_count++] = figures->value[METRIC_LATENCY_P50];
    for (int m = 0; m < METRIC_COUNT; m++) {
        double value = figures->value[m];
        if (metric_is_latency((enum metric)m))
            continue;
        if (value < 0 || sum->value[m] < 0)
            sum->value[m] = -1;
        else if (m == METRIC_PEAK_MEMORY)
            sum->value[m] = fmax(sum->value[m], value);
        else
            sum->value[m] += value;
    }
}

static bool round_on_answer(size_t position, struct answer *answer, const struct figures *figures, void *data)
{
    struct round *round = data;
    const struct block *block = round->input.block;
    if (round->warming || round->cancelled)
        return !round->cancelled;
    if (!block->extra[position])
        round_add(round, figures);
    round->stopped = !round->input.on_answer(&round->input.steps[round->step], block->indices[position],
                                             answer, figures, round->input.data);
    return !round->stopped;
}

static int round_order(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static void round_add_latencies(struct round *round)
{
    if (round->latency_count > 0)
        qsort(round->latencies, round->latency_count, sizeof *round->latencies, round_order);
    for (int m = 0; m < METRIC_COUNT; m++) {
        if (metric_is_latency((enum metric)m))
            round->sum.value[m] = metric_latency((enum metric)m, round->latencies, round->latency_count);
    }
}

static void round_close_run(struct round *round)
{
    round_add_latencies(round);
    int side = round->input.steps[round->step].candidate;
    round->runs[side]++;
    round->last[side] = round->sum;
    for (int m = 0; m < METRIC_COUNT; m++) {
        round->missing[side][m] = round->missing[side][m] || round->sum.value[m] < 0;
        round->logs[side][m] += log(fmax(round->sum.value[m], 1e-9));
    }
}

static void round_free(struct round *round)
{
    free(round->latencies);
    free(round);
}

static void round_finish(struct round *round, const struct err *err)
{
    struct figures totals[2] = {{{0}}, {{0}}};
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < METRIC_COUNT && round->runs[side] > 0; m++) {
            double mean = round->runs[side] == 1 ? round->last[side].value[m]
                                                 : exp(round->logs[side][m] / (double)round->runs[side]);
            totals[side].value[m] = round->missing[side][m] ? -1 : mean;
        }
    }
    struct round_input input = round->input;
    bool whole = !err && !round->stopped;
    round_free(round);
    input.on_done(whole ? totals : NULL, err, input.data);
}

/* A length of 0 to 63 bytes: what lies before the stack's first frame moves with it, and a lucky layout
 * doesn't stay. */
static int round_draw_padding(char padding[static 64], struct err *err)
{
    unsigned char length;
    if (getrandom(&length, sizeof length, 0) != sizeof length)
        return err_set_errno(err, errno, "getrandom");
    memset(padding, 'x', length % 64);
    padding[length % 64] = 0;
    return 0;
}

static void round_on_done(const struct err *err, void *data);

static int round_start_run(struct round *round, struct err *err)
{
    struct workload_request request = {
        .workload = round->input.workload,
        .samples = round->input.samples,
        .arm = round->input.steps[round->step].arm,
        .indices = round->input.block->indices,
        .count = round->input.block->count,
        .timed = !round->warming,
        .discarded = round->warming,
        .on_answer = round_on_answer,
        .on_done = round_on_done,
        .data = round,
    };
    round->sum = (struct figures){{0}};
    round->latency_count = 0;
    if (round_draw_padding(request.padding, err) < 0)
        return err->code;
    return round->input.workload->kind->run_start(round->input.context, &request, &round->run, err);
}

static void round_on_done(const struct err *err, void *data)
{
    struct round *round = data;
    struct err failure = {0};
    round->run = NULL;
    if (err)
        failure = *err;
    else if (round->cancelled)
        err_set(&failure, ERR_CANCELLED, "cancelled");
    if (failure.code || round->stopped) {
        round_finish(round, failure.code ? &failure : NULL);
        return;
    }
    if (round->warming) {
        round->warming = false;
    } else {
        round_close_run(round);
        round->step++;
        round->warming = round->input.workload->cache == WORKLOAD_CACHE_WARM;
    }
    if (round->step == round->input.step_count)
        round_finish(round, NULL);
    else if (round_start_run(round, &failure) < 0)
        round_finish(round, &failure);
}

int round_start(struct round **out, const struct round_input *input, struct err *err)
{
    struct round *round = MEMORY_NEW(struct round);
    round->input = *input;
    round->latencies = memory_zeroed((input->block->count + 1) * sizeof *round->latencies);
    round->warming = input->workload->cache == WORKLOAD_CACHE_WARM;
    if (round_start_run(round, err) < 0) {
        round_free(round);
        return err->code;
    }
    *out = round;
    return 0;
}

void round_cancel(struct round *round)
{
    round->cancelled = true;
    if (round->run)
        round->input.workload->kind->run_cancel(round->run);
}
