#include "orchestrator/batch/sift.h"

#include "base/memory.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int sift_compare(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* The same change proposed twice has the same id, and its stages are recorded once. */
static bool sift_has_seen(struct sift *sift, const char *id)
{
    if (tfind(id, &sift->seen, sift_compare))
        return true;
    if (!tsearch(memory_copy_string(id), &sift->seen, sift_compare))
        abort();
    return false;
}

void sift_start(struct sift *sift, const struct roster *roster)
{
    *sift = (struct sift){0};
    for (size_t i = 0; i < roster->count; i++)
        if (roster->entries[i].state != ROSTER_UNREAD)
            (void)sift_has_seen(sift, roster->entries[i].id);
}

void sift_fini(struct sift *sift)
{
    tdestroy(sift->seen, free);
    *sift = (struct sift){0};
}

void sift_enter(struct sift *sift, struct ticket *ticket)
{
    ticket->turn = sift->turns++;
}

void sift_hold(struct sift *sift, struct ticket *ticket, struct evaluation *evaluation)
{
    assert(sift->held_count < SIFT_ACTIVE);
    ticket->evaluation = evaluation;
    sift->held[sift->held_count++] = ticket;
}

struct ticket *sift_next(struct sift *sift)
{
    for (size_t i = 0; i < sift->held_count; i++) {
        struct ticket *ticket = sift->held[i];
        if (ticket->turn != sift->admitted && !sift->unordered)
            continue;
        sift->held[i] = sift->held[--sift->held_count];
        ticket->admitted = true;
        sift->admitted++;
        return ticket;
    }
    return NULL;
}

void sift_leave(struct sift *sift, const struct ticket *ticket)
{
    sift->unordered = sift->unordered || !ticket->admitted;
}

static void sift_record(struct sift *sift, struct ticket *ticket, const struct evaluation *evaluation)
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    char id[JOURNAL_NAME_MAX];
    journal_name(ticket->input->journal, evaluation, id);
    journal_candidate(ticket->input->journal, id, evidence->candidate_tree,
                      journal_candidate_body(evidence, ticket->index, ticket->proposal.id));
    ticket->same = sift_has_seen(sift, id);
}

/* Killed between its intake and its screen, a candidate is known, and maybe its intake, too. */
int sift_begin(struct sift *sift, struct ticket *ticket, const struct evaluation *evaluation, bool *again,
               struct err *err)
{
    const struct batch_input *input = ticket->input;
    const char *id = roster_at(input->roster, ticket->index)->id;
    cJSON *body = NULL;
    if (!*id) {
        sift_record(sift, ticket, evaluation);
        return 0;
    }
    if (ticket_check_same(ticket, evaluation, err) < 0)
        return err->code;
    *again = ticket->settled;
    if (ticket->settled)
        return 0;
    ticket->same = sift_has_seen(sift, id);
    if (past_read_evidence(input->ledger, input->id, id, false, &body, err) < 0)
        return err->code;
    *again = body != NULL;
    cJSON_Delete(body);
    return 0;
}

void sift_note(const struct ticket *ticket, const struct evaluation *evaluation)
{
    struct roster_entry *entry = roster_at(ticket->input->roster, ticket->index);
    char id[JOURNAL_NAME_MAX];
    journal_name(ticket->input->journal, evaluation, id);
    roster_note(entry, ticket->proposal.id, id, evaluation_evidence(evaluation));
}
