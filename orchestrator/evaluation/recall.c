/*
 * Stages that an earlier process finished. Their records are taken as they stand; the layers that they left
 * are looked at first, and where one is gone or changed, this stage and all behind it run for real. Intake,
 * screen and worktrees always run: what they make lives in memory and takes milliseconds.
 */
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/identity.h"
#include "orchestrator/evaluation/state.h"
#include "policies/attempts.h"

#include <string.h>

bool recall_knows(const struct evaluation *evaluation, enum stage stage)
{
    const struct evaluation_recall *recall = evaluation->input.recall;
    if (!recall || evaluation->forgotten || stage < STAGE_PREPARE || stage > STAGE_CONTRACT)
        return false;
    enum stage_outcome outcome = recall->evidence->stages[stage].outcome;
    return outcome == STAGE_PASSED || outcome == STAGE_SKIPPED;
}

bool recall_covers(const struct evaluation *evaluation)
{
    return evaluation->machine.state < STAGE_COUNT &&
           recall_knows(evaluation, (enum stage)evaluation->machine.state);
}

static bool recall_is_same(const char *path, const struct digest *expected)
{
    struct digest now;
    struct err ignored = {0};
    return identity_digest_folder(path, NULL, &now, &ignored) == 0 && memcmp(&now, expected, sizeof now) == 0;
}

/* A candidate was built on what `prepare` made, which may have been made anew. */
static bool recall_stands_on_same(const struct evaluation *evaluation)
{
    const struct evaluation_kept *kept = evaluation->input.recall->kept;
    const struct base_layers *shared = evaluation->shared;
    if (!shared || !shared->kept.has_prepare)
        return true;
    return kept->has_prepare && memcmp(&kept->prepare, &shared->kept.prepare, sizeof kept->prepare) == 0;
}

/* The layer that the stage left is as it was; a stage without one has nothing to lose. */
static bool recall_layer_holds(const struct evaluation *evaluation)
{
    const struct evaluation_kept *kept = evaluation->input.recall->kept;
    const char *layer = layout_kept_layer(evaluation);
    bool prepare = evaluation->machine.state == STAGE_PREPARE;
    if (!evaluation_is_base_alone(evaluation) && !evaluation->shared)
        return false; /* the base's side was not kept */
    if (!prepare && !recall_stands_on_same(evaluation))
        return false;
    if (!layer)
        return true;
    return (prepare ? kept->has_prepare : kept->has_build) &&
           recall_is_same(layer, prepare ? &kept->prepare : &kept->build);
}

static int recall_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    const char *layer = layout_kept_layer(evaluation);
    if (!recall_layer_holds(evaluation)) {
        evaluation->forgotten = true;
        return layer ? folder_empty(layer, err) : 0;
    }
    const struct evaluation_kept *kept = evaluation->input.recall->kept;
    if (evaluation->machine.state == STAGE_PREPARE) {
        evaluation->kept.has_prepare = kept->has_prepare;
        evaluation->kept.prepare = kept->prepare;
        return 0;
    }
    evaluation->kept = *kept;
    return evaluation_is_base_alone(evaluation) ? 0 : layout_write_patch(evaluation, err);
}

/* What the stage's commands were refused, and what that means. */
static void recall_take_commands(struct evaluation *evaluation)
{
    struct evidence *evidence = &evaluation->evidence, *past = evaluation->input.recall->evidence;
    enum stage stage = (enum stage)evaluation->machine.state;
    for (size_t i = 0; i < past->command_count; i++) {
        struct command_evidence *row = &past->commands[i];
        if (row->stage != stage || !row->command)
            continue;
        evidence->commands =
            memory_resize(evidence->commands, evidence->command_count + 1, sizeof *evidence->commands);
        evidence->commands[evidence->command_count++] = *row;
        *row = (struct command_evidence){.stage = stage};
    }
    attempts_judge_commands(evidence, &evaluation->configuration->policy, stage);
}

static void recall_end(struct evaluation *evaluation)
{
    if (evaluation->machine.state == STAGE_BUILD || evaluation->machine.state == STAGE_TESTS)
        recall_take_commands(evaluation);
    evaluation_stage_recalled(evaluation);
}

static void recall_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0)
        evaluation_stage_error(evaluation, err);
    else if (evaluation->forgotten)
        evaluation_start_stage(evaluation);
    else
        recall_end(evaluation);
}

void stage_recall_start(struct evaluation *evaluation)
{
    int stage = evaluation->machine.state;
    if (stage == STAGE_PREPARE || stage == STAGE_BUILD)
        job_start(&evaluation->job, evaluation->input.loop, recall_work, recall_done, evaluation);
    else if (stage == STAGE_CONTRACT || (stage == STAGE_IDENTITY && evaluation->shared))
        evaluation_start_stage(
            evaluation); /* plays the answers; looks at the shared layers in every process */
    else
        recall_end(evaluation);
}
