/*
 * Four passes over the same samples, base, candidate, base, candidate: each is a run of the workload's kind
 * that adds to the counts of its pass; behind the last one the passes of each arm are merged.
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

#define COUNT_PASSES 4

struct count {
    struct count_input input;
    struct workload_run *run; /* in flight, or NULL */
    size_t indices[COUNT_SAMPLES_MOST];
    size_t index_count;
    size_t pass;                        /* under way */
    size_t progress;                    /* answers so far */
    struct counts counts[COUNT_PASSES]; /* by pass */
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

static void count_finish(struct count *count)
{
    struct counts *base = &count->counts[0];
    struct counts *candidate = &count->counts[1];
    if (count->cancelled && count->err.code == 0)
        err_set(&count->err, ERR_CANCELLED, "cancelled");
    counts_merge(base, &count->counts[2]);
    counts_merge(candidate, &count->counts[3]);
    count->input.done(base, candidate, count->err.code ? &count->err : NULL, count->input.data);
    for (size_t i = 0; i < COUNT_PASSES; i++)
        counts_fini(&count->counts[i]);
    free(count);
}

static bool count_on_answer(size_t position, struct answer *answer, const struct figures *figures, void *data)
{
    struct count *count = data;
    (void)position;
    (void)answer;
    (void)figures;
    count->progress++;
    if (count->input.progress)
        count->input.progress(count->progress, COUNT_PASSES * count->index_count, "counting refused calls",
                              count->input.data);
    return true;
}

static void count_on_done(const struct err *err, void *data);

static int count_ask(struct count *count, struct err *err)
{
    const struct workload_request request = {
        .workload = count->input.workload,
        .samples = count->input.samples,
        .arm = count->pass % 2 ? count->input.candidate : count->input.base,
        .indices = count->indices,
        .count = count->index_count,
        .counts = &count->counts[count->pass],
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
    bool over = count->err.code || count->cancelled || count->pass == COUNT_PASSES;
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
