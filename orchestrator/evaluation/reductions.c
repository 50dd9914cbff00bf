/*
 * The smallest input for the most serious findings of each workload, once its contract is known to be broken.
 * What is found is added to the findings of the evidence; nothing here decides.
 *
 * A failure of the sandbox meanwhile loses the reproduction and not the finding.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"

#include <math.h>

#define REDUCTIONS_MOST    3    /* findings of a workload */
#define REDUCTIONS_SECONDS 10.0 /* of a workload */
#define REDUCTIONS_LEAST   32   /* inputs that a slow program is asked, too */
#define REDUCTIONS_SLOW    3    /* times the seconds that they may take */
#define REDUCTIONS_SHARE   0.5  /* of what is left of --timeout, at most */

static struct contract_summary *reductions_contract(struct evaluation *evaluation)
{
    return &evaluation->evidence.workloads[evaluation->reductions.at].contract;
}

static void reductions_next(struct evaluation *evaluation);

static void reductions_on_progress(size_t steps, size_t bytes, void *data)
{
    struct evaluation *evaluation = data;
    const char *workload = evaluation->cases[evaluation->reductions.at].workload->name;
    cleanup_free char *detail =
        memory_format("%s: looks for the smallest input that differs, %zu bytes by now", workload, bytes);
    evaluation_tell(evaluation, detail, steps, 0);
}

static void reductions_on_done(struct reproduction **reproduction, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct reductions *reductions = &evaluation->reductions;
    struct finding *finding = &reductions_contract(evaluation)->findings[reductions->finding++];
    reductions->reduce = NULL;
    if (err && err->code != ERR_CANCELLED && !(*reproduction)->request && (*reproduction)->why_none) {
        free((*reproduction)->why_none);
        (*reproduction)->why_none = memory_format("looking for one failed: %s", err->message);
    }
    finding->reproduction = STEAL(*reproduction);
    reductions->over = reductions->over || err;
    reductions_next(evaluation);
}

/* Findings of the workload that may still get an input, this one among them. */
static size_t reductions_waiting(const struct evaluation *evaluation, const struct contract_summary *contract)
{
    const struct reductions *reductions = &evaluation->reductions;
    size_t waiting = 0;
    for (size_t i = reductions->finding; i < contract->finding_count; i++)
        waiting += contract->findings[i].class < CLASS_FIRST_NOTE &&
                   !samples_is_held_out(contract->findings[i].sample);
    size_t most = REDUCTIONS_MOST - reductions->count;
    return waiting < most ? waiting : most;
}

/*
 * Seconds for the finding: its part of `whole`, which the workload may take. Measuring needs none any more,
 * but the end of --timeout would lose what is proven.
 */
static double reductions_part(struct evaluation *evaluation, double whole)
{
    const struct reductions *reductions = &evaluation->reductions;
    uint64_t now = uv_hrtime();
    double left = whole - (double)(now - reductions->began_ns) / 1e9;
    double timeout_s = evaluation->input.timeout_s;
    size_t waiting = reductions_waiting(evaluation, reductions_contract(evaluation));
    if (timeout_s > 0)
        left = fmin(left, REDUCTIONS_SHARE * (timeout_s - (double)(now - evaluation->began_ns) / 1e9));
    return waiting > 0 ? fmax(left, 0) / (double)waiting : 0;
}

/* False: nothing was started for the finding. */
static bool reductions_start(struct evaluation *evaluation, struct finding *finding)
{
    struct reductions *reductions = &evaluation->reductions;
    struct workload_case *workload_case = &evaluation->cases[reductions->at];
    const struct sample_set *set = NULL;
    const struct sample *sample = workload_case_find(workload_case, finding->sample, &set);
    double most = reductions_part(evaluation, REDUCTIONS_SLOW * REDUCTIONS_SECONDS);
    struct err err = {0};
    if (!sample || reductions->count == REDUCTIONS_MOST || most <= 0)
        return false;
    const struct reduce_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = set,
        .sample = sample,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = &evaluation->arms[ARM_CANDIDATE],
        .contract = workload_case->contract,
        .finding = finding,
        .time_budget_s = reductions_part(evaluation, REDUCTIONS_SECONDS),
        .steps_least = REDUCTIONS_LEAST,
        .time_most_s = most,
        .steps_most = REDUCTION_STEPS_MOST,
        .progress = reductions_on_progress,
        .done = reductions_on_done,
        .data = evaluation,
    };
    reductions->count++;
    return reduce_start(&reductions->reduce, &input, &err) == 0;
}

static bool reductions_wants(struct finding *finding)
{
    if (finding->class >= CLASS_FIRST_NOTE || finding->reproduction)
        return false;
    if (!samples_is_held_out(finding->sample))
        return true;
    finding->reproduction = MEMORY_NEW(struct reproduction);
    finding->reproduction->why_none =
        memory_copy_string("the sample is held out: what it asks is shown to nobody");
    return false;
}

/* The next finding of the workload, or of the next one; behind the last the stage goes on. */
static void reductions_next(struct evaluation *evaluation)
{
    struct reductions *reductions = &evaluation->reductions;
    for (; reductions->at < evaluation->evidence.workload_count; reductions->at++) {
        struct contract_summary *contract = reductions_contract(evaluation);
        for (; reductions->finding < contract->finding_count; reductions->finding++) {
            struct finding *finding = &contract->findings[reductions->finding];
            if (reductions_wants(finding) && !reductions->over && reductions_start(evaluation, finding))
                return;
        }
        reductions->finding = reductions->count = 0;
        reductions->began_ns = uv_hrtime();
    }
    reductions->then(evaluation);
}

void reductions_run(struct evaluation *evaluation, void (*then)(struct evaluation *evaluation))
{
    evaluation->reductions = (struct reductions){
        .then = then, .began_ns = uv_hrtime(), .over = evaluation->input.family == PAIRS_ATTRIBUTION};
    reductions_next(evaluation);
}

bool reductions_cancel(struct evaluation *evaluation)
{
    if (!evaluation->reductions.reduce)
        return false;
    evaluation->reductions.over = true;
    reduce_cancel(evaluation->reductions.reduce);
    return true;
}
