/*
 * Stages contract and measure: each workload in turn. All contracts come before the first measurement, since
 * a broken one makes every figure worthless.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"
#include "policies/attempts.h"
#include "policies/moved.h"
#include "policies/suspicion.h"

#include <stdlib.h>
#include <string.h>

static void contract_next(struct evaluation *evaluation);
static void measure_next(struct evaluation *evaluation);

static struct workload_case *ask_case(struct evaluation *evaluation)
{
    return &evaluation->cases[evaluation->current];
}

static void ask_progress(struct evaluation *evaluation, const char *what, size_t done, size_t total)
{
    cleanup_free char *detail = memory_format("%s: %s", ask_case(evaluation)->workload->name, what);
    evaluation_tell(evaluation, detail, done, total);
}

/* Whoever writes the next patch reads the findings: a held-out request's answers would not stay unknown. */
static void ask_withhold(struct contract_summary *contract)
{
    for (size_t i = 0; i < contract->finding_count; i++) {
        struct finding *finding = &contract->findings[i];
        if (!samples_is_held_out(finding->sample))
            continue;
        free(STEAL(finding->before));
        free(STEAL(finding->after));
    }
}

static bool ask_was_compared(const char *id, void *data)
{
    const struct contract *contract = data;
    enum contract_outcome outcome;
    return contract_find_outcome(contract, id, &outcome) && outcome != CONTRACT_NOT_COMPARED;
}

static void ask_keep_coverage(const struct workload_case *workload_case, struct coverage *coverage)
{
    const struct variation *variation = &workload_case->variation;
    size_t fixed = 0;
    coverage_fini(coverage);
    coverage_count(coverage, &workload_case->samples, ask_was_compared, workload_case->contract);
    coverage->parameters = variation->parameters;
    coverage->fixed_dropped = variation->dropped;
    while (variation->fixed && variation->fixed[fixed])
        fixed++;
    coverage->fixed = memory_zeroed((fixed + 1) * sizeof *coverage->fixed);
    for (size_t i = 0; i < fixed; i++)
        coverage->fixed[i] = memory_copy_string(variation->fixed[i]);
}

void evaluation_keep_contract(struct evaluation *evaluation)
{
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    if (row->contract_done)
        contract_summary_fini(&row->contract);
    contract_summarise(ask_case(evaluation)->contract, &row->contract);
    ask_withhold(&row->contract);
    ask_keep_coverage(ask_case(evaluation), &row->coverage);
    row->contract_done = true;
}

static void contract_on_progress(size_t done, size_t of, const char *what, void *data)
{
    ask_progress(data, what, done, of);
}

static void contract_end(struct evaluation *evaluation)
{
    if (recall_covers(evaluation) && answers_were_played(evaluation))
        evaluation_stage_recalled(evaluation);
    else
        evaluation_stage_passed(evaluation, NULL);
}

static size_t contract_count_breaks(const struct evidence *evidence)
{
    size_t breaks = 0;
    for (size_t i = 0; i < evidence->workload_count; i++)
        breaks += contract_breaks(&evidence->workloads[i].contract);
    return breaks;
}

static void contract_fail(struct evaluation *evaluation)
{
    size_t breaks = contract_count_breaks(&evaluation->evidence);
    evaluation_stage_failed(
        evaluation, memory_format("%zu difference%s in the answers", breaks, breaks == 1 ? "" : "s"), NULL);
}

/* Ends the stage behind the last workload. */
static void contract_conclude(struct evaluation *evaluation)
{
    struct evidence *evidence = &evaluation->evidence;
    attempts_judge(evidence, &evaluation->configuration->policy);
    if (contract_count_breaks(evidence) > 0)
        reductions_run(evaluation, contract_fail);
    else if (evidence->suspicions)
        evaluation_stage_failed(evaluation,
                                memory_copy_string("the candidate tries what the base never does"), NULL);
    else
        answers_finish(evaluation, contract_end);
}

static void count_next(struct evaluation *evaluation);

static void count_on_done(struct counts *base, struct counts *candidate, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    evaluation->count = NULL;
    if (err) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    row->counts[ARM_BASE] = *base;
    row->counts[ARM_CANDIDATE] = *candidate;
    row->counted = true;
    *base = *candidate = (struct counts){0};
    evaluation->current++;
    count_next(evaluation);
}

/* An earlier process counted already. */
static bool count_recall(struct evaluation *evaluation)
{
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    struct evidence *past = evaluation->input.recall->evidence;
    for (size_t i = 0; i < past->workload_count; i++) {
        struct workload_evidence *before = &past->workloads[i];
        if (!before->counted || strcmp(before->name, row->name) != 0)
            continue;
        memcpy(row->counts, before->counts, sizeof row->counts);
        memset(before->counts, 0, sizeof before->counts);
        before->counted = false;
        row->counted = true;
        return true;
    }
    return false;
}

/* What the candidate tries is counted in runs of their own, once its answers are known. */
static void count_next(struct evaluation *evaluation)
{
    if (evaluation->current == evaluation->case_count || evaluation_is_base_alone(evaluation)) {
        contract_conclude(evaluation);
        return;
    }
    struct workload_case *workload_case = ask_case(evaluation);
    if (recall_covers(evaluation) && count_recall(evaluation)) {
        evaluation->current++;
        count_next(evaluation);
        return;
    }
    const struct count_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->samples,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = &evaluation->arms[ARM_CANDIDATE],
        .simulate = evaluation->input.settings->simulate,
        .progress = contract_on_progress,
        .done = count_on_done,
        .data = evaluation,
    };
    struct err err = {0};
    if (count_start(&evaluation->count, &input, &err) < 0)
        evaluation_stage_error(evaluation, &err);
}

static void contract_step(struct evaluation *evaluation)
{
    evaluation->current++;
    contract_next(evaluation);
}

static void contract_check_edges(struct evaluation *evaluation)
{
    edges_check(evaluation, contract_step);
}

static void contract_on_checked(struct check_result *result, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_case *workload_case = ask_case(evaluation);
    struct err local = err ? *err : (struct err){0};
    evaluation->check = NULL;
    if (local.code == 0 && result->base_unusable && workload_case->known) {
        workload_case->ask_anew = true;
        contract_free(STEAL(workload_case->contract));
        contract_next(evaluation);
        return;
    }
    if (local.code == 0 && result->base_unusable)
        (void)err_set(&local, ERR_INVALID, "workload \"%s\": the base can't be held to its own answers: %s",
                      workload_case->workload->name, result->base_problem);
    if (local.code != 0) {
        evaluation_stage_error(evaluation, &local);
        return;
    }
    if (!workload_case->known) {
        workload_case->own = result->reference;
        result->reference = (struct reference){0};
        workload_case->known = &workload_case->own;
    }
    evaluation_keep_contract(evaluation);
    if (result->start_problem) {
        evaluation->evidence.start_failed = true;
        evaluation_stage_failed(evaluation, memory_copy_string(result->start_problem), NULL);
        return;
    }
    if (evaluation->input.replay)
        contract_step(evaluation);
    else
        curves_check(evaluation, contract_check_edges);
}

static void contract_next(struct evaluation *evaluation)
{
    if (evaluation->current == evaluation->case_count) {
        evaluation->current = 0;
        if (evaluation->input.replay)
            evaluation_stage_passed(evaluation, NULL);
        else
            count_next(evaluation);
        return;
    }
    struct workload_case *workload_case = ask_case(evaluation);
    bool alone = evaluation_is_base_alone(evaluation);
    workload_case->known = workload_case->ask_anew ? NULL : known_base_find(evaluation, workload_case);
    workload_case->contract = contract_new(workload_case->workload, evaluation->configuration->rules);
    const struct check_input input = {
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->samples,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = alone ? NULL : &evaluation->arms[ARM_CANDIDATE],
        .known = workload_case->known,
        .contract = workload_case->contract,
        .tape = workload_case->tape,
        .progress = contract_on_progress,
        .done = contract_on_checked,
        .data = evaluation,
    };
    struct err err = {0};
    if (contract_forbid_noise(workload_case->contract,
                              (const char *const *)evaluation->configuration->policy.forbid_learned_noise,
                              &err) < 0 ||
        check_start(&evaluation->check, &input, &err) < 0)
        evaluation_stage_error(evaluation, &err);
}

void stage_contract_start(struct evaluation *evaluation)
{
    evaluation->current = 0;
    answers_open(evaluation, contract_next);
}

void stage_contract_cancel(struct evaluation *evaluation)
{
    if (evaluation->check)
        check_cancel(evaluation->check);
    else if (evaluation->count)
        count_cancel(evaluation->count);
    else if (!edges_cancel(evaluation) && !reductions_cancel(evaluation))
        curves_cancel(evaluation);
}

static void measure_on_progress(const struct measurement *sofar, const char *what, void *data)
{
    ask_progress(data, what, sofar->pair_count, 0);
}

static void measure_on_announce(const char *sentence, void *data)
{
    evaluation_announce(data, sentence);
}

/* A timed answer broke the contract: of any run that is timed. */
void evaluation_fail_timed(struct evaluation *evaluation)
{
    evaluation_stage_failed(evaluation,
                            memory_copy_string("a timed response differed from the base's answer"), NULL);
}

static void measure_on_done(struct measurement *measurement, const struct err *err, void *data)
{
    struct evaluation *evaluation = data;
    struct workload_evidence *row = &evaluation->evidence.workloads[evaluation->current];
    evaluation->measure = NULL;
    /* Without a pair too: the warm-up can break the contract, or show that the base is unstable. */
    row->measurement = *measurement;
    row->measured = measurement->pair_count > 0;
    *measurement = (struct measurement){0};
    evaluation_keep_contract(evaluation);
    attempts_judge_leftovers(&evaluation->evidence, row);
    suspicion_judge(&evaluation->evidence, &evaluation->configuration->policy, row);
    moved_judge(&evaluation->evidence, row);
    if (err) {
        evaluation_stage_error(evaluation, err);
        return;
    }
    evaluation->current++;
    if (row->measurement.contract_broken)
        reductions_run(evaluation, evaluation_fail_timed);
    else
        measure_next(evaluation);
}

double evaluation_time_left(const struct evaluation *evaluation)
{
    double spent = (double)(uv_hrtime() - evaluation->stage_began_ns) / 1e9 - evaluation->variants_s;
    double left = evaluation->configuration->policy.time_budget_s - spent;
    if (evaluation->input.timeout_s > 0) {
        double gone = (double)(uv_hrtime() - evaluation->began_ns) / 1e9;
        double deadline = 0.95 * (evaluation->input.timeout_s - gone);
        left = deadline < left ? deadline : left;
    }
    return left > 1 ? left : 1;
}

/* Shared by the workloads to come. */
static double measure_budget(const struct evaluation *evaluation)
{
    return evaluation_time_left(evaluation) / (double)(evaluation->case_count - evaluation->current);
}

/* Of the workload under way among all that are measured. */
static double measure_share(const struct evaluation *evaluation)
{
    double weights = 0;
    for (size_t i = 0; i < evaluation->case_count; i++)
        weights += evaluation->cases[i].workload->weight;
    return evaluation->cases[evaluation->current].workload->weight / weights;
}

static void measure_fill(const struct evaluation *evaluation, struct measure_input *input)
{
    const struct workload_case *workload_case = &evaluation->cases[evaluation->current];
    const struct policy *policy = &evaluation->configuration->policy;
    bool alone = evaluation_is_base_alone(evaluation);
    *input = (struct measure_input){
        .context = &evaluation->context,
        .workload = workload_case->workload,
        .samples = &workload_case->samples,
        .base = &evaluation->arms[ARM_BASE],
        .candidate = alone ? NULL : &evaluation->arms[ARM_CANDIDATE],
        .reference = workload_case->known,
        .contract = workload_case->contract,
        .minimum_improvement = policy->minimum_improvement,
        .regression_threshold = policy->regression_threshold,
        .time_budget_s = measure_budget(evaluation),
        .weight_share = measure_share(evaluation),
        .sample_seconds = workload_case->known->sample_seconds,
        .family_size = evaluation->evidence.family_size,
        .false_discovery_rate = policy->false_discovery_rate,
        .past = &evaluation->found.past,
        .pair_ended = evaluation->input.pairs && !alone ? continue_keep : NULL,
        .announce = measure_on_announce,
        .progress = measure_on_progress,
        .done = measure_on_done,
    };
    memcpy(input->guardrail_delta, policy->guardrail, sizeof input->guardrail_delta);
}

static void measure_begin(struct evaluation *evaluation)
{
    struct measure_input input;
    struct measurement measurement;
    struct err err = {0};
    measure_fill(evaluation, &input);
    input.data = evaluation;
    bool settled = measure_is_settled(&input, &measurement);
    continue_tell(evaluation, settled);
    if (settled)
        measure_on_done(&measurement, NULL, evaluation);
    else if (measure_start(&evaluation->measure, &input, &err) < 0)
        evaluation_stage_error(evaluation, &err);
}

static void measure_next(struct evaluation *evaluation)
{
    if (evaluation->current == evaluation->case_count)
        variants_measure(evaluation);
    else
        continue_recall(evaluation, measure_begin);
}

void stage_measure_start(struct evaluation *evaluation)
{
    evaluation->current = 0;
    evaluation->awaits_turn = true;
    if (!evaluation->input.await_turn) {
        evaluation_take_turn(evaluation);
        return;
    }
    evaluation_tell(evaluation, "waits for its turn to measure", 0, 0);
    uv_timer_stop(&evaluation->deadline);
    evaluation->input.await_turn(evaluation, evaluation->input.data);
}

/* Waiting for others is no part of the policy's budget, nor of --timeout. */
static void evaluation_skip_wait(struct evaluation *evaluation)
{
    uint64_t now = uv_hrtime();
    evaluation->began_ns += now - evaluation->stage_began_ns;
    evaluation->stage_began_ns = now;
    if (evaluation->input.timeout_s <= 0)
        return;
    double left = evaluation->input.timeout_s - (double)(now - evaluation->began_ns) / 1e9;
    uv_update_time(evaluation->input.loop);
    uv_timer_start(&evaluation->deadline, evaluation_on_deadline, left > 0 ? (uint64_t)(left * 1000) : 0, 0);
}

void evaluation_take_turn(struct evaluation *evaluation)
{
    if (!evaluation->awaits_turn)
        return;
    evaluation->awaits_turn = false;
    evaluation_skip_wait(evaluation);
    evaluation_tell(evaluation, NULL, 0, 0);
    measure_next(evaluation);
}

void stage_measure_cancel(struct evaluation *evaluation)
{
    struct err err = {0};
    if (evaluation->measure) {
        measure_cancel(evaluation->measure);
    } else if (evaluation->awaits_turn) {
        evaluation->awaits_turn = false;
        (void)err_set(&err, ERR_CANCELLED, "%s", evaluation->cancel_reason);
        evaluation_stage_error(evaluation, &err);
    } else if (!reductions_cancel(evaluation)) {
        variants_cancel(evaluation);
        curves_cancel(evaluation);
    }
}
