/* `cupel gate ID`: is the human decision there, and does it still hold? Reads only. */
#include "orchestrator/commands/commands.h"

#include "orchestrator/commands/desk.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/report/member.h"

#include <stdio.h>

static void gate_print_json(const struct desk *desk)
{
    const struct review *review = &desk->review;
    cJSON *object = cJSON_CreateObject();
    member_add_string(object, "id", review->subject.id);
    member_add_string(object, "report", review->subject.report);
    member_add_string(object, "state", ruling_state_name(review->ruling.state));
    member_add_string(object, "reason", text_string(&review->ruling.words));
    member_add_number(object, "exit_status", review->ruling.exit_status);
    member_add_string(object, "trust_ref", desk->standing.trust_ref);
    member_add_string(object, "trust_commit", desk->standing.tip_hex);
    cJSON *approved = member_add_array(object, "approved_by");
    for (size_t i = 0; i < review->ruling.count; i++) {
        const struct vote *vote = &review->votes[review->ruling.counted[i]];
        cJSON *row = member_append_object(approved);
        member_add_string(row, "signer", vote->statement->signer);
        member_add_string(row, "key", vote->key);
        member_add_string(row, "issued", vote->statement->issued);
        member_add_string(row, "expires", vote->statement->expires);
    }
    output_print_view(object, "json");
    cJSON_Delete(object);
}

static int gate_on_desk(struct desk *desk, struct err *err)
{
    const struct ruling *ruling = &desk->review.ruling;
    if (cli_flag(desk->arguments, CLI_OPTION_JSON))
        gate_print_json(desk);
    else
        printf("%s: %s\n", ruling_state_name(ruling->state), text_string(&ruling->words));
    if (fflush(stdout) != 0)
        return err_set(err, ERR_SYSTEM, "the answer could not be printed");
    return ruling->exit_status;
}

int command_gate(const struct cli_arguments *arguments)
{
    return desk_run(arguments, gate_on_desk);
}
