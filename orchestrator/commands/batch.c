/* `cupel batch`: many candidates in, one ranked report out. */
#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/commands/batching.h"
#include "orchestrator/commands/commands.h"
#include "policies/verdict.h"

#include <stdio.h>

#define ACTIVE_MOST 16 /* evaluations that do something at once */
#define ALIVE_EACH  3  /* that stand for each of those: the others wait for their measurement */

static void batching_interrupt(void *data, const char *reason)
{
    struct batching *batching = data;
    batch_progress_clear(&batching->progress);
    if (batching->batch)
        batch_cancel(batching->batch, reason);
}

static void batching_on_progress(void *data, size_t index, const struct evaluation_progress *step)
{
    struct batching *batching = data;
    batch_progress_step(&batching->progress, index, step);
}

static void batching_on_sifted(void *data, size_t family)
{
    struct batching *batching = data;
    size_t total = 0;
    for (size_t i = 0; i < batching->roster.count; i++)
        total += batching->roster.entries[i].state == ROSTER_READY;
    batching->sifting = false;
    batching->family = family;
    batch_progress_sifted(&batching->progress, family, total);
    if (batching->recorded)
        return;
    cJSON *body = cJSON_CreateObject();
    cJSON_AddNumberToObject(body, "family", (double)family);
    cJSON_AddNumberToObject(body, "candidates", (double)batching->roster.count);
    journal_batch(batching->engine.journal, JOURNAL_SIFTED, body);
}

/* What its own evidence says; the family may still ask for more. */
static void batching_on_ended(void *data, size_t index, const struct evaluation *evaluation,
                              const struct err *err)
{
    struct batching *batching = data;
    const struct configuration *configuration = evaluation_configuration(evaluation);
    struct decision decision;
    if (index == BATCH_BASE || !configuration) {
        batch_progress_ended(&batching->progress, index, batching->sifting,
                             err->code == 0 ? "builds, and repeats its answers" : "can't be evaluated");
        return;
    }
    if (err->code != 0) {
        cleanup_free char *word = memory_format("error: %s", err->message);
        batch_progress_ended(&batching->progress, index, batching->sifting, word);
        return;
    }
    verdict_decide(evaluation_evidence(evaluation), &configuration->policy, &decision);
    batch_progress_ended(&batching->progress, index, batching->sifting, verdict_name(decision.verdict));
    decision_fini(&decision);
}

static void batching_on_done(void *data, const struct err *err)
{
    struct batching *batching = data;
    batching->batch = NULL;
    batching->outcome = *err;
    engine_stop(&batching->engine);
}

static unsigned batching_active(void)
{
    unsigned cpus = uv_available_parallelism();
    unsigned most = ACTIVE_MOST;
    return cpus < 1 ? 1 : cpus > most ? most : cpus;
}

/* Runs the loop until every candidate is through, or the batch is cancelled. */
static int batching_evaluate(struct batching *batching, struct err *err)
{
    struct evaluation_input common = {.only = batching->order.workloads,
                                      .timeout_s = batching->order.timeout_s,
                                      .machine_note = batching->order.identity.facts.note.sentence};
    engine_fill(&batching->engine, &common);
    const struct batch_input input = {
        .common = &common,
        .repository = batching->session.repository,
        .sources = (const char *const *)batching->order.sources,
        .source_count = order_source_count(&batching->order),
        .base = batching->order.base,
        .pinned_base = batching->order.head,
        .token = batching->engine.token,
        .journal = batching->engine.journal,
        .ledger = batching->ledger,
        .id = batching->order.identity.batch,
        .keep = batching->keep,
        .roster = &batching->roster,
        .frozen = batching->recorded,
        .active = batching_active(),
        .alive = ALIVE_EACH * batching_active(),
        .progress = batching_on_progress,
        .sift_ended = batching_on_sifted,
        .ended = batching_on_ended,
        .done = batching_on_done,
        .data = batching,
    };
    batching->sifting = true;
    batching->batch = batch_start(&input);
    uv_run(&batching->session.loop, UV_RUN_DEFAULT);
    batch_progress_clear(&batching->progress);
    const struct err *failure = batching->outcome.code != 0 ? &batching->outcome : &batching->engine.err;
    *err = *failure;
    return failure->code;
}

/* What the evaluations left is of no use behind the end. */
static void batching_remove_keep(struct batching *batching)
{
    struct err err = {0};
    if (folder_remove(batching->keep, &err) < 0)
        fprintf(stderr, "cupel: note: %s; `cupel gc` removes it\n", err.message);
}

/* Nothing is found out before the ledger knows what for. */
static int batching_enter(struct batching *batching, struct err *err)
{
    if (!batching->begun && journal_append_batch(batching->ledger, batching->order.identity.batch, NULL,
                                                 order_write(&batching->order), err) < 0)
        return err->code;
    batching->begun = true;
    return 0;
}

/* Exit status, or negative with *err. */
static int batching_run(struct batching *batching, struct err *err)
{
    if (batching_open(batching, err) < 0 || batching_enter(batching, err) < 0 ||
        engine_start(&batching->engine, &batching->session, &batching->order.identity, "cupel batch",
                     batching_interrupt, batching, err) < 0 ||
        batching_evaluate(batching, err) < 0)
        return err->code;
    int status = batching_settle(batching, err);
    if (status < 0)
        return status;
    batching->closed = true;
    batching_remove_keep(batching);
    return batching_show(batching, err) < 0 ? err->code : status;
}

int command_batch(const struct cli_arguments *arguments)
{
    struct batching batching = {.arguments = arguments, .lock = LOCK_NONE};
    struct err err = {0};
    int status = batching_run(&batching, &err);
    if (status < 0) {
        status = session_fail(&batching.session, &err);
        if (batching.closed)
            fprintf(stderr, "cupel: the batch is finished; see it with `cupel show %s`\n",
                    batching.order.identity.batch);
        else if (batching.begun)
            fprintf(stderr, "cupel: what is finished is kept; go on with `cupel batch --resume %s`\n",
                    batching.order.identity.batch);
    }
    batching_close(&batching);
    return status;
}
