#include "orchestrator/commands/single.h"

#include "orchestrator/commands/output.h"
#include "policies/verdict.h"

#include <string.h>

static void single_interrupt(void *data, const char *reason)
{
    struct single *single = data;
    evaluation_cancel(single->evaluation, reason);
}

static void single_on_progress(const struct evaluation_progress *step, void *data)
{
    struct single *single = data;
    progress_show(&single->engine.session->progress, step);
}

static void single_record_candidate(struct single *single, struct evaluation *evaluation)
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    char id[JOURNAL_NAME_MAX];
    single->recorded = true;
    journal_name(single->engine.journal, evaluation, id);
    journal_candidate(single->engine.journal, id, evidence->candidate_tree,
                      journal_candidate_body(evidence, SIZE_MAX, evidence->candidate_name));
}

static void single_on_stage(struct evaluation *evaluation, enum stage stage, void *data)
{
    struct single *single = data;
    if (!single->recorded)
        single_record_candidate(single, evaluation);
    journal_stage(single->engine.journal, evaluation, stage);
}

static void single_on_turn(void *data, const struct err *err)
{
    struct single *single = data;
    single->turn = err->code == 0 ? SINGLE_MEASURES : SINGLE_NO_TURN;
    if (err->code == 0)
        evaluation_take_turn(single->evaluation);
    else if (err->code != ERR_CANCELLED)
        evaluation_cancel(single->evaluation, err->message);
}

static void single_await_turn(struct evaluation *evaluation, void *data)
{
    struct single *single = data;
    (void)evaluation;
    single->turn = SINGLE_WAITS;
    token_take(single->engine.token, &single->claim, single_on_turn, single);
}

static void single_on_done(struct evaluation *evaluation, const struct err *err, void *data)
{
    struct single *single = data;
    (void)evaluation;
    single->outcome = *err;
    if (single->turn == SINGLE_MEASURES)
        token_give(single->engine.token, &single->claim);
    engine_stop(&single->engine); /* a claim that still waits ends with its token */
}

int single_evaluate(struct single *single, struct session *session, const struct journal_identity *identity,
                    struct evaluation_input *input, struct err *err)
{
    *single = (struct single){0};
    if (engine_start(&single->engine, session, identity, "cupel run", single_interrupt, single, err) < 0)
        return err->code;
    engine_fill(&single->engine, input);
    input->repository = session->repository;
    input->machine_note = identity ? identity->facts.note.sentence : NULL;
    input->await_turn = single_await_turn;
    input->stage_ended = identity ? single_on_stage : NULL;
    input->progress = single_on_progress;
    input->done = single_on_done;
    input->data = single;
    if (identity)
        journal_batch(single->engine.journal, NULL, journal_run_body(input));
    single->evaluation = evaluation_start(input);
    uv_run(&session->loop, UV_RUN_DEFAULT);
    progress_end(&session->progress);
    const struct err *failure = single->outcome.code != 0 ? &single->outcome : &single->engine.err;
    if (failure->code == 0)
        return 0;
    *err = *failure;
    return err->code;
}

void single_fini(struct single *single)
{
    if (single->evaluation)
        evaluation_free(single->evaluation);
}

int single_report(const struct single *single, struct journal_identity *identity, struct ledger *ledger,
                  struct single_report *report, struct err *err)
{
    const struct session *session = single->engine.session;
    const struct evidence *evidence = evaluation_evidence(single->evaluation);
    const struct configuration *configuration = evaluation_configuration(single->evaluation);
    const struct policy *policy = &configuration->policy;
    cleanup_text struct text canonical = {0};
    *report = (struct single_report){0};
    facts_describe(&identity->facts, &session->isolation, configuration, &report->context);
    verdict_decide(evidence, policy, &report->decision);
    report->document = report_build(evidence, &report->decision, policy, &report->context);
    if (report_canonicalise(report->document, &canonical, err) < 0)
        return err->code;
    report->digest = digest_of(canonical.data, canonical.length);
    if (output_store(session->state, report->document, &canonical, err) < 0)
        return err->code;
    return journal_settle(ledger, identity->batch, output_id(report->document), &report->digest,
                          &report->decision, err);
}

void single_report_fini(struct single_report *report)
{
    cJSON_Delete(report->document);
    decision_fini(&report->decision);
    *report = (struct single_report){0};
}
