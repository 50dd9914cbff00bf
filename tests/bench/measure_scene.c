#include "tests/bench/measure_scene.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/measure/round.h"
#include "workloads/measure/statistics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEASURE_SCENE_BALLAST ((size_t)8 << 20)

static void measure_scene_write_rounds(const struct measure_scene *scene, const char *layer, double share)
{
    char path[64];
    char text[32];
    snprintf(path, sizeof path, "%s/rounds", layer);
    snprintf(text, sizeof text, "%ld\n", (long)((double)scene->rounds * share));
    real_sandbox_write(&scene->real, path, text, 0644);
}

/* Fills the slot of a new layer folder, with its share of the base's loop. */
static size_t measure_scene_add_share(struct measure_scene *scene, double share)
{
    size_t number = scene->candidate_count++;
    char name[32];
    char command[160];
    snprintf(name, sizeof name, "candidate%zu", number);
    snprintf(command, sizeof command, "mkdir -m 755 %s/%s", scene->real.root, name);
    if (number >= MEASURE_SCENE_GAINS || system(command) != 0)
        abort();
    scene->layers[number][0] = memory_format("%s/%s", scene->real.root, name);
    scene->candidates[number] = scene->real.candidate;
    scene->candidates[number].layers = scene->layers[number];
    measure_scene_write_rounds(scene, name, share);
    return number;
}

size_t measure_scene_add(struct measure_scene *scene, double gain, double startup)
{
    return measure_scene_add_share(scene, 1 - gain / (1 - startup));
}

static void measure_scene_prepare(struct measure_scene *scene)
{
    static char program[] = "/samples/spin";
    static char *run[] = {program, NULL};
    static char *none[] = {NULL};
    static char name[] = "spin";
    static char all[] = "all";
    static struct sample sample = {
        .id = name, .args = none, .environment = none, .stratum = all, .weight = 1};
    static char expected[] = "{\"done\":true}\n";
    struct answer *answer = MEMORY_NEW(struct answer);
    scene->set = (struct sample_set){.items = &sample, .count = 1, .folder = scene->real.samples};
    scene->workload.name = name;
    scene->workload.kind = &workload_command;
    scene->workload.run = run;
    scene->workload.outputs = none;
    scene->workload.timeout_s = 30;
    scene->workload.memory_bytes = UINT64_C(1) << 30;
    *answer = (struct answer){.ended = true, .ending = "exit status 0", .error.present = true};
    answer->out = (struct answer_part){memory_copy_string(expected), strlen(expected), true, false};
    scene->reference = (struct reference){.answers = answer, .count = 1};
    scene->contract = contract_new(&scene->workload, NULL);
}

/* Written out first, since only clean pages can be dropped. */
static void measure_scene_make_ballast(struct measure_scene *scene)
{
    cleanup_free char *path = memory_format("%s/ballast", scene->real.samples);
    cleanup_free char *bytes = memory_zeroed(MEASURE_SCENE_BALLAST);
    scene->ballast = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (scene->ballast < 0 ||
        write(scene->ballast, bytes, MEASURE_SCENE_BALLAST) != (ssize_t)MEASURE_SCENE_BALLAST ||
        fsync(scene->ballast) < 0)
        abort();
}

int measure_scene_open(struct measure_scene *scene)
{
    char command[512];
    int code = real_sandbox_open(&scene->real, CUPEL_SANDBOX, CUPEL_SOURCE "/policies/seccomp");
    if (code != 0)
        return code;
    snprintf(command, sizeof command, "cp %s %s/spin && chmod 755 %s/spin", BENCH_SPIN, scene->real.samples,
             scene->real.samples);
    if (system(command) != 0)
        return 1;
    scene->base = scene->real.base;
    scene->ballast = -1;
    if (scene->cold_starts)
        measure_scene_make_ballast(scene);
    measure_scene_write_rounds(scene, "layer", 1);
    measure_scene_prepare(scene);
    return 0;
}

void measure_scene_close(struct measure_scene *scene)
{
    if (scene->contract) {
        contract_free(scene->contract);
        reference_fini(&scene->reference);
    }
    for (size_t i = 0; i < scene->candidate_count; i++)
        free((char *)(uintptr_t)scene->layers[i][0]);
    if (scene->ballast >= 0)
        close(scene->ballast);
    real_sandbox_close(&scene->real);
}

static bool measure_scene_on_answer(const struct round_step *step, size_t index, struct answer *answer,
                                    const struct figures *figures, void *data)
{
    (void)step, (void)index, (void)answer, (void)figures, (void)data;
    return true;
}

static void measure_scene_on_round(const struct figures *totals, const struct err *err, void *data)
{
    struct measure_scene *scene = data;
    if (err)
        scene->err = *err;
    else
        scene->figures = totals[0];
}

int measure_scene_run(struct measure_scene *scene, int candidate, struct figures *figures)
{
    size_t index = 0;
    bool extra = false;
    struct block block = {.indices = &index, .extra = &extra, .count = 1};
    struct round *round = NULL;
    struct round_input input = {
        .context = &scene->real.context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .block = &block,
        .steps = {{.arm = candidate < 0 ? &scene->base : &scene->candidates[candidate]}},
        .step_count = 1,
        .on_answer = measure_scene_on_answer,
        .on_done = measure_scene_on_round,
        .data = scene,
    };
    if (round_start(&round, &input, &scene->err) < 0)
        return -1;
    uv_run(&scene->real.loop, UV_RUN_DEFAULT);
    *figures = scene->figures;
    return scene->err.code ? -1 : 0;
}

int measure_scene_startup(struct measure_scene *scene, size_t runs, double *share)
{
    enum metric metric = scene->workload.primary;
    cleanup_free double *ratios = memory_zeroed(runs * sizeof *ratios);
    int half = (int)measure_scene_add_share(scene, 0.5);
    for (size_t i = 0; i < runs; i++) {
        struct figures figures[2]; /* whole, half */
        for (size_t k = 0; k < 2; k++) {
            bool is_half = (i + k) % 2;
            if (measure_scene_run(scene, is_half ? half : -1, &figures[is_half]) < 0)
                return -1;
        }
        ratios[i] = figures[1].value[metric] / figures[0].value[metric];
    }
    *share = 2 * statistics_median(ratios, runs) - 1;
    return 0;
}

/* Told of before each pair, among other things. */
static void measure_scene_on_progress(const struct measurement *sofar, const char *what, void *data)
{
    const struct measure_scene *scene = data;
    (void)sofar, (void)what;
    if (scene->ballast >= 0)
        (void)posix_fadvise(scene->ballast, 0, 0, POSIX_FADV_DONTNEED);
}

static void measure_scene_on_measured(struct measurement *measurement, const struct err *err, void *data)
{
    struct measure_scene *scene = data;
    if (err)
        scene->err = *err;
    *scene->measurement = *measurement;
    *measurement = (struct measurement){0};
}

void measure_scene_guardrails(const struct measure_scene *scene, double delta[static METRIC_COUNT])
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        bool guarded = scene->guardrails && metric != (int)scene->workload.primary &&
                       (metric == METRIC_WALL || metric == METRIC_PEAK_MEMORY);
        delta[metric] = guarded ? 0.05 : -1;
    }
}

int measure_scene_evaluate(struct measure_scene *scene, size_t candidate, size_t family,
                           struct measurement *measurement)
{
    struct measure *measure = NULL;
    struct measure_input input = {
        .context = &scene->real.context,
        .workload = &scene->workload,
        .samples = &scene->set,
        .base = &scene->base,
        .candidate = &scene->candidates[candidate],
        .reference = &scene->reference,
        .contract = scene->contract,
        .minimum_improvement = 0.10,
        .regression_threshold = 0.05,
        .weight_share = 1,
        .time_budget_s = 600,
        .sample_seconds = 0.01,
        .family_size = family,
        .false_discovery_rate = 0.1,
        .progress = measure_scene_on_progress,
        .done = measure_scene_on_measured,
        .data = scene,
    };
    measure_scene_guardrails(scene, input.guardrail_delta);
    scene->measurement = measurement;
    if (measure_start(&measure, &input, &scene->err) < 0)
        return -1;
    uv_run(&scene->real.loop, UV_RUN_DEFAULT);
    return scene->err.code ? -1 : 0;
}
