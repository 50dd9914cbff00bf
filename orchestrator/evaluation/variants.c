/*
 * What a change of layout alone does: once everything is decided and there is a gain or a loss to look at,
 * the layout variants of the base are built and measured against the base. Nothing here changes a decision.
 *
 * A variant that doesn't build, builds to the same bytes or answers otherwise is told and left out. The
 * sandbox's and the disk's failures are errors, as everywhere.
 *
 * The variants of a known base are built by the first evaluation that measures them, for all that share it:
 * evaluations measure one after the other, so two never build at once.
 *
 *     folders ──► build ──► compare ──► (next variant) ──► measure, a workload after the other ──► curves
 */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/arms/identity.h"
#include "orchestrator/evaluation/state.h"
#include "orchestrator/settings/environment.h"
#include "policies/layout_words.h"

#include <string.h>

#define VARIANTS_NO_TIME "the time budget has no room to build and measure it"

static void variants_build_next(struct evaluation *evaluation);
static void variants_next(struct evaluation *evaluation);

void variant_shelf_fini(struct variant_shelf *shelf)
{
    for (size_t i = 0; i < VARIANTS_MOST; i++) {
        free(shelf->items[i].layer);
        free(shelf->items[i].work);
        free(shelf->items[i].problem);
    }
    free(shelf->folder);
}

static struct variant_shelf *variants_shelf(struct evaluation *evaluation)
{
    bool shared = evaluation->shared && evaluation->shared->variants;
    return shared ? evaluation->shared->variants : &evaluation->variants;
}

/* The one that is built next. */
static const struct layout_variant *variants_under_way(struct evaluation *evaluation)
{
    return &evaluation->configuration->variants[variants_shelf(evaluation)->count];
}

static bool variants_are_wanted_of(const struct workload_evidence *row)
{
    const struct measurement *measurement = &row->measurement;
    return row->measured && measurement->metric_count > 0 && !measurement->base_unstable &&
           layout_is_worth_measuring(&measurement->metrics[0]);
}

static bool variants_are_wanted(const struct evaluation *evaluation)
{
    bool wanted = false;
    for (size_t i = 0; i < evaluation->evidence.workload_count; i++)
        wanted |= variants_are_wanted_of(&evaluation->evidence.workloads[i]);
    return wanted && evaluation->configuration->variant_count > 0 &&
           evaluation->input.family != PAIRS_ATTRIBUTION && !evaluation_is_base_alone(evaluation);
}

/* Ends the stage where it was cancelled or failed; is it to go on? */
static bool variants_go_on(struct evaluation *evaluation, const struct err *err)
{
    struct err local = *err;
    if (local.code == 0 && evaluation->cancelled)
        (void)err_set(&local, ERR_CANCELLED, "%s", evaluation->cancel_reason);
    if (local.code != 0)
        evaluation_stage_error(evaluation, &local);
    return local.code == 0;
}

static void variants_add_built(struct evaluation *evaluation, char *problem)
{
    struct variant_shelf *shelf = variants_shelf(evaluation);
    shelf->items[shelf->count++].problem = problem;
    evaluation->variants_s += (double)(uv_hrtime() - evaluation->variants_began_ns) / 1e9;
    variants_build_next(evaluation);
}

static bool variants_are_cancelled(const void *data)
{
    const struct evaluation *evaluation = data;
    return atomic_load_explicit(&evaluation->identity_cancelled, memory_order_relaxed);
}

/* What can't be compared is taken to differ. */
static int variants_compare_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct variant_shelf *shelf = variants_shelf(evaluation);
    struct built_variant *variant = &shelf->items[shelf->count];
    const struct identity_watch watch = {variants_are_cancelled, evaluation};
    const char *base = evaluation->folders[ARM_BASE].build;
    struct digest digest;
    struct err different = {0};
    if (!shelf->has_digest && identity_digest_folder(base, &watch, &shelf->digest, &different) == 0)
        shelf->has_digest = true;
    if (identity_digest_folder(variant->layer, &watch, &digest, &different) == 0 && shelf->has_digest)
        variant->same = memcmp(&digest, &shelf->digest, sizeof digest) == 0;
    return different.code == ERR_CANCELLED ? err_set(err, ERR_CANCELLED, "%s", different.message) : 0;
}

static void variants_compare_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    const struct variant_shelf *shelf = variants_shelf(evaluation);
    if (variants_go_on(evaluation, err))
        variants_add_built(evaluation, shelf->items[shelf->count].same
                                           ? memory_copy_string("it builds to the same bytes as the base")
                                           : NULL);
}

static void variants_on_built(struct build *build, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct build_result result = build->result;
    evaluation->building = NULL;
    *build = (struct build){0};
    json_free_strings(STEAL(evaluation->variant_environment));
    if (!variants_go_on(evaluation, err)) {
        build_result_fini(&result);
        return;
    }
    if (result.passed)
        job_start(&evaluation->job, evaluation->input.loop, variants_compare_work, variants_compare_done,
                  evaluation);
    else
        variants_add_built(evaluation, memory_format("it does not build: %s", result.sentence));
    build_result_fini(&result);
}

/* Explaining must not cost what is decided already: with --timeout, half of what is left is for building. */
static double variants_build_timeout(struct evaluation *evaluation, const struct command_list *commands)
{
    double timeout_s = evaluation->configuration->build_timeout_s;
    size_t waiting = evaluation->configuration->variant_count - variants_shelf(evaluation)->count;
    if (evaluation->input.timeout_s <= 0)
        return timeout_s;
    double left = evaluation->input.timeout_s - (double)(uv_hrtime() - evaluation->began_ns) / 1e9;
    double share = 0.5 * left / (double)(waiting * commands->count);
    return share < 0.1 ? 0.1 : share < timeout_s ? share : timeout_s;
}

static void variants_build(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    const struct configuration *configuration = evaluation->configuration;
    if (!variants_go_on(evaluation, err))
        return;
    const struct layout_variant *variant = variants_under_way(evaluation);
    const struct built_variant *built = &variants_shelf(evaluation)->items[variants_shelf(evaluation)->count];
    const struct command_list *commands = variant->build.count > 0 ? &variant->build : &configuration->build;
    cleanup_free char *log = memory_format("%s/layout-%s.log", evaluation->logs, variant->name);
    evaluation->variant_environment = environment_overlay(evaluation->environment, variant->environment);
    const struct build_input input = {
        .loop = evaluation->input.loop,
        .sandbox = evaluation->input.sandbox,
        .commands = commands,
        .environment = (const char *const *)evaluation->variant_environment,
        .mounts = evaluation->build_mounts,
        .mount_count = evaluation->build_mount_count,
        .slot = evaluation->arms[ARM_BASE].slot,
        /* A base that is shared was built without any candidate's patch layer. */
        .layers = evaluation->folders[ARM_BASE].below_build + (evaluation->shared ? 1 : 0),
        .upper = built->layer,
        .upper_work = built->work,
        .timeout_s = variants_build_timeout(evaluation, commands),
        .disk_bytes = configuration->build_disk_bytes,
        .disk_files = configuration->build_files,
        .log_path = log,
    };
    struct err failed = {0};
    if (build_start(&evaluation->builds[ARM_BASE], &input, variants_on_built, evaluation, &failed) < 0) {
        json_free_strings(STEAL(evaluation->variant_environment));
        evaluation_stage_error(evaluation, &failed);
        return;
    }
    evaluation->building = &evaluation->builds[ARM_BASE];
}

/* A killed or cancelled process may have left something there. */
static int variants_folders_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct variant_shelf *shelf = variants_shelf(evaluation);
    struct built_variant *variant = &shelf->items[shelf->count];
    cleanup_free char *name = memory_format("layout-%zu", shelf->count);
    cleanup_free char *work = memory_format("layout-%zu-work", shelf->count);
    const char *parent = shelf->folder ? shelf->folder : evaluation->room.path;
    if (!variant->layer && !(variant->layer = workroom_folder(parent, name, err)))
        return err->code;
    if (!variant->work && !(variant->work = workroom_folder(parent, work, err)))
        return err->code;
    if (folder_empty(variant->layer, err) < 0 || folder_empty(variant->work, err) < 0)
        return err->code;
    return 0;
}

static bool variants_have_time(const struct evaluation *evaluation)
{
    return evaluation_time_left(evaluation) > 1; /* the least that it gives */
}

static void variants_build_next(struct evaluation *evaluation)
{
    const struct variant_shelf *shelf = variants_shelf(evaluation);
    size_t count = evaluation->configuration->variant_count;
    if (shelf->count == count || !variants_have_time(evaluation)) {
        evaluation->current = 0;
        variants_next(evaluation);
        return;
    }
    cleanup_free char *detail =
        memory_format("builds the base with another layout: %s", variants_under_way(evaluation)->name);
    evaluation_tell(evaluation, detail, shelf->count, count);
    evaluation->variants_began_ns = uv_hrtime();
    job_start(&evaluation->job, evaluation->input.loop, variants_folders_work, variants_build, evaluation);
}

static void variants_on_progress(size_t done, size_t of, const char *what, void *data)
{
    struct evaluation *evaluation = data;
    cleanup_free char *detail = memory_format("%s: how much layout alone moves it: %s",
                                              evaluation->cases[evaluation->current].workload->name, what);
    evaluation_tell(evaluation, detail, done, of);
}

static void variants_on_measured(const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    evaluation->versus = NULL;
    evaluation_keep_contract(evaluation);
    if (err) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    evaluation->current++;
    variants_next(evaluation);
}

/* A variant stands where the base stands, on a build of its own, and runs in the candidate's place. */
static void variants_stack(struct evaluation *evaluation, size_t index, const char *layer)
{
    const char **layers = evaluation->variant_layers[index];
    memcpy(layers, evaluation->folders[ARM_BASE].built, sizeof evaluation->folders[ARM_BASE].built);
    layers[0] = layer;
    evaluation->variant_arms[index] = evaluation->arms[ARM_CANDIDATE];
    evaluation->variant_arms[index].layers = layers;
}

/* A row a variant. Returns how many can be measured. */
static size_t variants_prepare(struct evaluation *evaluation, struct variants *variants)
{
    const struct variant_shelf *shelf = variants_shelf(evaluation);
    size_t ready = 0;
    for (size_t i = 0; i < evaluation->configuration->variant_count; i++) {
        struct variant *variant = &variants->items[variants->count++];
        variant->name = memory_copy_string(evaluation->configuration->variants[i].name);
        const char *problem = i < shelf->count ? shelf->items[i].problem : VARIANTS_NO_TIME;
        if (problem)
            variant_drop(variant, memory_copy_string(problem));
        else
            variants_stack(evaluation, i, shelf->items[i].layer);
        ready += !problem;
    }
    return ready;
}

/* Curves come behind it, and need some of the time too. */
static double variants_budget(const struct evaluation *evaluation)
{
    size_t parts = 0;
    for (size_t i = evaluation->current; i < evaluation->case_count; i++)
        parts += variants_are_wanted_of(&evaluation->evidence.workloads[i]);
    for (size_t i = 0; i < evaluation->case_count; i++)
        parts += evaluation->cases[i].workload->size != NULL;
    return evaluation_time_left(evaluation) / (double)(parts > 0 ? parts : 1);
}

static int variants_start(struct evaluation *evaluation, struct variants *variants, struct err *err)
{
    const struct workload_case *workload_case = &evaluation->cases[evaluation->current];
    const struct versus_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->samples,
        .base = &evaluation->arms[ARM_BASE],
        .arms = evaluation->variant_arms,
        .reference = workload_case->known,
        .contract = workload_case->contract,
        .block = evaluation->evidence.workloads[evaluation->current].measurement.block,
        .variants = variants,
        .time_budget_s = variants_budget(evaluation),
        .progress = variants_on_progress,
        .done = variants_on_measured,
        .data = evaluation,
    };
    return versus_start(&evaluation->versus, &input, err);
}

static void variants_next(struct evaluation *evaluation)
{
    struct err err = {0};
    for (; evaluation->current < evaluation->case_count; evaluation->current++) {
        struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
        if (!variants_are_wanted_of(row))
            continue;
        row->layout = variants_new();
        if (variants_prepare(evaluation, row->layout) == 0)
            continue;
        if (variants_start(evaluation, row->layout, &err) < 0)
            evaluation_stage_error(evaluation, &err);
        return;
    }
    curves_measure(evaluation);
}

void variants_measure(struct evaluation *evaluation)
{
    if (variants_are_wanted(evaluation))
        variants_build_next(evaluation);
    else
        curves_measure(evaluation);
}

void variants_cancel(struct evaluation *evaluation)
{
    atomic_store_explicit(&evaluation->identity_cancelled, true, memory_order_relaxed);
    if (evaluation->building)
        build_cancel(evaluation->building);
    else if (evaluation->versus)
        versus_cancel(evaluation->versus);
}
