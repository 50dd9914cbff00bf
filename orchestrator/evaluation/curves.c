/*
 * How the cost grows with n: samples of chosen sizes join the contract stage, and once everything is decided
 * both arms are measured at each size. Nothing here changes a decision, but an answer that differs does.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <string.h>

static struct workload_case *curves_case(struct evaluation *evaluation)
{
    return &evaluation->cases[evaluation->current];
}

static void curves_on_progress(size_t done, size_t of, const char *what, void *data)
{
    struct evaluation *evaluation = data;
    cleanup_free char *detail = memory_format("%s: %s", curves_case(evaluation)->workload->name, what);
    evaluation_tell(evaluation, detail, done, of);
}

static void curves_on_checked(struct check_result *result, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_case *workload_case = curves_case(evaluation);
    struct err local = err ? *err : (struct err){0};
    evaluation->check = NULL;
    if (local.code == 0 && result->base_unusable)
        (void)err_set(&local, ERR_INVALID, "workload \"%s\": the base can't be held to its own answers: %s",
                      workload_case->workload->name, result->base_problem);
    if (local.code != 0) {
        evaluation_stage_error(evaluation, &local);
        return;
    }
    workload_case->generated_reference = result->reference;
    result->reference = (struct reference){0};
    evaluation_keep_contract(evaluation);
    if (result->start_problem) {
        evaluation->evidence.start_failed = true;
        evaluation_stage_failed(evaluation, memory_copy_string(result->start_problem), NULL);
        return;
    }
    evaluation->curves_then(evaluation);
}

static void curves_on_generated(struct generated *generated, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_case *workload_case = curves_case(evaluation);
    struct err local = {0};
    evaluation->generate = NULL;
    if (err) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    generated_fini(&workload_case->generated);
    workload_case->generated = *generated;
    *generated = (struct generated){0};
    const struct check_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->generated.set,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = evaluation_is_base_alone(evaluation) ? NULL : &evaluation->arms[ARM_CANDIDATE],
        .contract = workload_case->contract,
        .progress = curves_on_progress,
        .done = curves_on_checked,
        .data = evaluation,
    };
    if (check_start(&evaluation->check, &input, &local) < 0)
        evaluation_stage_error(evaluation, &local);
}

/* The program is the trust ref's: the base's tree as it was built where that is trusted, else the trusted
 * tree alone. */
static const char *const *curves_layers(struct evaluation *evaluation)
{
    if (git_oid_equal(&evaluation->base_tree, &evaluation->trust_tree))
        return evaluation->arms[ARM_BASE].layers;
    evaluation->trusted_layers[0] = evaluation->trusted;
    return evaluation->trusted_layers;
}

void curves_check(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    const struct workload_case *workload_case = curves_case(evaluation);
    const struct size *size = workload_case->workload->size;
    struct curve_production production;
    double values[FIT_POINTS_MOST];
    struct err err = {0};
    evaluation->curves_then = then;
    if (!size || !size->generate) {
        then(evaluation);
        return;
    }
    cleanup_free double *sizes = points_sizes(size, &workload_case->samples);
    points_production(&production, &workload_case->samples, sizes);
    const struct generate_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->samples,
        .layers = curves_layers(evaluation),
        .values = values,
        .value_count = points_values(size, &production, values),
        .slot = evaluation->arms[ARM_BASE].slot,
        .done = curves_on_generated,
        .data = evaluation,
    };
    curves_on_progress(0, 0, "making samples of chosen sizes", evaluation);
    if (generate_start(&evaluation->generate, &input, &err) < 0)
        evaluation_stage_error(evaluation, &err);
}

static void curves_next(struct evaluation *evaluation);

static void curves_on_swept(bool broken, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    evaluation->sweep = NULL;
    curve_judge(row->curve);
    evaluation_keep_contract(evaluation);
    if (err) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    row->measurement.contract_broken |= broken;
    if (broken) {
        reductions_run(evaluation, evaluation_fail_timed);
        return;
    }
    evaluation->current++;
    curves_next(evaluation);
}

/* Latencies need many requests of one size in a run; their sum needs one. */
static enum metric curves_metric(const struct workload *workload)
{
    bool summed = workload->primary == METRIC_CPU || workload->primary == METRIC_PEAK_MEMORY;
    return summed ? workload->primary : METRIC_WALL;
}

static void curves_fill_points(const struct workload_case *workload_case, const double *sizes,
                               struct points *points)
{
    const struct size *size = workload_case->workload->size;
    const struct generated *generated = &workload_case->generated;
    if (!size->generate) {
        points_of_samples(points, size, sizes, workload_case->samples.count);
        return;
    }
    *points = (struct points){.count = generated->count};
    for (size_t i = 0; i < generated->count; i++) {
        struct points_group *group = &points->groups[i];
        group->n = generated->values[i];
        for (size_t k = generated->first[i]; k < generated->first[i + 1]; k++)
            group->indices[group->count++] = k;
    }
}

/* Nothing to measure: no size is asked for, no sample has one, or there is no decision that it could join. */
static bool curves_prepare(struct evaluation *evaluation, struct points *points)
{
    struct workload_case *workload_case = curves_case(evaluation);
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    const struct size *size = workload_case->workload->size;
    if (!size || size->of == SIZE_WORDS || !row->measured || row->measurement.base_unstable)
        return false;
    cleanup_free double *sizes = points_sizes(size, &workload_case->samples);
    curves_fill_points(workload_case, sizes, points);
    if (points->count == 0)
        return false;
    row->curve = curve_new();
    row->curve->parameter = memory_copy_string(size->words);
    row->curve->metric = curves_metric(workload_case->workload);
    row->curve->generated = size->generate != NULL;
    row->curve->threshold = evaluation->configuration->policy.minimum_improvement;
    points_production(&row->curve->production, &workload_case->samples, sizes);
    return true;
}

static double curves_budget(const struct evaluation *evaluation)
{
    size_t waiting = 0;
    for (size_t i = evaluation->current; i < evaluation->case_count; i++)
        waiting += evaluation->cases[i].workload->size != NULL;
    return evaluation_time_left(evaluation) / (double)(waiting > 0 ? waiting : 1);
}

static void curves_next(struct evaluation *evaluation)
{
    struct points points;
    struct err err = {0};
    while (evaluation->current < evaluation->case_count && !curves_prepare(evaluation, &points))
        evaluation->current++;
    if (evaluation->current == evaluation->case_count) {
        evaluation_stage_passed(evaluation, NULL);
        return;
    }
    struct workload_case *workload_case = curves_case(evaluation);
    bool generated = workload_case->workload->size->generate != NULL;
    struct curve *curve = evaluation->evidence.workloads[evaluation->current].curve;
    const struct sweep_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = generated ? &workload_case->generated.set : &workload_case->samples,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = &evaluation->arms[ARM_CANDIDATE],
        .reference = generated ? &workload_case->generated_reference : workload_case->known,
        .contract = workload_case->contract,
        .points = &points,
        .focus = points_focus(&points, &curve->production),
        .curve = curve,
        .time_budget_s = curves_budget(evaluation),
        .progress = curves_on_progress,
        .done = curves_on_swept,
        .data = evaluation,
    };
    if (sweep_start(&evaluation->sweep, &input, &err) < 0)
        evaluation_stage_error(evaluation, &err);
}

void curves_measure(struct evaluation *evaluation)
{
    evaluation->current = 0;
    if (evaluation_is_base_alone(evaluation))
        evaluation_stage_passed(evaluation, NULL);
    else
        curves_next(evaluation);
}

void curves_cancel(struct evaluation *evaluation)
{
    if (evaluation->generate)
        generate_cancel(evaluation->generate);
    else if (evaluation->sweep)
        sweep_cancel(evaluation->sweep);
}
