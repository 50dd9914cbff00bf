/*
 *   SIFT ──▶ ALONE ──▶ GROUP ──next base──▶ ALONE …  ──▶ DONE
 *     └────────┴─────────┴──── cancelled or failed ────────▶
 *
 * Each state is one run of the lanes: SIFT and GROUP over the sources, read anew from the start, so that a
 * proposal's text is in memory only while its evaluation is; ALONE over one base.
 */
#include "orchestrator/batch/batch.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/machine.h"
#include "base/memory.h"
#include "orchestrator/batch/sift.h"
#include "orchestrator/batch/source.h"
#include "orchestrator/batch/ticket.h"
#include "orchestrator/lanes.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_SIFT, BATCH_ALONE, BATCH_GROUP, BATCH_DONE, BATCH_STATES };

#define THEN(next) (MACHINE_TO(next) | MACHINE_TO(BATCH_DONE))

static const struct machine_state batch_states[BATCH_STATES] = {
    [BATCH_SIFT] = {"sift", THEN(BATCH_ALONE), "reads the candidates"},
    [BATCH_ALONE] = {"alone", THEN(BATCH_GROUP) | MACHINE_TO(BATCH_ALONE), "asks a base"},
    [BATCH_GROUP] = {"group", THEN(BATCH_ALONE), "evaluates the candidates of a base"},
    [BATCH_DONE] = {"done", MACHINE_FINAL, "is done"},
};

struct batch {
    struct batch_input input;
    struct machine machine;
    struct lanes *lanes;         /* under way */
    struct batch_source *source; /* of this run of the lanes; NULL: not needed */
    size_t next;                 /* index of the source's next proposal */
    struct roster_group *groups; /* the bases; owned */
    size_t group_count, group;   /* all, and the one under way */
    struct known_base *known;    /* of that group, or NULL */
    bool alone_started;          /* BATCH_ALONE has handed out its one evaluation */
    size_t family;               /* distinct trees */
    struct sift sift;
    struct err err;
};

static void batch_run(struct batch *batch);

static void batch_fail(struct batch *batch, const struct err *err)
{
    if (batch->err.code == 0)
        batch->err = *err;
}

static void batch_fill(const struct ticket *ticket, struct evaluation_input *input)
{
    *input = *ticket->batch->input.common;
    input->repository = ticket->repository;
    input->family_size = ticket->batch->family;
}

/* 1 with the next proposal of the source that the state is about, 0 at the end. */
static int batch_next_proposal(struct batch *batch, struct proposal *proposal, size_t *index, struct err *err)
{
    for (;;) {
        int found = batch_source_next(batch->source, proposal, err);
        if (found <= 0)
            return found;
        *index = batch->next++;
        const struct roster_entry *entry = roster_at(batch->input.roster, *index);
        bool wanted = true;
        if (batch->machine.state == BATCH_GROUP)
            wanted = entry->state == ROSTER_READY &&
                     git_oid_equal(&entry->base_tree, &batch->groups[batch->group].base_tree);
        if (wanted)
            return 1;
        proposal_fini(proposal);
    }
}

static int batch_next_candidate(struct batch *batch, struct evaluation_input *input, struct ticket **out,
                                struct err *err)
{
    struct proposal proposal;
    struct ticket *ticket = NULL;
    size_t index;
    int found = batch_next_proposal(batch, &proposal, &index, err);
    if (found <= 0)
        return found;
    if (ticket_open(batch, &batch->input, index, &ticket, err) < 0) {
        proposal_fini(&proposal);
        return err->code;
    }
    ticket->proposal = proposal;
    proposal_pin_base(&ticket->proposal, ticket->input->pinned_base);
    ticket->claim = (struct claim){proposal.model, proposal.rationale, proposal.claim};
    batch_fill(ticket, input);
    input->request = &ticket->proposal.request;
    input->claim = &ticket->claim;
    input->known_base = batch->known;
    input->dry_run = batch->machine.state == BATCH_SIFT;
    ticket->settled = input->dry_run && roster_at(batch->input.roster, index)->state != ROSTER_UNREAD;
    *out = ticket;
    if (input->dry_run) {
        sift_enter(&batch->sift, ticket);
        return 1;
    }
    if (ticket_recall(ticket, batch->input.roster->entries[index].id, input, err) == 0)
        return 1;
    ticket_free(ticket);
    return err->code;
}

static int batch_next_alone(struct batch *batch, struct evaluation_input *input, struct ticket **out,
                            struct err *err)
{
    const struct roster_group *group = &batch->groups[batch->group];
    struct ticket *ticket = NULL;
    char tree[13];
    if (batch->alone_started)
        return 0;
    if (ticket_open(batch, &batch->input, BATCH_BASE, &ticket, err) < 0)
        return err->code;
    batch->alone_started = true;
    git_oid_tostr(ticket->commit, sizeof ticket->commit, &group->base_commit);
    git_oid_tostr(tree, sizeof tree, &group->base_tree);
    cleanup_free char *id = memory_format("base-%s", tree);
    batch_fill(ticket, input);
    input->base = ticket->commit;
    input->answers_only = true;
    *out = ticket;
    if (ticket_recall(ticket, id, input, err) == 0)
        return 1;
    ticket_free(ticket);
    return err->code;
}

static int batch_on_next(void *data, struct evaluation_input *input, void **candidate, struct err *err)
{
    struct batch *batch = data;
    struct ticket *ticket = NULL;
    int found = batch->machine.state == BATCH_ALONE ? batch_next_alone(batch, input, &ticket, err)
                                                    : batch_next_candidate(batch, input, &ticket, err);
    *candidate = ticket;
    return found;
}

/* Does the ledger have this stage of the candidate, or of another that gives the same change? */
static bool batch_has_stage(const struct batch *batch, const struct ticket *ticket, enum stage stage)
{
    bool sifted = batch->machine.state != BATCH_SIFT && ticket->index != BATCH_BASE;
    return (sifted && stage <= STAGE_SCREEN) || ticket->same || ticket->settled ||
           (ticket->past.known && stage <= STAGE_WORKTREES);
}

static void batch_take_stage(struct batch *batch, struct ticket *ticket, struct evaluation *evaluation,
                             enum stage stage)
{
    struct err err = {0};
    bool again = false;
    int code = 0;
    if (batch->machine.state == BATCH_SIFT && stage == STAGE_INTAKE)
        code = sift_begin(&batch->sift, ticket, evaluation, &again, &err);
    else if (stage == STAGE_INTAKE && ticket->index != BATCH_BASE)
        code = ticket_check_same(ticket, evaluation, &err);
    if (code < 0 || again || batch_has_stage(batch, ticket, stage))
        evaluation_go_on(evaluation, &err);
    else
        journal_stage(batch->input.journal, evaluation, stage);
}

static void batch_admit(struct batch *batch)
{
    struct ticket *ticket;
    while ((ticket = sift_next(&batch->sift)))
        batch_take_stage(batch, ticket, STEAL(ticket->evaluation), STAGE_INTAKE);
}

/* Of proposals that give the same change the first one speaks for it, whichever is read first. */
static void batch_on_stage(void *data, void *candidate, struct evaluation *evaluation, enum stage stage)
{
    struct batch *batch = data;
    struct ticket *ticket = candidate;
    if (batch->machine.state != BATCH_SIFT || stage != STAGE_INTAKE) {
        batch_take_stage(batch, ticket, evaluation, stage);
        return;
    }
    sift_hold(&batch->sift, ticket, evaluation);
    batch_admit(batch);
}

static void batch_on_progress(void *data, void *candidate, const struct evaluation_progress *step)
{
    struct batch *batch = data;
    const struct ticket *ticket = candidate;
    if (batch->input.progress)
        batch->input.progress(batch->input.data, ticket->index, step);
}

static int batch_sweep_work(void *data, struct err *err)
{
    const struct ticket *ticket = data;
    return folder_remove(ticket->keep, err);
}

static void batch_sweep_done(void *data, const struct err *err)
{
    struct ticket *ticket = data;
    struct lanes *lanes = ticket->batch->lanes;
    (void)err; /* what can't be removed now is removed with the batch's folder */
    ticket_free(ticket);
    lanes_release(lanes);
}

/* What an evaluation kept is of no use behind its end.
 * Removing much takes long and stirs the disk: nothing is timed meanwhile. */
static void batch_sweep(struct ticket *ticket)
{
    lanes_hold(ticket->batch->lanes);
    job_start(&ticket->job, ticket->batch->input.common->loop, batch_sweep_work, batch_sweep_done, ticket);
}

/* A candidate that can't be evaluated keeps the evidence of its sift. */
static void batch_lose(struct batch *batch, struct roster_entry *entry, const char *why)
{
    const struct batch_input *input = &batch->input;
    cJSON *body = NULL;
    struct err err = {0};
    roster_fail(entry, why);
    if (past_read_evidence(input->ledger, input->id, entry->id, false, &body, &err) < 0)
        batch_fail(batch, &err);
    journal_lost(input->journal, entry->id, body, why);
}

/* Those of the group that still wait to be evaluated never will be. */
static void batch_give_up(struct batch *batch, const struct roster_group *group, const char *why)
{
    struct roster *roster = batch->input.roster;
    for (size_t i = 0; i < roster->count; i++)
        if (roster->entries[i].state == ROSTER_READY &&
            git_oid_equal(&roster->entries[i].base_tree, &group->base_tree))
            batch_lose(batch, &roster->entries[i], why);
}

static void batch_end_candidate(struct ticket *ticket, const struct evaluation *evaluation,
                                const struct err *err)
{
    struct batch *batch = ticket->batch;
    struct roster_entry *entry = &batch->input.roster->entries[ticket->index];
    if (err->code != 0 && batch->err.code != 0) { /* the batch is being ended, and this with it */
        ticket_free(ticket);
        return;
    }
    char id[JOURNAL_NAME_MAX];
    journal_name(batch->input.journal, evaluation, id);
    if (err->code == 0) {
        entry->state = ROSTER_SETTLED;
    } else if (strcmp(id, entry->id) == 0) {
        roster_fail(entry, err->message);
        journal_error(batch->input.journal, evaluation);
    } else {
        batch_lose(batch, entry, err->message); /* it is another one now */
    }
    batch_sweep(ticket);
}

/* Does every candidate of the batch that applies stand on this base? */
static bool batch_is_only_base(const struct roster *roster, const git_oid *base_tree)
{
    for (size_t i = 0; i < roster->count; i++)
        if (!git_oid_is_zero(&roster->entries[i].tree) &&
            !git_oid_equal(&roster->entries[i].base_tree, base_tree))
            return false;
    return true;
}

/* Nothing can be said about its candidates. Where all stand on it, the configuration is at fault. */
static void batch_lose_base(struct batch *batch, const struct err *err)
{
    const struct roster_group *group = &batch->groups[batch->group];
    struct roster *roster = batch->input.roster;
    if (batch->err.code != 0 || batch_is_only_base(roster, &group->base_tree)) {
        batch_fail(batch, err);
        return;
    }
    batch_give_up(batch, group, err->message);
}

static void batch_on_ended(void *data, void *candidate, struct evaluation *evaluation, const struct err *err)
{
    struct batch *batch = data;
    struct ticket *ticket = candidate;
    int state = batch->machine.state;
    const struct err *lost = journal_failure(batch->input.journal);
    if (lost->code != 0 && batch->err.code == 0) {
        batch_fail(batch, lost);
        lanes_cancel(batch->lanes, lost->message);
    }
    if (state == BATCH_SIFT && err->code != 0) {
        batch_fail(batch, err);
        lanes_cancel(batch->lanes, "another candidate's error ends the batch");
    } else if (state == BATCH_SIFT && !ticket->settled) {
        sift_note(ticket, evaluation);
    } else if (ticket->index == BATCH_BASE && err->code == 0) {
        batch->known = evaluation_take_base(evaluation);
    } else if (state != BATCH_SIFT && ticket->index == BATCH_BASE) {
        batch_lose_base(batch, err);
    }
    if (batch->input.ended)
        batch->input.ended(batch->input.data, ticket->index, evaluation, err);
    if (state == BATCH_SIFT)
        sift_leave(&batch->sift, ticket);
    if (state == BATCH_SIFT || ticket->index == BATCH_BASE)
        ticket_free(ticket);
    else
        batch_end_candidate(ticket, evaluation, err);
    batch_admit(batch);
}

/* What the state that ended leaves behind; then the next one, or none. */
static void batch_leave(struct batch *batch)
{
    batch_source_close(STEAL(batch->source));
    if (batch->machine.state == BATCH_SIFT) {
        batch->family = roster_mark_same(batch->input.roster);
        batch->group_count = roster_group(batch->input.roster, &batch->groups);
        if (batch->input.sift_ended)
            batch->input.sift_ended(batch->input.data, batch->family);
    }
    if (batch->machine.state == BATCH_GROUP) {
        known_base_free(STEAL(batch->known));
        batch_give_up(batch, &batch->groups[batch->group],
                      "its source no longer has it: it was changed while the batch ran");
    }
    if (batch->machine.state != BATCH_SIFT && !batch->known)
        batch->group++; /* through, or its base can't be evaluated */
}

static int batch_follows(const struct batch *batch)
{
    if (batch->machine.state == BATCH_ALONE && batch->known)
        return BATCH_GROUP;
    return batch->group < batch->group_count ? BATCH_ALONE : BATCH_DONE;
}

static void batch_go_on(struct batch *batch)
{
    if (batch->err.code == 0)
        batch_leave(batch);
    machine_move(&batch->machine, batch->err.code != 0 ? BATCH_DONE : batch_follows(batch));
    if (batch->machine.state != BATCH_DONE) {
        batch_run(batch);
        return;
    }
    batch_source_close(batch->source);
    if (batch->known)
        known_base_free(batch->known);
    free(batch->groups);
    sift_fini(&batch->sift);
    batch->input.done(batch->input.data, &batch->err);
    free(batch);
}

static void batch_on_lanes_done(void *data, const struct err *err)
{
    struct batch *batch = data;
    batch->lanes = NULL;
    if (err->code != 0)
        batch_fail(batch, err);
    batch_go_on(batch);
}

/* The family is frozen: a proposal more or less would be another one. */
static int batch_check_count(const struct batch *batch, struct err *err)
{
    size_t now = batch_source_count(batch->source), then = batch->input.roster->count;
    if (!batch->input.frozen || now == then)
        return 0;
    return err_set(
        err, ERR_INVALID,
        "%s%s: %zu proposals now, and %zu when the batch began; put that back, or start the batch anew",
        batch->input.sources[0], batch->input.source_count > 1 ? " and the other sources" : "", now, then);
}

/* Evaluations at once in the state that the machine stands in; 0: as many as the batch was given. */
static unsigned batch_evaluations_most(const struct batch *batch)
{
    switch (batch->machine.state) {
    case BATCH_SIFT:
        return SIFT_ACTIVE;
    case BATCH_ALONE:
        return 1; /* it has all CPUs */
    default:
        return 0;
    }
}

/* One run of the lanes for the state that the machine stands in. */
static void batch_run(struct batch *batch)
{
    const struct batch_input *input = &batch->input;
    unsigned most = batch_evaluations_most(batch);
    const struct lanes_input lanes = {
        .loop = input->common->loop,
        .token = input->token,
        .active = most ? most : input->active,
        .alive = most ? most : input->alive,
        .next = batch_on_next,
        .stage_ended = batch_on_stage,
        .progress = batch_on_progress,
        .ended = batch_on_ended,
        .done = batch_on_lanes_done,
        .data = batch,
    };
    struct err err = {0};
    int failed = 0;
    batch->next = 0;
    batch->alone_started = false;
    if (batch->machine.state != BATCH_ALONE)
        failed = batch_source_open(&batch->source, input->repository, input->sources, input->source_count,
                                   input->base, &err);
    if (failed == 0 && batch->machine.state == BATCH_SIFT)
        failed = batch_check_count(batch, &err);
    batch->lanes = lanes_start(&lanes);
    if (failed == 0)
        return;
    batch_fail(batch, &err);
    lanes_cancel(batch->lanes, err.message);
}

struct batch *batch_start(const struct batch_input *input)
{
    struct batch *batch = MEMORY_NEW(struct batch);
    batch->input = *input;
    sift_start(&batch->sift, input->roster);
    machine_init(&batch->machine, batch_states, BATCH_STATES, BATCH_SIFT);
    batch_run(batch);
    return batch;
}

void batch_cancel(struct batch *batch, const char *reason)
{
    struct err err;
    (void)err_set(&err, ERR_CANCELLED, "%s", reason);
    batch_fail(batch, &err);
    if (batch->lanes)
        lanes_cancel(batch->lanes, reason);
}
