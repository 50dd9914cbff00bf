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
#include "orchestrator/batch/past.h"
#include "orchestrator/batch/source.h"
#include "orchestrator/job.h"
#include "orchestrator/lanes.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Proposals that are sifted at once. Most of that time is waiting for the disk that takes a stage, and those
 * that wait together are committed together. */
#define BATCH_SIFTED 16

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
    void *seen;                  /* ids of candidates whose sift is recorded: a tsearch(3) tree of strings */
    size_t sweeping;             /* tickets whose folder is being removed */
    bool through;                /* the lanes are */
    struct err err;
};

/* One evaluation under way, with what it borrows. */
struct ticket {
    struct batch *batch;
    size_t index;                  /* in the roster; BATCH_BASE */
    struct proposal proposal;      /* of a candidate */
    struct repository *repository; /* a handle of its own: its objects in memory go with it */
    struct claim claim;
    bool same;                      /* in the sift: another of the same id came before */
    char commit[GIT_OID_HEXSZ + 1]; /* base's, for BATCH_BASE */
    char *keep;                     /* folder; NULL: keeps nothing */
    struct past_stages past;        /* what was finished before */
    struct evaluation_recall recall;
    struct job job; /* removes `keep` */
};

static void batch_run(struct batch *batch);

static int batch_compare_ids(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void batch_fail(struct batch *batch, const struct err *err)
{
    if (batch->err.code == 0)
        batch->err = *err;
}

static void batch_free_ticket(struct ticket *ticket)
{
    proposal_fini(&ticket->proposal);
    if (ticket->repository)
        repository_close(ticket->repository);
    past_stages_fini(&ticket->past);
    free(ticket->keep);
    free(ticket);
}

/* A patch names no base of its own: HEAD, as it was when the batch began. */
static void batch_pin_base(const struct batch *batch, struct proposal *proposal)
{
    if (proposal->request.kind == CANDIDATE_PATCH && !proposal->request.base)
        proposal->request.base = batch->input.pinned_base;
}

static int batch_ticket(struct batch *batch, size_t index, struct ticket **out, struct err *err)
{
    struct ticket *ticket = MEMORY_NEW(struct ticket);
    ticket->batch = batch;
    ticket->index = index;
    if (repository_open(&ticket->repository, repository_path(batch->input.repository), err) < 0) {
        batch_free_ticket(ticket);
        return err->code;
    }
    *out = ticket;
    return 0;
}

static void batch_fill(const struct ticket *ticket, struct evaluation_input *input)
{
    *input = *ticket->batch->input.common;
    input->repository = ticket->repository;
    input->family_size = ticket->batch->family;
}

/* A folder for what this evaluation leaves, and what an earlier process left there. */
static int batch_recall(struct ticket *ticket, const char *id, struct evaluation_input *input,
                        struct err *err)
{
    struct batch *batch = ticket->batch;
    ticket->keep = memory_format("%s/%s", batch->input.keep, id);
    if (folder_make(ticket->keep, 0755, err) < 0 ||
        past_read_stages(batch->input.ledger, batch->input.id, id, &ticket->past, err) < 0)
        return err->code;
    input->keep = ticket->keep;
    if (!ticket->past.known)
        return 0;
    ticket->recall = (struct evaluation_recall){&ticket->past.evidence, &ticket->past.kept};
    input->recall = &ticket->recall;
    return 0;
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
        bool wanted = entry->state == ROSTER_UNREAD;
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
    if (batch_ticket(batch, index, &ticket, err) < 0) {
        proposal_fini(&proposal);
        return err->code;
    }
    ticket->proposal = proposal;
    batch_pin_base(batch, &ticket->proposal);
    ticket->claim = (struct claim){proposal.model, proposal.rationale, proposal.claim};
    batch_fill(ticket, input);
    input->request = &ticket->proposal.request;
    input->claim = &ticket->claim;
    input->known_base = batch->known;
    input->dry_run = batch->machine.state == BATCH_SIFT;
    *out = ticket;
    if (input->dry_run)
        return 1;
    if (batch_recall(ticket, batch->input.roster->entries[index].id, input, err) == 0)
        return 1;
    batch_free_ticket(ticket);
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
    if (batch_ticket(batch, BATCH_BASE, &ticket, err) < 0)
        return err->code;
    batch->alone_started = true;
    git_oid_tostr(ticket->commit, sizeof ticket->commit, &group->base_commit);
    git_oid_tostr(tree, sizeof tree, &group->base_tree);
    cleanup_free char *id = memory_format("base-%s", tree);
    batch_fill(ticket, input);
    input->base = ticket->commit;
    input->answers_only = true;
    *out = ticket;
    if (batch_recall(ticket, id, input, err) == 0)
        return 1;
    batch_free_ticket(ticket);
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

/* The same change proposed twice has the same id, and its stages are recorded once. */
static bool batch_has_seen(struct batch *batch, const char *id)
{
    if (tfind(id, &batch->seen, batch_compare_ids))
        return true;
    if (!tsearch(memory_copy_string(id), &batch->seen, batch_compare_ids))
        abort();
    return false;
}

static void batch_record_candidate(struct ticket *ticket, const struct evaluation *evaluation)
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    char id[JOURNAL_NAME_MAX];
    journal_name(ticket->batch->input.journal, evaluation, id);
    journal_candidate(ticket->batch->input.journal, id, evidence->candidate_tree,
                      journal_candidate_body(evidence, ticket->index, ticket->proposal.id));
    ticket->same = batch_has_seen(ticket->batch, id);
}

/* Killed between its intake and its screen, a candidate is known, and maybe its intake, too (*again). */
static int batch_begin_candidate(struct ticket *ticket, const struct evaluation *evaluation, bool *again,
                                 struct err *err)
{
    const struct batch_input *input = &ticket->batch->input;
    const char *id = roster_at(input->roster, ticket->index)->id;
    cJSON *body = NULL;
    if (!*id) {
        batch_record_candidate(ticket, evaluation);
        return 0;
    }
    ticket->same = batch_has_seen(ticket->batch, id);
    if (past_read_evidence(input->ledger, input->id, id, false, &body, err) < 0)
        return err->code;
    *again = body != NULL;
    cJSON_Delete(body);
    return 0;
}

/* A branch that moved, or a file that was edited, between the sift and now is another candidate. */
static int batch_check_same(const struct ticket *ticket, const struct evaluation *evaluation, struct err *err)
{
    const struct roster_entry *entry = &ticket->batch->input.roster->entries[ticket->index];
    const struct evidence *evidence = evaluation_evidence(evaluation);
    git_oid tree = {0};
    if (evidence->candidate_tree)
        (void)git_oid_fromstr(&tree, evidence->candidate_tree);
    if (git_oid_equal(&tree, &entry->tree))
        return 0;
    return err_set(
        err, ERR_INVALID,
        "%s changed while the batch ran: it no longer gives the tree that it gave when it was read",
        ticket->proposal.source);
}

static void batch_on_stage(void *data, void *candidate, struct evaluation *evaluation, enum stage stage)
{
    struct batch *batch = data;
    struct ticket *ticket = candidate;
    struct err err = {0};
    bool sift = batch->machine.state == BATCH_SIFT;
    bool again = !sift && ticket->index != BATCH_BASE && stage <= STAGE_SCREEN;
    if (sift && stage == STAGE_INTAKE && batch_begin_candidate(ticket, evaluation, &again, &err) < 0) {
        evaluation_go_on(evaluation, &err);
        return;
    }
    again = again || ticket->same || (ticket->past.known && stage <= STAGE_WORKTREES);
    if (!again) {
        journal_stage(batch->input.journal, evaluation, stage);
        return;
    }
    if (stage == STAGE_INTAKE && !sift && ticket->index != BATCH_BASE)
        (void)batch_check_same(ticket, evaluation, &err);
    evaluation_go_on(evaluation, &err);
}

static void batch_on_progress(void *data, void *candidate, const struct evaluation_progress *step)
{
    struct batch *batch = data;
    const struct ticket *ticket = candidate;
    if (batch->input.progress)
        batch->input.progress(batch->input.data, ticket->index, step);
}

static void batch_note_sifted(struct batch *batch, const struct ticket *ticket,
                              const struct evaluation *evaluation)
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    struct roster_entry *entry = roster_at(batch->input.roster, ticket->index);
    char id[JOURNAL_NAME_MAX];
    journal_name(batch->input.journal, evaluation, id);
    roster_note(entry, ticket->proposal.id, id, evidence);
}

static void batch_sweep_done(void *data, const struct err *err);

static int batch_sweep_work(void *data, struct err *err)
{
    const struct ticket *ticket = data;
    return folder_remove(ticket->keep, err);
}

/* What an evaluation kept is of no use behind its end. */
static void batch_sweep(struct ticket *ticket)
{
    ticket->batch->sweeping++;
    job_start(&ticket->job, ticket->batch->input.common->loop, batch_sweep_work, batch_sweep_done, ticket);
}

static void batch_end_candidate(struct ticket *ticket, const struct evaluation *evaluation,
                                const struct err *err)
{
    struct batch *batch = ticket->batch;
    struct roster_entry *entry = &batch->input.roster->entries[ticket->index];
    if (err->code == ERR_CANCELLED) {
        batch_free_ticket(ticket);
        return;
    }
    if (err->code == 0)
        entry->state = ROSTER_SETTLED;
    else
        roster_fail(entry, err->message);
    if (err->code != 0)
        journal_error(batch->input.journal, evaluation);
    batch_sweep(ticket);
}

/* Nothing can be said about its candidates. Where all stand on it, the configuration is at fault. */
static void batch_lose_base(struct batch *batch, const struct err *err)
{
    const struct roster_group *group = &batch->groups[batch->group];
    struct roster *roster = batch->input.roster;
    if (batch->group_count == 1 || err->code == ERR_CANCELLED) {
        batch_fail(batch, err);
        return;
    }
    for (size_t i = 0; i < roster->count; i++)
        if (roster->entries[i].state == ROSTER_READY &&
            git_oid_equal(&roster->entries[i].base_tree, &group->base_tree))
            roster_fail(&roster->entries[i], err->message);
}

static void batch_on_ended(void *data, void *candidate, struct evaluation *evaluation, const struct err *err)
{
    struct batch *batch = data;
    struct ticket *ticket = candidate;
    int state = batch->machine.state;
    if (state == BATCH_SIFT && err->code != 0) {
        batch_fail(batch, err);
        lanes_cancel(batch->lanes, "another candidate's error ends the batch");
    } else if (state == BATCH_SIFT) {
        batch_note_sifted(batch, ticket, evaluation);
    } else if (ticket->index == BATCH_BASE && err->code == 0) {
        batch->known = evaluation_take_base(evaluation);
    } else if (ticket->index == BATCH_BASE) {
        batch_lose_base(batch, err);
    }
    if (batch->input.ended)
        batch->input.ended(batch->input.data, ticket->index, evaluation, err);
    if (state == BATCH_SIFT || ticket->index == BATCH_BASE)
        batch_free_ticket(ticket);
    else
        batch_end_candidate(ticket, evaluation, err);
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
    if (batch->machine.state == BATCH_GROUP)
        known_base_free(STEAL(batch->known));
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
    if (!batch->through || batch->sweeping > 0)
        return;
    batch->through = false;
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
    tdestroy(batch->seen, free);
    batch->input.done(batch->input.data, &batch->err);
    free(batch);
}

static void batch_sweep_done(void *data, const struct err *err)
{
    struct ticket *ticket = data;
    struct batch *batch = ticket->batch;
    (void)err; /* what can't be removed now is removed with the batch's folder */
    batch->sweeping--;
    batch_free_ticket(ticket);
    batch_go_on(batch);
}

static void batch_on_lanes_done(void *data, const struct err *err)
{
    struct batch *batch = data;
    batch->lanes = NULL;
    batch->through = true;
    if (err->code != 0)
        batch_fail(batch, err);
    batch_go_on(batch);
}

/* One run of the lanes for the state that the machine stands in. */
static void batch_run(struct batch *batch)
{
    const struct batch_input *input = &batch->input;
    bool sift = batch->machine.state == BATCH_SIFT;
    const struct lanes_input lanes = {
        .loop = input->common->loop,
        .token = input->token,
        .active = sift ? BATCH_SIFTED : input->active,
        .alive = sift ? BATCH_SIFTED : input->alive,
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
    for (size_t i = 0; i < input->roster->count; i++)
        if (input->roster->entries[i].state != ROSTER_UNREAD)
            (void)batch_has_seen(batch, input->roster->entries[i].id);
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
