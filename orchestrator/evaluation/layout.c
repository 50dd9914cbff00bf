/* Stage worktrees: the exported base, the patch layers, the samples, and who stands on what. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/worktree.h"
#include "orchestrator/evaluation/state.h"
#include "orchestrator/settings/environment.h"
#include "orchestrator/signoff/kept.h"
#include "sandbox/privilege.h"

#include <string.h>
#include <time.h>

#define LANES_MAX 16

/*
 * Finds the samples of a configured path: beside a configuration from outside; otherwise below the operator's
 * samples_root, then in the base tree.
 */
static char *layout_find_samples(const struct evaluation *evaluation, const char *path, struct err *err)
{
    const struct configuration *configuration = evaluation->configuration;
    const struct operator_settings *settings = evaluation->input.settings;
    if (*path == '/' && configuration->folder)
        return memory_copy_string(path);
    if (*path == '/') {
        (void)err_set(
            err, ERR_INVALID,
            "%s: samples \"%s\": a committed configuration names samples by relative paths (looked up "
            "under the operator's samples_root, then in the base tree)",
            configuration->source, path);
        return NULL;
    }
    const char *folders[] = {configuration->folder, settings->samples_root, evaluation->trusted};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        cleanup_free char *found = folders[i] ? memory_format("%s/%s", folders[i], path) : NULL;
        if (found && access(found, R_OK) == 0)
            return STEAL(found);
    }
    (void)err_set(err, ERR_INVALID,
                  "%s: samples \"%s\" are missing: looked in %s%s%s the base tree; put them there, or set "
                  "samples_root in the operator's file",
                  configuration->source, path, configuration->folder ? configuration->folder : "",
                  settings->samples_root ? settings->samples_root : "",
                  configuration->folder || settings->samples_root ? " and" : "");
    return NULL;
}

static int layout_load_samples(struct evaluation *evaluation, struct err *err)
{
    for (size_t i = 0; i < evaluation->case_count; i++) {
        struct workload_case *workload_case = &evaluation->cases[i];
        cleanup_free char *path = layout_find_samples(evaluation, workload_case->workload->samples_path, err);
        if (!path)
            return err->code;
        if (samples_load(&workload_case->samples, path, err) < 0)
            return err->code;
        workload_case->loaded = true;
    }
    if (evaluation->input.replay ? replay_narrow(evaluation, err) < 0 : held_out_load(evaluation, err) < 0)
        return err->code;
    for (size_t i = 0; i < evaluation->case_count; i++)
        if (workload_check_samples(evaluation->cases[i].workload, &evaluation->cases[i].samples, err) < 0)
            return err->code;
    for (size_t i = 0; i < evaluation->case_count; i++) /* here, since it may read many files */
        variation_of_samples(&evaluation->cases[i].variation, &evaluation->cases[i].samples);
    return 0;
}

/* Hexadecimal, the caller's; NULL: none are held out. */
static char *layout_held_out_digest(const struct workload_case *workload_case)
{
    char hex[DIGEST_HEX];
    digest_to_hex(&workload_case->samples.held_out_digest, hex);
    return workload_case->samples.held_out_count > 0 ? memory_copy_string(hex) : NULL;
}

/* What an earlier process recorded of a workload's samples; it recorded none before they were loaded. */
static bool layout_has_changed(const struct workload_evidence *past,
                               const struct workload_case *workload_case)
{
    char hex[DIGEST_HEX];
    cleanup_free char *held_out = layout_held_out_digest(workload_case);
    digest_to_hex(&workload_case->samples.digest, hex);
    return past->samples_digest &&
           (strcmp(past->samples_digest, hex) != 0 || !past->held_out_digest != !held_out ||
            (held_out && strcmp(past->held_out_digest, held_out) != 0));
}

/* Half of the answers to one set of questions and half to another would make one verdict. */
static int layout_compare_samples(const struct evaluation *evaluation, struct err *err)
{
    const struct evidence *past = evaluation->input.recall ? evaluation->input.recall->evidence : NULL;
    for (size_t i = 0; past && i < past->workload_count; i++)
        for (size_t j = 0; j < evaluation->case_count; j++) {
            const struct workload_case *workload_case = &evaluation->cases[j];
            if (strcmp(past->workloads[i].name, workload_case->workload->name) == 0 &&
                layout_has_changed(&past->workloads[i], workload_case))
                return err_set(
                    err, ERR_INVALID,
                    "the samples of workload \"%s\" changed since what is to be gone on with began; "
                    "put them back, or start it anew",
                    workload_case->workload->name);
        }
    return 0;
}

static int layout_make_folder(const char *parent, const char *name, char **path, char **work, struct err *err)
{
    cleanup_free char *work_name = memory_format("%s-work", name);
    if (!(*path = workroom_folder(parent, name, err)))
        return err->code;
    if (work && !(*work = workroom_folder(parent, work_name, err)))
        return err->code;
    return 0;
}

/* The arm that this evaluation is about. */
static enum arm_side layout_own_side(const struct evaluation *evaluation)
{
    return evaluation_is_base_alone(evaluation) ? ARM_BASE : ARM_CANDIDATE;
}

/*
 * A kept layer whose stage no process finished holds what was half written when that one was killed; a build
 * must not take it for its own. The same for what the kernel left beside any.
 */
static int layout_forget_unfinished(const struct evaluation *evaluation, enum stage stage, const char *layer,
                                    const char *work, struct err *err)
{
    if (work && folder_empty(work, err) < 0)
        return err->code;
    return layer && !recall_knows(evaluation, stage) ? folder_empty(layer, err) : 0;
}

static int layout_make_arm(struct evaluation *evaluation, enum arm_side side, struct err *err)
{
    static const char *const names[ARMS][3] = {{"patch-base", "build-base", "tests-base"},
                                               {"patch-candidate", "build-candidate", "tests-candidate"}};
    const struct configuration *configuration = evaluation->configuration;
    struct arm_folders *folders = &evaluation->folders[side];
    const char *room = evaluation->room.path;
    const char *keep = side == layout_own_side(evaluation) ? evaluation->input.keep : NULL;
    const struct base_layers *shared = side == ARM_BASE ? evaluation->shared : NULL;
    if (layout_make_folder(room, names[side][0], &folders->patch, NULL, err) < 0)
        return err->code;
    if (shared && shared->build)
        folders->build = memory_copy_string(shared->build);
    else if (configuration->build.count && layout_make_folder(keep ? keep : room, names[side][1],
                                                              &folders->build, &folders->build_work, err) < 0)
        return err->code;
    if (keep &&
        layout_forget_unfinished(evaluation, STAGE_BUILD, folders->build, folders->build_work, err) < 0)
        return err->code;
    if (configuration->tests.count &&
        layout_make_folder(room, names[side][2], &folders->tests, &folders->tests_work, err) < 0)
        return err->code;
    return 0;
}

const char *layout_kept_layer(const struct evaluation *evaluation)
{
    if (!evaluation->input.keep)
        return NULL;
    if (evaluation->machine.state == STAGE_PREPARE)
        return evaluation->shared ? NULL : evaluation->prepare;
    return evaluation->machine.state == STAGE_BUILD ? evaluation->folders[layout_own_side(evaluation)].build
                                                    : NULL;
}

/* Untimed runs of an arm go side by side, one a CPU; evaluations that go side by side share the CPUs. */
static unsigned layout_lanes(const struct evaluation *evaluation)
{
    unsigned others = evaluation->input.lanes > 1 ? evaluation->input.lanes : 1;
    unsigned places = evaluation->input.places > 1 ? evaluation->input.places : 1;
    unsigned cpus = uv_available_parallelism() / others;
    unsigned most = PRIVILEGE_SLOTS / (ARMS * places); /* the sandbox has no more */
    most = most > LANES_MAX ? LANES_MAX : most;
    return cpus < 1 ? 1 : cpus > most ? most : cpus;
}

/* Top to bottom: build, patch, prepared, base. Both arms have the same layers, so an overlay favours nobody.
 */
static void layout_stack(struct evaluation *evaluation, enum arm_side side)
{
    struct arm_folders *folders = &evaluation->folders[side];
    size_t count = 0;
    folders->below_build[count++] = folders->patch;
    if (evaluation->prepare)
        folders->below_build[count++] = evaluation->prepare;
    folders->below_build[count] = evaluation->tree;
    size_t built = 0;
    if (folders->build)
        folders->built[built++] = folders->build;
    for (size_t i = 0; i <= count; i++)
        folders->built[built++] = folders->below_build[i];
    unsigned lanes = layout_lanes(evaluation);
    evaluation->arms[side] = (struct arm){.side = side,
                                          .slot = (evaluation->input.lane * ARMS + (unsigned)side) * lanes,
                                          .lanes = lanes,
                                          .layers = folders->built};
}

static int layout_make_folders(struct evaluation *evaluation, struct err *err)
{
    if (workroom_open(&evaluation->room, evaluation->input.state, err) < 0)
        return err_wrap(err, "working folder");
    const char *name = strrchr(evaluation->room.path, '/') + 1;
    evaluation->logs = memory_format("%s/logs/%s", evaluation->input.state, name);
    if (folder_make(evaluation->logs, 0755, err) < 0)
        return err->code;
    const char *kept = evaluation_is_base_alone(evaluation) ? evaluation->input.keep : NULL;
    evaluation->shared = known_base_layers(evaluation);
    if (evaluation->shared && evaluation->shared->prepare)
        evaluation->prepare = memory_copy_string(evaluation->shared->prepare);
    else if (evaluation->configuration->prepare.count &&
             layout_make_folder(kept ? kept : evaluation->room.path, "prepare", &evaluation->prepare,
                                &evaluation->prepare_work, err) < 0)
        return err->code;
    if (kept && layout_forget_unfinished(evaluation, STAGE_PREPARE, evaluation->prepare,
                                         evaluation->prepare_work, err) < 0)
        return err->code;
    evaluation->prepare_layers[0] = evaluation->tree;
    for (int side = 0; side < ARMS; side++) {
        if (layout_make_arm(evaluation, side, err) < 0)
            return err->code;
        layout_stack(evaluation, side);
    }
    return 0;
}

/* What `apply` may commit one day, wherever the candidate's file or branch has gone by then. */
static int layout_keep_patch(struct evaluation *evaluation, struct err *err)
{
    const struct candidate *candidate = &evaluation->candidate;
    if (evaluation_is_base_alone(evaluation))
        return 0;
    return kept_write(evaluation->input.state, evaluation->evidence.patch_digest, candidate->normalised,
                      candidate->normalised_length, err);
}

static int layout_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    cleanup_free char *trees = memory_format("%s/trees", evaluation->input.state);
    struct repository *repository = evaluation->input.repository;
    if (layout_keep_patch(evaluation, err) < 0)
        return err->code;
    if (worktree_export(repository, &evaluation->base_tree, trees, &evaluation->tree, err) < 0 ||
        worktree_export(repository, &evaluation->trust_tree, trees, &evaluation->trusted, err) < 0 ||
        layout_load_samples(evaluation, err) < 0 || layout_compare_samples(evaluation, err) < 0 ||
        layout_make_folders(evaluation, err) < 0)
        return err->code;
    return 0;
}

/*
 * Now, behind `prepare`: newer than what it built from the base, so that make sees the change. Where the base
 * was built for many before, its side must stay older than that build, as the candidate's is older than its
 * own.
 */
int layout_write_patch(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct timespec times[ARMS] = {0};
    if (evaluation->kept.patched_at == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        evaluation->kept.patched_at = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + 1;
    }
    times[ARM_CANDIDATE] = (struct timespec){.tv_sec = evaluation->kept.patched_at / 1000000,
                                             .tv_nsec = evaluation->kept.patched_at % 1000000 * 1000};
    times[ARM_BASE] =
        evaluation->shared ? (struct timespec){.tv_sec = WORKTREE_BASE_TIME} : times[ARM_CANDIDATE];
    return worktree_write_patch(evaluation->input.repository, &evaluation->candidate,
                                evaluation->folders[ARM_BASE].patch, evaluation->folders[ARM_CANDIDATE].patch,
                                times, err);
}

/* The samples' folder for builds: the first workload's, as docs/configuration.md says. */
static void layout_write_mounts(struct evaluation *evaluation)
{
    const struct operator_settings *settings = evaluation->input.settings;
    evaluation->build_mounts = memory_zeroed((settings->mount_count + 1) * sizeof *evaluation->build_mounts);
    for (size_t i = 0; i < settings->mount_count; i++)
        evaluation->build_mounts[i] = settings->mounts[i];
    evaluation->build_mounts[settings->mount_count] =
        (struct sandbox_mount){.source = evaluation->cases[0].samples.folder, .target = "/samples"};
    evaluation->build_mount_count = settings->mount_count + 1;
}

static void layout_write_evidence(struct evaluation *evaluation)
{
    struct evidence *evidence = &evaluation->evidence;
    evidence->workloads = memory_zeroed(evaluation->case_count * sizeof *evidence->workloads);
    evidence->workload_count = evaluation->case_count;
    for (size_t i = 0; i < evaluation->case_count; i++) {
        const struct workload_case *workload_case = &evaluation->cases[i];
        struct workload_evidence *row = &evidence->workloads[i];
        char hex[DIGEST_HEX];
        digest_to_hex(&workload_case->samples.digest, hex);
        row->name = memory_copy_string(workload_case->workload->name);
        row->weight = workload_case->workload->weight;
        row->samples_digest = memory_copy_string(hex);
        row->sample_count = workload_case->samples.count - workload_case->samples.held_out_count;
        row->held_out_digest = layout_held_out_digest(workload_case);
        row->held_out_count = workload_case->samples.held_out_count;
        row->held_out_visible = workload_case->samples.held_out_visible;
        row->cache = workload_case->workload->cache;
        row->cache_declared = workload_case->workload->cache_declared;
        row->kind = workload_case->workload->kind;
    }
}

static void layout_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    const struct operator_settings *settings = evaluation->input.settings;
    evaluation->environment = environment_build(evaluation->configuration, settings);
    layout_write_mounts(evaluation);
    layout_write_evidence(evaluation);
    evaluation->context = (struct workload_context){
        .loop = evaluation->input.loop,
        .sandbox = evaluation->input.sandbox,
        .environment = (const char *const *)evaluation->environment,
        .mounts = settings->mounts,
        .mount_count = settings->mount_count,
        .measure_cpus = settings->measure_cpus,
        .measure_cpu_count = settings->measure_cpu_count,
    };
    evaluation_stage_passed(evaluation, NULL);
}

void stage_worktrees_start(struct evaluation *evaluation)
{
    job_start(&evaluation->job, evaluation->input.loop, layout_work, layout_done, evaluation);
}
