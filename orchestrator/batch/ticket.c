#include "orchestrator/batch/ticket.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <string.h>

void ticket_free(struct ticket *ticket)
{
    proposal_fini(&ticket->proposal);
    if (ticket->repository)
        repository_close(ticket->repository);
    past_stages_fini(&ticket->past);
    free(ticket->keep);
    free(ticket);
}

int ticket_open(struct batch *batch, const struct batch_input *input, size_t index, struct ticket **out,
                struct err *err)
{
    struct ticket *ticket = MEMORY_NEW(struct ticket);
    ticket->batch = batch;
    ticket->input = input;
    ticket->index = index;
    if (repository_open(&ticket->repository, repository_path(input->repository), err) < 0) {
        ticket_free(ticket);
        return err->code;
    }
    *out = ticket;
    return 0;
}

int ticket_recall(struct ticket *ticket, const char *id, struct evaluation_input *input, struct err *err)
{
    const struct batch_input *batch = ticket->input;
    ticket->keep = memory_format("%s/%s", batch->keep, id);
    if (folder_make(ticket->keep, 0755, err) < 0 ||
        past_read_stages(batch->ledger, batch->id, id, &ticket->past, err) < 0)
        return err->code;
    input->keep = ticket->keep;
    if (!ticket->past.known)
        return 0;
    ticket->recall = (struct evaluation_recall){&ticket->past.evidence, &ticket->past.kept};
    input->recall = &ticket->recall;
    return 0;
}

static bool ticket_is_tree(const git_oid *tree, const char *hex)
{
    git_oid now = {0};
    if (hex)
        (void)git_oid_fromstr(&now, hex);
    return git_oid_equal(&now, tree);
}

/* The id is made of the patch, both trees, the configuration and the policy. */
int ticket_check_same(const struct ticket *ticket, const struct evaluation *evaluation, struct err *err)
{
    const struct roster_entry *entry = &ticket->input->roster->entries[ticket->index];
    const struct evidence *evidence = evaluation_evidence(evaluation);
    cleanup_text struct text source = {0};
    char id[JOURNAL_NAME_MAX];
    journal_name(ticket->input->journal, evaluation, id);
    if (strcmp(id, entry->id) == 0)
        return 0;
    bool rules = ticket_is_tree(&entry->tree, evidence->candidate_tree) &&
                 ticket_is_tree(&entry->base_tree, evidence->base_tree) && evidence->candidate_tree;
    report_escape_terminal(&source, ticket->proposal.source, 200);
    if (ticket->proposal.line > 0)
        text_printf(&source, ":%u", ticket->proposal.line);
    if (rules)
        return err_set(
            err, ERR_INVALID,
            "%s: its patch, or the configuration or policy that it is judged by, changed since the "
            "batch began; put that back, or start the batch anew",
            text_string(&source));
    return err_set(
        err, ERR_INVALID,
        "%s changed since the batch began: it no longer gives the tree that it gave when it was read; "
        "put it back, or start the batch anew",
        text_string(&source));
}
