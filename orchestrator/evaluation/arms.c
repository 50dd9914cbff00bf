/*
 * Stages prepare, build, tests and identity: the configuration's commands in both arms' sandboxes, side by side.
 *
 * The base must pass: when it doesn't, nothing can be said about the candidate and the configuration or the
 * machine is at fault, which is an error with the log's first error. Where only the candidate fails, that is evidence.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/arms/identity.h"
#include "orchestrator/evaluation/state.h"

#include <string.h>

static const char *const arms_names[ARMS] = {"base", "candidate"};

static struct build_input arms_input(const struct evaluation *evaluation, enum arm_side side)
{
    return (struct build_input){
        .loop = evaluation->input.loop,
        .sandbox = evaluation->input.sandbox,
        .environment = (const char *const *)evaluation->environment,
        .mounts = evaluation->build_mounts,
        .mount_count = evaluation->build_mount_count,
        .slot = evaluation->arms[side].slot,
        .timeout_s = evaluation->configuration->build_timeout_s,
    };
}

/* The base's failure is the configuration's: the line names the command, the log and the first error. */
static void arms_fail_base(struct evaluation *evaluation, const struct build_result *result)
{
    static const char *const complaints[STAGE_COUNT] = {
        [STAGE_PREPARE] = "the base can't be prepared (there is no network inside)",
        [STAGE_BUILD] = "the base itself does not build, so nothing can be compared",
        [STAGE_TESTS] = "the base's own tests fail, so they prove nothing about a candidate",
    };
    struct err err;
    int stage = evaluation->machine.state;
    (void)err_set(&err, ERR_INVALID, "%s: %s; see %s/%s-base.log%s%s", complaints[stage], result->sentence,
                  evaluation->logs, evaluation->machine.states[stage].name, *result->excerpt ? "\n" : "",
                  result->excerpt);
    evaluation_stage_error(evaluation, &err);
}

static void arms_judge(struct evaluation *evaluation, struct build_result *base, struct build_result *candidate)
{
    if (evaluation->err.code != 0 || evaluation->cancelled) {
        struct err err = evaluation->err;
        if (err.code == 0)
            (void)err_set(&err, ERR_CANCELLED, "%s", evaluation->cancel_reason);
        evaluation_stage_error(evaluation, &err);
    } else if (base->sentence) {
        arms_fail_base(evaluation, base);
    } else if (candidate->sentence) {
        evaluation_stage_failed(evaluation, STEAL(candidate->sentence), STEAL(candidate->excerpt));
    } else {
        evaluation_stage_passed(evaluation, NULL);
    }
}

/* Results are moved out first: the judge's last step may start the next stage in the same builds. */
static void arms_finish(struct evaluation *evaluation)
{
    struct build_result results[ARMS];
    for (int side = 0; side < ARMS; side++) {
        results[side] = evaluation->builds[side].result;
        evaluation->builds[side] = (struct build){0};
    }
    arms_judge(evaluation, &results[ARM_BASE], &results[ARM_CANDIDATE]);
    for (int side = 0; side < ARMS; side++)
        build_result_fini(&results[side]);
}

static void arms_on_built(struct build *build, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    (void)build;
    if (err->code != 0 && evaluation->err.code == 0 && !evaluation->cancelled)
        evaluation->err = *err;
    if (--evaluation->builds_left == 0)
        arms_finish(evaluation);
}

/* A second arm that can't start takes the first one down; its callback then ends the stage. */
static void arms_start(struct evaluation *evaluation, const struct build_input *inputs, int count)
{
    struct err err = {0};
    for (int side = 0; side < count && err.code == 0; side++)
        if (build_start(&evaluation->builds[side], &inputs[side], arms_on_built, evaluation, &err) == 0)
            evaluation->builds_left++;
    if (err.code == 0)
        return;
    if (evaluation->builds_left == 0) {
        evaluation_stage_error(evaluation, &err);
        return;
    }
    evaluation->err = err;
    stage_build_cancel(evaluation);
}

void stage_build_cancel(struct evaluation *evaluation)
{
    for (int side = 0; side < evaluation->builds_left; side++)
        build_cancel(&evaluation->builds[side]);
}

void stage_prepare_start(struct evaluation *evaluation)
{
    if (!evaluation->prepare) {
        evaluation_stage_skipped(evaluation, NULL);
        return;
    }
    cleanup_free char *log = memory_format("%s/prepare-base.log", evaluation->logs);
    struct build_input input = arms_input(evaluation, ARM_BASE);
    input.commands = &evaluation->configuration->prepare;
    input.layers = evaluation->prepare_layers;
    input.upper = evaluation->prepare;
    input.upper_work = evaluation->prepare_work;
    input.log_path = log;
    arms_start(evaluation, &input, 1);
}

static void arms_start_both(struct evaluation *evaluation, const struct command_list *commands)
{
    struct build_input inputs[ARMS];
    char *logs[ARMS];
    const char *stage = evaluation->machine.states[evaluation->machine.state].name;
    bool tests = evaluation->machine.state == STAGE_TESTS;
    for (int side = 0; side < ARMS; side++) {
        struct arm_folders *folders = &evaluation->folders[side];
        inputs[side] = arms_input(evaluation, side);
        inputs[side].commands = commands;
        inputs[side].layers = tests ? folders->built : folders->below_build;
        inputs[side].upper = tests ? folders->tests : folders->build;
        inputs[side].upper_work = tests ? folders->tests_work : folders->build_work;
        logs[side] = memory_format("%s/%s-%s.log", evaluation->logs, stage, arms_names[side]);
        inputs[side].log_path = logs[side];
    }
    arms_start(evaluation, inputs, evaluation_is_base_alone(evaluation) ? 1 : ARMS);
    for (int side = 0; side < ARMS; side++)
        free(logs[side]);
}

void stage_build_start(struct evaluation *evaluation)
{
    if (evaluation->configuration->build.count == 0)
        evaluation_stage_skipped(evaluation, NULL);
    else
        arms_start_both(evaluation, &evaluation->configuration->build);
}

void stage_tests_start(struct evaluation *evaluation)
{
    if (evaluation->configuration->tests.count == 0)
        evaluation_stage_skipped(evaluation, memory_copy_string("the configuration names no tests"));
    else
        arms_start_both(evaluation, &evaluation->configuration->tests);
}

/* A build folder that can't be compared is simply not called identical. */
static int identity_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct digest digests[ARMS];
    struct err different = {0};
    (void)err;
    for (int side = 0; side < ARMS; side++)
        if (identity_digest_folder(evaluation->folders[side].build, &digests[side], &different) < 0)
            return 0;
    evaluation->evidence.identical = memcmp(&digests[0], &digests[1], sizeof digests[0]) == 0;
    return 0;
}

static void identity_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    if (evaluation->evidence.identical) {
        evaluation->evidence.identical_why = memory_copy_string(
            "both arms build to the same bytes, and the patch touches only files that are read by the build alone");
        evaluation->conclusive = true;
    }
    evaluation_stage_passed(evaluation, NULL);
}

void stage_identity_start(struct evaluation *evaluation)
{
    bool comparable = !evaluation_is_base_alone(evaluation) && evaluation->folders[ARM_BASE].build &&
                      identity_is_compile_only(&evaluation->candidate, &evaluation->configuration->policy);
    if (!comparable)
        evaluation_stage_skipped(evaluation, NULL);
    else
        job_start(&evaluation->job, evaluation->input.loop, identity_work, identity_done, evaluation);
}
