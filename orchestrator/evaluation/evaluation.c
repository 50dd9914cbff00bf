/*
 * Happy path: evaluation_start() begins with the intake on the pool. Each stage ends in one of the
 * evaluation_stage_*() calls, which store its record and tick; the tick moves to the next row of the table
 * and starts it, until clean-up has removed the working folder and `done` is called.
 *
 * Failure modes: a candidate that fails a stage makes the evidence conclusive, an error of ours or of the
 * input sets `err`; both go straight to clean-up. Cancelling tells the stage under way, whose end then leads
 * there too.
 *
 * Close: clean-up always runs; `done` comes from the close callback of the deadline timer, as the last thing.
 *
 *   intake → screen → worktrees → prepare → build → tests → identity → contract → measure
 *      └────────┴─────────┴──────────┴────────┴───────┴────────┴──────────┴─────────┴──→ clean-up → done
 */
#include "orchestrator/evaluation/evaluation.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/evaluation/state.h"
#include "workloads/tape/tape.h"

#include <assert.h>
#include <string.h>

enum { STATE_CLEAN_UP = STAGE_COUNT, STATE_DONE, STATE_COUNT };

#define THEN(next) (MACHINE_TO(next) | MACHINE_TO(STATE_CLEAN_UP))

static const struct machine_state evaluation_states[STATE_COUNT] = {
    [STAGE_INTAKE] = {"intake", THEN(STAGE_SCREEN), "reads the candidate and applies it in memory"},
    [STAGE_SCREEN] = {"screen", THEN(STAGE_WORKTREES), "holds the diff against the policy"},
    [STAGE_WORKTREES] = {"worktrees", THEN(STAGE_PREPARE), "lays out the trees of both arms"},
    [STAGE_PREPARE] = {"prepare", THEN(STAGE_BUILD), "prepares the base"},
    [STAGE_BUILD] = {"build", THEN(STAGE_TESTS), "builds both arms"},
    [STAGE_TESTS] = {"tests", THEN(STAGE_IDENTITY), "runs the tests of both arms"},
    [STAGE_IDENTITY] = {"identity", THEN(STAGE_CONTRACT), "compares what was built"},
    [STAGE_CONTRACT] = {"contract", THEN(STAGE_MEASURE), "checks the answers field by field"},
    [STAGE_MEASURE] = {"measure", MACHINE_TO(STATE_CLEAN_UP), "measures"},
    [STATE_CLEAN_UP] = {"clean-up", MACHINE_TO(STATE_DONE), "removes the working folder"},
    [STATE_DONE] = {"done", MACHINE_FINAL, "is done"},
};

/* The same stages where there is no candidate; NULL: nothing happens then. */
static const char *const evaluation_base_sentences[STATE_COUNT] = {
    [STAGE_INTAKE] = "finds the base and its configuration",
    [STAGE_WORKTREES] = "lays out the base's tree",
    [STAGE_PREPARE] = "prepares the base",
    [STAGE_BUILD] = "builds the base",
    [STAGE_TESTS] = "runs the base's tests",
    [STAGE_CONTRACT] = "asks the base every sample three times",
    [STAGE_MEASURE] = "times the base against itself",
    [STATE_CLEAN_UP] = "removes the working folder",
    [STATE_DONE] = "is done",
};

static void (*const evaluation_starts[STAGE_COUNT])(struct evaluation *) = {
    [STAGE_INTAKE] = stage_intake_start,       [STAGE_SCREEN] = stage_screen_start,
    [STAGE_WORKTREES] = stage_worktrees_start, [STAGE_PREPARE] = stage_prepare_start,
    [STAGE_BUILD] = stage_build_start,         [STAGE_TESTS] = stage_tests_start,
    [STAGE_IDENTITY] = stage_identity_start,   [STAGE_CONTRACT] = stage_contract_start,
    [STAGE_MEASURE] = stage_measure_start,
};

/* Stages without a row here run on the pool for moments and are simply awaited. */
static void (*const evaluation_cancels[STAGE_COUNT])(struct evaluation *) = {
    [STAGE_PREPARE] = stage_build_cancel,     [STAGE_BUILD] = stage_build_cancel,
    [STAGE_TESTS] = stage_build_cancel,       [STAGE_IDENTITY] = stage_identity_cancel,
    [STAGE_CONTRACT] = stage_contract_cancel, [STAGE_MEASURE] = stage_measure_cancel,
};

bool evaluation_is_base_alone(const struct evaluation *evaluation)
{
    return evaluation->input.request == NULL;
}

static const char *evaluation_sentence(const struct evaluation *evaluation)
{
    return evaluation_is_base_alone(evaluation) ? evaluation_base_sentences[evaluation->machine.state]
                                                : machine_sentence(&evaluation->machine);
}

static void evaluation_show(struct evaluation *evaluation, struct evaluation_progress *progress)
{
    progress->stage = evaluation->machine.states[evaluation->machine.state].name;
    progress->sentence = evaluation_sentence(evaluation);
    if (evaluation->input.progress && progress->sentence)
        evaluation->input.progress(progress, evaluation->input.data);
}

void evaluation_tell(struct evaluation *evaluation, const char *detail, size_t done, size_t total)
{
    struct evaluation_progress progress = {.detail = detail, .done = done, .total = total};
    evaluation_show(evaluation, &progress);
}

void evaluation_announce(struct evaluation *evaluation, const char *sentence)
{
    const char *workload = evaluation->cases[evaluation->current].workload->name;
    cleanup_free char *detail = memory_format("%s: %s", workload, sentence);
    struct evaluation_progress progress = {.detail = detail, .lasting = true};
    evaluation_show(evaluation, &progress);
}

static void evaluation_on_deadline_closed(uv_handle_t *handle)
{
    struct evaluation *evaluation = handle->data;
    machine_move(&evaluation->machine, STATE_DONE);
    if (evaluation->cancelled && evaluation->err.code == 0)
        (void)err_set(&evaluation->err, ERR_CANCELLED, "%s", evaluation->cancel_reason);
    evaluation_write_assumptions(evaluation);
    struct err err = evaluation->err;
    if (err.code != 0)
        evaluation->evidence.error = memory_copy_string(err.message);
    evaluation->input.done(evaluation, &err, evaluation->input.data);
}

static int evaluation_clean_up_work(void *data, struct err *err)
{
    struct evaluation *evaluation = data;
    return workroom_close(&evaluation->room, err);
}

static void evaluation_clean_up_done(void *data, const struct err *err)
{
    struct evaluation *evaluation = data;
    if (err->code != 0 && evaluation->err.code == 0)
        evaluation->err = *err;
    uv_close((uv_handle_t *)&evaluation->deadline, evaluation_on_deadline_closed);
}

static void evaluation_step(struct evaluation *evaluation)
{
    struct machine *machine = &evaluation->machine;
    bool over =
        evaluation->err.code != 0 || evaluation->conclusive || evaluation->cancelled ||
        machine->state == STAGE_MEASURE ||
        (machine->state == STAGE_CONTRACT && (evaluation->input.answers_only || evaluation->input.replay));
    int next = over ? STATE_CLEAN_UP : machine->state + 1;
    machine_move(machine, next);
    evaluation->pending = true;
    if (next == STATE_CLEAN_UP) {
        job_start(&evaluation->job, evaluation->input.loop, evaluation_clean_up_work,
                  evaluation_clean_up_done, evaluation);
        return;
    }
    evaluation->stage_began_ns = uv_hrtime();
    evaluation_tell(evaluation, NULL, 0, 0);
    if (recall_covers(evaluation))
        stage_recall_start(evaluation);
    else
        evaluation_start_stage(evaluation);
}

void evaluation_start_stage(struct evaluation *evaluation)
{
    evaluation_starts[evaluation->machine.state](evaluation);
}

static void evaluation_tick(struct evaluation *evaluation)
{
    if (evaluation->ticking)
        return;
    evaluation->ticking = true;
    while (!evaluation->pending)
        evaluation_step(evaluation);
    evaluation->ticking = false;
}

static void evaluation_end_stage(struct evaluation *evaluation, enum stage_outcome outcome, char *sentence,
                                 char *log)
{
    assert(evaluation->machine.state < STAGE_COUNT && evaluation->pending);
    evaluation->evidence.stages[evaluation->machine.state] = (struct stage_record){
        .outcome = outcome,
        .seconds = (double)(uv_hrtime() - evaluation->stage_began_ns) / 1e9,
        .sentence = sentence,
        .log = log,
    };
    if (evaluation->input.stage_ended && evaluation->err.code == 0 && !evaluation->cancelled) {
        evaluation->gated = true;
        evaluation_write_assumptions(evaluation);
        evaluation->input.stage_ended(evaluation, evaluation->machine.state, evaluation->input.data);
        return;
    }
    evaluation->pending = false;
    evaluation_tick(evaluation);
}

void evaluation_go_on(struct evaluation *evaluation, const struct err *err)
{
    assert(evaluation->gated);
    evaluation->gated = false;
    if (err->code != 0 && evaluation->err.code == 0)
        evaluation->err = *err;
    evaluation->pending = false;
    evaluation_tick(evaluation);
}

void evaluation_stage_recalled(struct evaluation *evaluation)
{
    const struct evidence *past = evaluation->input.recall->evidence;
    const struct stage_record *record = &past->stages[evaluation->machine.state];
    evaluation->evidence.stages[evaluation->machine.state] = (struct stage_record){
        .outcome = record->outcome,
        .seconds = record->seconds,
        .sentence = record->sentence ? memory_copy_string(record->sentence) : NULL,
        .log = record->log ? memory_copy_string(record->log) : NULL,
    };
    evaluation->pending = false;
    evaluation_tick(evaluation);
}

void evaluation_stage_passed(struct evaluation *evaluation, char *sentence)
{
    evaluation_end_stage(evaluation, STAGE_PASSED, sentence, NULL);
}

void evaluation_stage_skipped(struct evaluation *evaluation, char *sentence)
{
    evaluation_end_stage(evaluation, STAGE_SKIPPED, sentence, NULL);
}

void evaluation_stage_failed(struct evaluation *evaluation, char *sentence, char *log)
{
    evaluation->conclusive = true;
    evaluation_end_stage(evaluation, STAGE_FAILED, sentence, log);
}

void evaluation_stage_error(struct evaluation *evaluation, const struct err *err)
{
    if (!evaluation->cancelled)
        evaluation->err = *err;
    evaluation_end_stage(evaluation, STAGE_NOT_REACHED, memory_copy_string(err->message), NULL);
}

void evaluation_on_deadline(uv_timer_t *timer)
{
    struct evaluation *evaluation = timer->data;
    cleanup_free char *reason =
        memory_format("--timeout of %.0f s is over while cupel %s; give it more time",
                      evaluation->input.timeout_s, machine_sentence(&evaluation->machine));
    evaluation_cancel(evaluation, reason);
}

struct evaluation *evaluation_start(const struct evaluation_input *input)
{
    struct evaluation *evaluation = MEMORY_NEW(struct evaluation);
    evaluation->input = *input;
    evaluation->room.lease = -1;
    evaluation->began_ns = evaluation->stage_began_ns = uv_hrtime();
    machine_init(&evaluation->machine, evaluation_states, STATE_COUNT, STAGE_INTAKE);
    uv_timer_init(input->loop, &evaluation->deadline);
    evaluation->deadline.data = evaluation;
    if (input->timeout_s > 0)
        uv_timer_start(&evaluation->deadline, evaluation_on_deadline, (uint64_t)(input->timeout_s * 1000), 0);
    evaluation->pending = true;
    evaluation_tell(evaluation, NULL, 0, 0);
    stage_intake_start(evaluation);
    return evaluation;
}

void evaluation_cancel(struct evaluation *evaluation, const char *reason)
{
    if (evaluation->cancelled || evaluation->machine.state >= STAGE_COUNT)
        return;
    evaluation->cancelled = true;
    evaluation->cancel_reason = memory_copy_string(reason);
    void (*cancel)(struct evaluation *) = evaluation_cancels[evaluation->machine.state];
    if (cancel && evaluation->pending && !evaluation->gated)
        cancel(evaluation);
}

const struct evidence *evaluation_evidence(const struct evaluation *evaluation)
{
    return &evaluation->evidence;
}

void evaluation_take_evidence(struct evaluation *evaluation, struct evidence *evidence)
{
    *evidence = evaluation->evidence;
    evaluation->evidence = (struct evidence){0};
}

const struct configuration *evaluation_configuration(const struct evaluation *evaluation)
{
    return evaluation->configuration;
}

const struct evaluation_kept *evaluation_kept(const struct evaluation *evaluation)
{
    return &evaluation->kept;
}

const char *evaluation_logs(const struct evaluation *evaluation)
{
    return evaluation->logs;
}

static void evaluation_free_folders(struct arm_folders *folders)
{
    free(folders->patch);
    free(folders->build);
    free(folders->build_work);
    free(folders->tests);
    free(folders->tests_work);
}

static void evaluation_free_cases(struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluation->case_count; i++) {
        struct workload_case *workload_case = &evaluation->cases[i];
        if (workload_case->loaded)
            samples_fini(&workload_case->samples);
        variation_fini(&workload_case->variation);
        tape_free(workload_case->tape);
        if (workload_case->contract)
            contract_free(workload_case->contract);
        reference_fini(&workload_case->own);
        generated_fini(&workload_case->generated);
        edges_fini(&workload_case->edges);
        reference_fini(&workload_case->generated_reference);
    }
    free(evaluation->cases);
}

void evaluation_free(struct evaluation *evaluation)
{
    assert(machine_is_final(&evaluation->machine));
    evaluation_free_cases(evaluation);
    for (int i = 0; i < ARMS; i++)
        evaluation_free_folders(&evaluation->folders[i]);
    json_free_strings(evaluation->environment);
    variant_shelf_fini(&evaluation->variants);
    free(evaluation->keys);
    measure_past_fini(&evaluation->found.past);
    free(evaluation->build_mounts);
    free(evaluation->prepare);
    free(evaluation->prepare_work);
    free(evaluation->tree);
    free(evaluation->trusted);
    free(evaluation->logs);
    free(evaluation->cancel_reason);
    if (evaluation->has_candidate)
        candidate_fini(&evaluation->candidate);
    if (evaluation->owns_configuration)
        configuration_fini(&evaluation->own_configuration);
    evidence_fini(&evaluation->evidence);
    free(evaluation);
}
