/*
 * Four passes over the same samples, base, candidate, base, candidate: each is a run of the workload's kind
 * that adds to the counts of its pass. Four more count the calls that were made, since looking at each of
 * them would show in the other figures; each of these ends with the sample that makes more than are worth the
 * time. Where that is asked for, four more have the first few samples under valgrind. Behind the last one the
 * passes of each arm are merged.
 *
 * A program that crashes, or that is killed at its deadline, has been counted up to there; only a failure of
 * the sandbox itself ends the passes with an error.
 *
 * Exactly one run is in flight at any time; cancelling cancels that one and its callback ends the passes.
 */
#include "workloads/count/count.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_PASSES     4     /* of each sort: the two arms, twice */
#define COUNT_SORTS      3     /* usage and refused calls, made calls, simulated instructions */
#define COUNT_CALLS_MOST 50000 /* made calls that a pass looks at, some 35 us each beside other work */

struct count {
    struct count_input input;
    struct workload_run *run; /* in flight, or NULL */
    size_t indices[COUNT_SAMPLES_MOST];
    size_t index_count;
    size_t pass;                                      /* under way; the sorts one after the other */
    size_t progress;                                  /* answers so far */
    struct counts counts[COUNT_SORTS * COUNT_PASSES]; /* by pass */
    bool cancelled;
    struct err err;
};

/* The first of each stratum: strata are where a program's ways part. */
static void count_choose(struct count *count)
{
    const struct sample_set *samples = count->input.samples;
    size_t visible = samples->count - samples->held_out_count;
    for (size_t i = 0; i < visible && count->index_count < COUNT_SAMPLES_MOST; i++) {
        size_t known = 0;
        while (known < count->index_count &&
               strcmp(samples->items[count->indices[known]].stratum, samples->items[i].stratum) != 0)
            known++;
        if (known == count->index_count)
            count->indices[count->index_count++] = i;
    }
}

static size_t count_sorts(const struct count *count)
{
    /* A process that answers many would only time out. */
    const bool simulate = count->input.simulate && !count->input.workload->kind->requests;
    return simulate ? COUNT_SORTS : COUNT_SORTS - 1;
}

/* Of one pass of that sort. */
static size_t count_samples(const struct count *count, size_t sort)
{
    const bool few = sort == 2 && count->index_count > COUNT_SIMULATED_MOST;
    return few ? COUNT_SIMULATED_MOST : count->index_count;
}

static size_t count_answers(const struct count *count)
{
    size_t answers = 0;
    for (size_t sort = 0; sort < count_sorts(count); sort++)
        answers += COUNT_PASSES * count_samples(count, sort);
    return answers;
}

static void count_finish(struct count *count)
{
    struct counts *base = &count->counts[0];
    struct counts *candidate = &count->counts[1];
    if (count->cancelled && count->err.code == 0)
        err_set(&count->err, ERR_CANCELLED, "cancelled");
    counts_merge(base, &count->counts[2]);
    counts_merge(candidate, &count->counts[3]);
    for (size_t arm = 0; arm < 2; arm++) {
        struct counts *calls = &count->counts[COUNT_PASSES + arm];
        calls_merge(&calls->calls, &calls[2].calls);
        count->counts[arm].calls = calls->calls;
        calls->calls = (struct calls){0};
        struct counts *simulated = &count->counts[2 * COUNT_PASSES + arm];
        counts_merge(simulated, &simulated[2]);
        count->counts[arm].simulated = simulated->simulated;
        count->counts[arm].simulated_samples = simulated->simulated_samples;
    }
    count->input.done(base, candidate, count->err.code ? &count->err : NULL, count->input.data);
    for (size_t i = 0; i < COUNT_SORTS * COUNT_PASSES; i++)
        counts_fini(&count->counts[i]);
    free(count);
}

static enum answer_next count_on_answer(size_t position, struct answer *answer, const struct figures *figures,
                                        void *data)
{
    struct count *count = data;
    (void)position;
    (void)answer;
    (void)figures;
    count->progress++;
    if (count->input.progress)
        count->input.progress(count->progress, count_answers(count), "counting", count->input.data);
    return count->counts[count->pass].calls.more ? ANSWER_STOP : ANSWER_NEXT;
}

static void count_on_done(const struct err *err, void *data);

static int count_ask(struct count *count, struct err *err)
{
    const size_t sort = count->pass / COUNT_PASSES;
    const struct workload_request request = {
        .workload = count->input.workload,
        .samples = count->input.samples,
        .arm = count->pass % 2 ? count->input.candidate : count->input.base,
        .indices = count->indices,
        .count = count_samples(count, sort),
        .counts = &count->counts[count->pass],
        .calls_most = sort == 1 ? COUNT_CALLS_MOST : 0,
        .simulated = sort == 2,
        .on_answer = count_on_answer,
        .on_done = count_on_done,
        .data = count,
    };
    return count->input.workload->kind->run_start(count->input.context, &request, &count->run, err);
}

static void count_on_done(const struct err *err, void *data)
{
    struct count *count = data;
    count->run = NULL;
    if (err)
        count->err = *err;
    count->pass++;
    bool over = count->err.code || count->cancelled || count->pass == count_sorts(count) * COUNT_PASSES;
    if (over || count_ask(count, &count->err) < 0)
        count_finish(count);
}

int count_start(struct count **out, const struct count_input *input, struct err *err)
{
    struct count *count = MEMORY_NEW(struct count);
    count->input = *input;
    count_choose(count);
    if (count_ask(count, err) < 0) {
        free(count);
        return err->code;
    }
    *out = count;
    return 0;
}

void count_cancel(struct count *count)
{
    count->cancelled = true;
    if (count->run)
        count->input.workload->kind->run_cancel(count->run);
}
