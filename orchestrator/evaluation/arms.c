/*
 * Stages prepare, build, tests and identity: the configuration's commands in the arms' sandboxes, the base's
 * first.
 *
 * The base must pass: when it doesn't, nothing can be said about the candidate and the configuration or the
 * machine is at fault, which is an error with the log's first error. Where only the candidate fails, that is
 * evidence.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/arms/identity.h"
#include "orchestrator/evaluation/state.h"
#include "policies/attempts.h"

#include <string.h>

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

static const struct command_list *arms_commands(const struct evaluation *evaluation)
{
    const struct configuration *configuration = evaluation->configuration;
    switch (evaluation->machine.state) {
    case STAGE_PREPARE:
        return &configuration->prepare;
    case STAGE_BUILD:
        return &configuration->build;
    default:
        return &configuration->tests;
    }
}

/* A row a command of the stage: what it was refused, in either arm. */
static void arms_keep_counts(struct evaluation *evaluation, struct build_result results[ARMS])
{
    struct evidence *evidence = &evaluation->evidence;
    const struct command_list *commands = arms_commands(evaluation);
    enum stage stage = (enum stage)evaluation->machine.state;
    if (stage == STAGE_PREPARE)
        return;
    evidence->commands = memory_resize(evidence->commands, evidence->command_count + commands->count,
                                       sizeof *evidence->commands);
    for (size_t i = 0; i < commands->count; i++) {
        struct command_evidence *row = &evidence->commands[evidence->command_count++];
        *row =
            (struct command_evidence){.stage = stage, .command = build_command_words(commands->commands[i])};
        for (int side = 0; side < ARMS; side++) {
            if (i >= results[side].count_count)
                continue;
            row->ran[side] = true;
            row->counts[side] = results[side].counts[i];
            results[side].counts[i] = (struct counts){0};
        }
        known_base_add_counts(evaluation, row);
    }
}

/* What is kept is known by its digest from now on: whoever uses it again checks that first. */
static int arms_keep_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct evaluation_kept *kept = &evaluation->kept;
    bool prepare = evaluation->machine.state == STAGE_PREPARE;
    if (identity_digest_folder(layout_kept_layer(evaluation), NULL, prepare ? &kept->prepare : &kept->build,
                               err) < 0)
        return err->code;
    *(prepare ? &kept->has_prepare : &kept->has_build) = true;
    if (evaluation->shared) { /* what the build stands on */
        kept->has_prepare = evaluation->shared->kept.has_prepare;
        kept->prepare = evaluation->shared->kept.prepare;
    }
    return 0;
}

static void arms_keep_done(void *data, const struct err *err)
{
    if (err->code != 0)
        evaluation_stage_error(data, err);
    else
        evaluation_stage_passed(data, NULL);
}

static void arms_judge_candidate(struct evaluation *evaluation, struct build_result *candidate)
{
    struct evidence *evidence = &evaluation->evidence;
    attempts_judge_commands(evidence, &evaluation->configuration->policy,
                            (enum stage)evaluation->machine.state);
    if (candidate->sentence)
        evaluation_stage_failed(evaluation, STEAL(candidate->sentence), STEAL(candidate->excerpt));
    else if (evidence->suspicions)
        evaluation_stage_failed(evaluation,
                                memory_copy_string("the candidate tries what the base never does"), NULL);
    else if (layout_kept_layer(evaluation))
        job_start(&evaluation->job, evaluation->input.loop, arms_keep_work, arms_keep_done, evaluation);
    else
        evaluation_stage_passed(evaluation, NULL);
}

static void arms_judge(struct evaluation *evaluation, struct build_result *base,
                       struct build_result *candidate)
{
    if (evaluation->err.code != 0 || evaluation->cancelled) {
        struct err err = evaluation->err;
        if (err.code == 0)
            (void)err_set(&err, ERR_CANCELLED, "%s", evaluation->cancel_reason);
        evaluation_stage_error(evaluation, &err);
    } else if (base->sentence) {
        arms_fail_base(evaluation, base);
    } else {
        arms_judge_candidate(evaluation, candidate);
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
    arms_keep_counts(evaluation, results);
    arms_judge(evaluation, &results[ARM_BASE], &results[ARM_CANDIDATE]);
    for (int side = 0; side < ARMS; side++)
        build_result_fini(&results[side]);
}

static void arms_start_side(struct evaluation *evaluation, enum arm_side side);

/* One arm after the other: a candidate that floods the machine must not be able to make the base fail. */
static void arms_on_built(struct build *build, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    bool base = build == &evaluation->builds[ARM_BASE];
    if (err->code != 0 && !evaluation->cancelled) {
        evaluation->err = *err;
        (void)err_wrap(&evaluation->err, "%s below %s", stage_name((enum stage)evaluation->machine.state),
                       evaluation->input.state);
    }
    bool goes_on = base && build->result.passed && evaluation->err.code == 0 && !evaluation->cancelled;
    evaluation->building = NULL;
    if (goes_on && evaluation->machine.state != STAGE_PREPARE && !evaluation_is_base_alone(evaluation))
        arms_start_side(evaluation, ARM_CANDIDATE);
    else
        arms_finish(evaluation);
}

/* What the stage under way runs, on which layers and into which. */
static void arms_fill_input(const struct evaluation *evaluation, enum arm_side side,
                            struct build_input *input)
{
    const struct arm_folders *folders = &evaluation->folders[side];
    input->commands = arms_commands(evaluation);
    input->counting = evaluation->machine.state != STAGE_PREPARE;
    switch (evaluation->machine.state) {
    case STAGE_PREPARE:
        input->layers = evaluation->prepare_layers;
        input->upper = evaluation->prepare;
        input->upper_work = evaluation->prepare_work;
        break;
    case STAGE_BUILD:
        input->layers = folders->below_build;
        input->upper = folders->build;
        input->upper_work = folders->build_work;
        break;
    default:
        input->layers = folders->built;
        input->upper = folders->tests;
        input->upper_work = folders->tests_work;
    }
}

static void arms_start_side(struct evaluation *evaluation, enum arm_side side)
{
    static const char *const names[ARMS] = {"base", "candidate"};
    const char *stage = evaluation->machine.states[evaluation->machine.state].name;
    cleanup_free char *log = memory_format("%s/%s-%s.log", evaluation->logs, stage, names[side]);
    struct err err = {0};
    struct build_input input = {
        .loop = evaluation->input.loop,
        .sandbox = evaluation->input.sandbox,
        .environment = (const char *const *)evaluation->environment,
        .mounts = evaluation->build_mounts,
        .mount_count = evaluation->build_mount_count,
        .slot = evaluation->arms[side].slot,
        .timeout_s = evaluation->configuration->build_timeout_s,
        .disk_bytes = evaluation->configuration->build_disk_bytes,
        .disk_files = evaluation->configuration->build_files,
        .log_path = log,
    };
    arms_fill_input(evaluation, side, &input);
    evaluation_tell(evaluation, names[side], 0, 0);
    if (build_start(&evaluation->builds[side], &input, arms_on_built, evaluation, &err) == 0) {
        evaluation->building = &evaluation->builds[side];
        return;
    }
    evaluation->err = err;
    arms_finish(evaluation);
}

void stage_build_cancel(struct evaluation *evaluation)
{
    if (evaluation->building)
        build_cancel(evaluation->building);
}

/* The base's part was done once for all who share it. */
static void arms_start_first(struct evaluation *evaluation)
{
    arms_start_side(evaluation, evaluation->shared ? ARM_CANDIDATE : ARM_BASE);
}

void stage_prepare_start(struct evaluation *evaluation)
{
    if (evaluation->prepare && evaluation->shared)
        evaluation_stage_passed(evaluation, memory_copy_string("done once, for all candidates of this base"));
    else if (evaluation->prepare)
        arms_start_side(evaluation, ARM_BASE);
    else
        evaluation_stage_skipped(evaluation, NULL);
}

static void arms_on_patch_written(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0)
        evaluation_stage_error(evaluation, err);
    else if (evaluation->configuration->build.count && !evaluation->cancelled)
        arms_start_first(evaluation);
    else
        evaluation_stage_skipped(evaluation, NULL);
}

void stage_build_start(struct evaluation *evaluation)
{
    if (!evaluation_is_base_alone(evaluation))
        job_start(&evaluation->job, evaluation->input.loop, layout_write_patch, arms_on_patch_written,
                  evaluation);
    else if (evaluation->configuration->build.count)
        arms_start_side(evaluation, ARM_BASE);
    else
        evaluation_stage_skipped(evaluation, NULL);
}

void stage_tests_start(struct evaluation *evaluation)
{
    if (evaluation->input.replay)
        evaluation_stage_skipped(evaluation, NULL);
    else if (evaluation->configuration->tests.count)
        arms_start_first(evaluation);
    else
        evaluation_stage_skipped(evaluation, memory_copy_string("the configuration names no tests"));
}

static bool identity_is_cancelled(const void *data)
{
    const struct evaluation *evaluation = data;
    return atomic_load_explicit(&evaluation->identity_cancelled, memory_order_relaxed);
}

void stage_identity_cancel(struct evaluation *evaluation)
{
    atomic_store_explicit(&evaluation->identity_cancelled, true, memory_order_relaxed);
}

static bool identity_is_comparable(const struct evaluation *evaluation)
{
    return evaluation->folders[ARM_BASE].build &&
           identity_is_compile_only(&evaluation->candidate, &evaluation->configuration->policy);
}

/* What was built once for many is looked at again before it is measured: nobody may have touched it. */
static int identity_check_shared(const struct evaluation *evaluation, const struct identity_watch *watch,
                                 struct err *err)
{
    const struct base_layers *shared = evaluation->shared;
    const char *const paths[] = {shared->prepare, shared->build};
    const struct digest *const digests[] = {&shared->kept.prepare, &shared->kept.build};
    for (int i = 0; i < 2; i++) {
        struct digest now;
        if (!paths[i])
            continue;
        if (identity_digest_folder(paths[i], watch, &now, err) < 0)
            return err->code;
        if (memcmp(&now, digests[i], sizeof now) != 0)
            return err_set(
                err, ERR_SYSTEM,
                "%s is no longer what was built there for the base: something changed it on the disk",
                paths[i]);
    }
    return 0;
}

/* A build folder that can't be compared is simply not called identical. */
static int identity_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct digest digests[ARMS];
    const struct identity_watch watch = {identity_is_cancelled, evaluation};
    struct err different = {0};
    if (evaluation->shared && identity_check_shared(evaluation, &watch, err) < 0)
        return err->code;
    if (!identity_is_comparable(evaluation))
        return 0;
    for (int side = 0; side < ARMS; side++) {
        if (identity_digest_folder(evaluation->folders[side].build, &watch, &digests[side], &different) == 0)
            continue;
        return different.code == ERR_CANCELLED ? err_set(err, ERR_CANCELLED, "%s", different.message) : 0;
    }
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
        evaluation->evidence.identical_why =
            memory_copy_string("both arms build to the same bytes, and the patch touches only files that are "
                               "read by the build alone");
        evaluation->conclusive = true;
    }
    if (recall_covers(evaluation) && !evaluation->evidence.identical)
        evaluation_stage_recalled(evaluation);
    else
        evaluation_stage_passed(evaluation, NULL);
}

void stage_identity_start(struct evaluation *evaluation)
{
    bool looks = !evaluation_is_base_alone(evaluation) && !evaluation->input.replay &&
                 (evaluation->shared || identity_is_comparable(evaluation));
    if (!looks)
        evaluation_stage_skipped(evaluation, NULL);
    else
        job_start(&evaluation->job, evaluation->input.loop, identity_work, identity_done, evaluation);
}
