/* The answers of untimed runs on tapes below `keep`, opened and finished on the pool. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"
#include "workloads/tape/tape.h"

#include <string.h>

static size_t answers_count(const struct evaluation *evaluation)
{
    return evaluation->case_count < EVALUATION_TAPES_MAX ? evaluation->case_count : EVALUATION_TAPES_MAX;
}

/* A tape that can't be had is no error: the programs are asked, and nothing is kept. */
static int answers_open_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    const struct evaluation_kept *kept = recall_covers(evaluation) ? evaluation->input.recall->kept : NULL;
    (void)err;
    for (size_t i = 0; i < answers_count(evaluation); i++) {
        struct tape **tape = &evaluation->cases[i].tape;
        struct err ignored = {0};
        cleanup_free char *path = memory_format("%s/answers-%zu", evaluation->input.keep, i);
        bool played = kept && !digest_is_zero(&kept->answers[i]) &&
                      tape_open(tape, path, &kept->answers[i], &ignored) == 0;
        if (!played && tape_record(tape, path, &ignored) < 0)
            *tape = NULL;
    }
    return 0;
}

static void answers_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0)
        evaluation_stage_error(evaluation, err);
    else
        evaluation->answers_then(evaluation);
}

static void answers_start(struct evaluation *evaluation, int (*work)(void *, struct err *),
                          void (*then)(struct evaluation *))
{
    evaluation->answers_then = then;
    if (evaluation->input.keep)
        job_start(&evaluation->job, evaluation->input.loop, work, answers_done, evaluation);
    else
        then(evaluation);
}

void answers_open(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    answers_start(evaluation, answers_open_work, then);
}

static int answers_finish_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    (void)err;
    for (size_t i = 0; i < answers_count(evaluation); i++) {
        const struct workload_case *workload_case = &evaluation->cases[i];
        struct digest *digest = &evaluation->kept.answers[i];
        struct err ignored = {0};
        if (tape_is_playing(workload_case->tape))
            *digest = evaluation->input.recall->kept->answers[i];
        else if (!tape_is_recording(workload_case->tape) ||
                 tape_finish(workload_case->tape, workload_case->known->sample_seconds, digest, &ignored) < 0)
            *digest = (struct digest){0};
    }
    return 0;
}

void answers_finish(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    answers_start(evaluation, answers_finish_work, then);
}

bool answers_were_played(const struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->case_count; i++)
        if (!evaluation->cases[i].tape || !tape_was_whole(evaluation->cases[i].tape))
            return false;
    return true;
}
