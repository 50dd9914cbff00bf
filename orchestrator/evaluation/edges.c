/*
 * Edge values: requests changed from production's are asked of both arms, once the contract holds over the
 * samples themselves. Which ones is chosen on the pool, since samples may lie in files.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <math.h>
#include <string.h>

static struct workload_case *edges_case(struct evaluation *evaluation)
{
    return &evaluation->cases[evaluation->current];
}

const struct sample *workload_case_find(const struct workload_case *workload_case, const char *id,
                                        const struct sample_set **set)
{
    const struct sample_set *const sets[] = {&workload_case->samples, &workload_case->generated.set,
                                             &workload_case->edges.set};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
        for (size_t i = 0; i < sets[k]->count; i++)
            if (strcmp(sets[k]->items[i].id, id) == 0) {
                *set = sets[k];
                return &sets[k]->items[i];
            }
    return NULL;
}

static void edges_on_progress(size_t done, size_t of, const char *what, void *data)
{
    struct evaluation *evaluation = data;
    cleanup_free char *detail = memory_format("%s: %s", edges_case(evaluation)->workload->name, what);
    evaluation_tell(evaluation, detail, done, of);
}

static void edges_on_done(const struct edge_counts *counts, const char *start_problem, const struct err *err,
                          void *data)
{
    struct evaluation *evaluation = data;
    evaluation->edge_ask = NULL;
    evaluation->evidence.workloads[evaluation->current].edges = *counts;
    evaluation_keep_contract(evaluation);
    if (err) {
        evaluation_stage_error(evaluation, err);
    } else if (start_problem) {
        evaluation->evidence.start_failed = true;
        evaluation_stage_failed(evaluation, memory_copy_string(start_problem), NULL);
    } else {
        evaluation->edges_then(evaluation);
    }
}

#define EDGES_LEAST 32  /* requests that a slow program is asked, too */
#define EDGES_SLOW  10  /* times the policy's seconds that they may take */
#define EDGES_SHARE 0.1 /* of the time that --timeout leaves */
#define EDGES_SLACK 1.5 /* of what was predicted; the rest is left out then */

/* What one request takes of both arms, by what a sample took so far; 0: not known. */
static double edges_each(const struct evaluation *evaluation)
{
    const struct arm *base = &evaluation->arms[ARM_BASE];
    double lanes = base->lanes ? (double)base->lanes : 1;
    return evaluation->cases[evaluation->current].known->sample_seconds * ARMS / lanes;
}

/* Of --timeout, most of which is for the measurement. */
static double edges_time_left(const struct evaluation *evaluation)
{
    double gone = (double)(uv_hrtime() - evaluation->began_ns) / 1e9;
    return evaluation->input.timeout_s > 0 ? EDGES_SHARE * fmax(evaluation->input.timeout_s - gone, 0)
                                           : INFINITY;
}

static double edges_seconds(const struct evaluation *evaluation)
{
    double seconds = evaluation->configuration->policy.edge_values.seconds;
    double least = fmin(EDGES_LEAST * edges_each(evaluation), EDGES_SLOW * seconds);
    return fmin(fmax(seconds, least), edges_time_left(evaluation));
}

/* As many as the budget allows. */
static size_t edges_most(const struct evaluation *evaluation)
{
    size_t cases = evaluation->configuration->policy.edge_values.cases;
    double each = edges_each(evaluation);
    double fit = each > 0 ? edges_seconds(evaluation) / each : (double)cases;
    return fit < (double)cases ? (size_t)fit + 1 : cases;
}

/* The same question asks the same requests; another patch need not. */
static struct digest edges_seed(const struct evaluation *evaluation,
                                const struct workload_case *workload_case)
{
    struct digest_stream stream;
    digest_start(&stream);
    digest_add(&stream, &workload_case->samples.digest, sizeof workload_case->samples.digest);
    digest_add(&stream, &evaluation->candidate.patch_digest, sizeof evaluation->candidate.patch_digest);
    digest_add(&stream, &evaluation->base_tree, sizeof evaluation->base_tree);
    return digest_finish(&stream);
}

static int edges_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    struct workload_case *workload_case = edges_case(evaluation);
    const struct candidate *candidate = &evaluation->candidate;
    struct edge_words words = {0};
    (void)err;
    if (candidate->normalised)
        edge_words_of_patch(&words, candidate->normalised, candidate->normalised_length);
    const struct edges_input input = {.values = &evaluation->configuration->policy.edge_values,
                                      .samples = &workload_case->samples,
                                      .words = &words,
                                      .seed = edges_seed(evaluation, workload_case),
                                      .most = edges_most(evaluation)};
    edges_fini(&workload_case->edges);
    edges_choose(&workload_case->edges, &input);
    edge_words_fini(&words);
    return 0;
}

static void edges_chosen(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    const struct workload_case *workload_case = edges_case(evaluation);
    struct err local = *err;
    if (evaluation->cancelled)
        (void)err_set(&local, ERR_CANCELLED, "%s", evaluation->cancel_reason);
    if (local.code != 0) {
        evaluation_stage_error(evaluation, &local);
        return;
    }
    if (workload_case->edges.set.count == 0) {
        evaluation->edges_then(evaluation);
        return;
    }
    const struct edge_ask_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .edges = &workload_case->edges,
        .reference = workload_case->known,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = &evaluation->arms[ARM_CANDIDATE],
        .contract = workload_case->contract,
        .seconds = EDGES_SLACK * edges_seconds(evaluation),
        .progress = edges_on_progress,
        .done = edges_on_done,
        .data = evaluation,
    };
    if (edge_ask_start(&evaluation->edge_ask, &input, &local) < 0)
        evaluation_stage_error(evaluation, &local);
}

void edges_check(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    const struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    bool asks = !evaluation_is_base_alone(evaluation) && contract_breaks(&row->contract) == 0 &&
                evaluation->configuration->policy.edge_values.cases > 0;
    evaluation->edges_then = then;
    if (asks)
        job_start(&evaluation->job, evaluation->input.loop, edges_work, edges_chosen, evaluation);
    else
        then(evaluation);
}

bool edges_cancel(struct evaluation *evaluation)
{
    if (evaluation->edge_ask)
        edge_ask_cancel(evaluation->edge_ask);
    return evaluation->edge_ask != NULL;
}
