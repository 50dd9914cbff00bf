/* `cupel apply ID`: the commit that only a valid, fresh approval allows. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/commands/desk.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/report.h"
#include "orchestrator/signoff/branch.h"

#include <stdio.h>

static cJSON *apply_describe(const struct desk *desk, const char *branch, const char *commit)
{
    cJSON *object = cJSON_CreateObject();
    member_add_string(object, "branch", branch);
    member_add_string(object, "commit", commit);
    member_add_string(object, "parent", desk->standing.tip_hex);
    member_add_string(object, "report", desk->review.subject.report);
    return object;
}

static void apply_print(const struct desk *desk, const char *branch, const git_oid *commit)
{
    char hex[GIT_OID_HEXSZ + 1];
    git_oid_tostr(hex, sizeof hex, commit);
    if (!cli_flag(desk->arguments, CLI_OPTION_JSON)) {
        printf("Branch %s is commit %s on top of %s (%.12s), %s.\nNothing else was touched and nothing was "
               "pushed. To take it: git merge %s\n",
               branch, hex, desk->standing.trust_ref, desk->standing.tip_hex,
               text_string(&desk->review.ruling.words), branch);
        return;
    }
    cJSON *object = apply_describe(desk, branch, hex);
    output_print_view(object, "json");
    cJSON_Delete(object);
}

/* For whoever asks later why the branch is there. */
static int apply_record(const struct desk *desk, const char *branch, const git_oid *commit, struct err *err)
{
    cleanup_text struct text body = {0};
    char hex[GIT_OID_HEXSZ + 1];
    git_oid_tostr(hex, sizeof hex, commit);
    cJSON *note = cJSON_CreateObject();
    cJSON_AddItemToObject(note, "applied", apply_describe(desk, branch, hex));
    int code = report_canonicalise(note, &body, err);
    cJSON_Delete(note);
    if (code == 0)
        code = desk_record(desk, LEDGER_NOTE, text_string(&body), NULL, err);
    return code < 0 ? err_wrap(err, "the branch %s is made, but the ledger did not note it", branch) : 0;
}

static int apply_on_desk(struct desk *desk, struct err *err)
{
    struct review *review = &desk->review;
    const char *named = cli_option(desk->arguments, CLI_OPTION_BRANCH);
    cleanup_free char *branch =
        named ? memory_copy_string(named) : memory_format("cupel/%s", review->subject.id);
    struct person person = {0};
    git_oid commit;
    bool found = false;
    if (review->ruling.state != RULING_APPROVED) {
        fprintf(stderr, "cupel: not applied; %s: %s\n", ruling_state_name(review->ruling.state),
                text_string(&review->ruling.words));
        return review->ruling.exit_status;
    }
    const struct person_request who = {.repository = repository_path(desk->session.repository),
                                       .mail = cli_option(desk->arguments, CLI_OPTION_SIGNER)};
    const struct branch_request request = {.standing = &desk->standing,
                                           .review = review,
                                           .document = desk->document,
                                           .person = &person,
                                           .name = branch};
    int code =
        review_find_tree(review, &desk->standing, cli_option(desk->arguments, CLI_OPTION_PATCH), &found, err);
    if (code == 0 && !found)
        code = err_set(err, ERR_INVALID, "the patch of this report is not here; name it with --patch FILE");
    if (code == 0)
        code = person_find(&person, &who, err);
    if (code == 0)
        code = branch_make(&request, &commit, err);
    if (code == 0)
        code = apply_record(desk, branch, &commit, err);
    if (code == 0)
        apply_print(desk, branch, &commit);
    person_fini(&person);
    return code;
}

int command_apply(const struct cli_arguments *arguments)
{
    return desk_run(arguments, apply_on_desk);
}
