/* `cupel reproduce`: one finding of a report, asked again of base and candidate in sandboxes of their own. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/commands/single.h"
#include "orchestrator/replay/replay.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/store.h"
#include "orchestrator/signoff/kept.h"
#include "orchestrator/signoff/subject.h"
#include "policies/verdict.h"

#include <stdio.h>
#include <string.h>

#define REPRODUCE_INPUT_BYTES ((size_t)64 << 20)

struct reproduce {
    const struct cli_arguments *arguments; /* borrowed */
    struct session session;
    cJSON *document; /* canonical report; owned */
    struct subject subject;
    struct replay_finding finding; /* borrows from the document */
    bool from_commit;              /* the candidate is a commit that is here; else */
    char *patch;                   /* of the candidate; owned */
    size_t patch_length;           /* of it */
    struct evaluation_replay replay;
    struct single single;
};

static int reproduce_load(struct reproduce *reproduce, struct err *err)
{
    cleanup_free char *folder = output_reports_folder(reproduce->session.state);
    cleanup_free char *id = NULL;
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct digest digest;
    if (store_find(folder, reproduce->arguments->positional[0], &id, &bytes, &length, err) < 0)
        return err->code;
    if (report_view_parse(bytes, length, &reproduce->document, &digest, err) < 0 ||
        subject_read(&reproduce->subject, reproduce->document, &digest, err) < 0)
        return err_wrap(err, "stored report %s", id);
    return replay_choose(reproduce->document, reproduce->arguments->positional[1], &reproduce->finding, err);
}

/* A commit holds what no patch does: binary files. */
static bool reproduce_has_commit(const struct reproduce *reproduce)
{
    const struct subject *subject = &reproduce->subject;
    git_oid commit, tree;
    char hex[GIT_OID_HEXSZ + 1];
    struct err gone = {0};
    return subject->candidate_commit &&
           repository_resolve_commit(reproduce->session.repository, subject->candidate_commit, &commit, &tree,
                                     &gone) == 0 &&
           strcmp(git_oid_tostr(hex, sizeof hex, &tree), subject->candidate_tree) == 0;
}

/*
 * The candidate's commit, the patch as it was evaluated, or the file that is said to be it; whether it is
 * shows when it is applied.
 */
static int reproduce_find_candidate(struct reproduce *reproduce, struct err *err)
{
    const char *file = cli_option(reproduce->arguments, CLI_OPTION_PATCH);
    const char *digest = strchr(reproduce->subject.patch, ':') + 1;
    struct err missing = {0};
    if (!reproduce->subject.candidate_tree)
        return err_set(err, ERR_INVALID, "the candidate of report %s did not apply: there is nothing to ask",
                       reproduce->subject.id);
    reproduce->from_commit = !file && reproduce_has_commit(reproduce);
    if (reproduce->from_commit)
        return 0;
    if (file)
        return folder_read_file(file, REPRODUCE_INPUT_BYTES, &reproduce->patch, &reproduce->patch_length,
                                err);
    if (kept_read(reproduce->session.state, digest, &reproduce->patch, &reproduce->patch_length, &missing) ==
        0)
        return 0;
    return err_set(
        err, ERR_NOT_FOUND,
        "the patch of report %s is not kept here (%s); give it with --patch FILE, or ask where the "
        "report was made",
        reproduce->subject.id, missing.message);
}

/* What is to be asked: of --input, of the report, or the finding's own sample. */
static int reproduce_find_input(struct reproduce *reproduce, struct err *err)
{
    const char *file = cli_option(reproduce->arguments, CLI_OPTION_INPUT);
    const struct replay_finding *finding = &reproduce->finding;
    size_t length = 0;
    reproduce->replay = (struct evaluation_replay){.name = "the input"};
    if (file) {
        reproduce->replay.name = file;
        if (folder_read_file(file, REPRODUCE_INPUT_BYTES, &reproduce->replay.line, &length, err) < 0)
            return err->code;
        while (length > 0 && strchr(" \t\r\n", reproduce->replay.line[length - 1]))
            reproduce->replay.line[--length] = '\0';
        return 0;
    }
    if (finding->request) {
        reproduce->replay.line = memory_copy_string(finding->request);
        return 0;
    }
    if (samples_is_held_out(finding->sample))
        return err_set(
            err, ERR_INVALID,
            "finding %zu is of a held-out sample, which is shown to nobody; give what is to be asked "
            "with --input FILE",
            finding->number);
    reproduce->replay.sample = finding->sample;
    return 0;
}

static void reproduce_note_configuration(const struct reproduce *reproduce)
{
    char hex[DIGEST_HEX];
    digest_to_hex(&evaluation_configuration(reproduce->single.evaluation)->digest, hex);
    if (strcmp(hex, strchr(reproduce->subject.configuration, ':') + 1) != 0)
        fprintf(stderr,
                "cupel: note: the configuration is no longer the one that the report was made with\n");
}

/* The candidate is that of the report, and got as far as answering. NULL: it did; else why not, owned. */
static char *reproduce_find_problem(const struct evidence *evidence)
{
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        const struct stage_record *record = &evidence->stages[stage];
        if (record->outcome == STAGE_FAILED)
            return memory_format("the candidate did not get past the stage \"%s\": %s",
                                 stage_name((enum stage)stage),
                                 record->sentence ? record->sentence : "the policy refuses it");
    }
    if (evidence->identical)
        return memory_format("nothing was asked: %s", evidence->identical_why ? evidence->identical_why : "");
    return NULL;
}

/* The exit status, or a negative code. */
static int reproduce_print(const struct reproduce *reproduce, struct err *err)
{
    const struct evidence *evidence = evaluation_evidence(reproduce->single.evaluation);
    static const struct contract_summary nothing = {0};
    cleanup_free char *problem = reproduce_find_problem(evidence);
    cleanup_text struct text out = {0};
    const struct replay replay = {
        .report = reproduce->subject.id,
        .finding = reproduce->finding,
        .input = reproduce->replay.line,
        .summary = evidence->workload_count > 0 ? &evidence->workloads[0].contract : &nothing,
        .problem = problem,
    };
    cJSON *document = NULL;
    if (cli_flag(reproduce->arguments, CLI_OPTION_JSON))
        document = replay_build(&replay);
    else
        replay_format(&replay, output_has_color(), output_width(), &out);
    if (output_result(document, &out, err) < 0)
        return err->code;
    return replay_is_reproduced(&replay) ? 0 : verdict_exit_status(VERDICT_CONTRACT_BROKEN);
}

static int reproduce_evaluate(struct reproduce *reproduce, struct err *err)
{
    const struct cli_arguments *arguments = reproduce->arguments;
    cleanup_free char *workload = memory_copy_string(reproduce->finding.workload);
    char *only[] = {workload, NULL};
    const struct intake_request request = {
        .name = reproduce->from_commit ? reproduce->subject.candidate_commit : "the patch of the report",
        .kind = reproduce->from_commit ? CANDIDATE_COMMIT : CANDIDATE_PATCH,
        .base = reproduce->subject.base_commit,
        .bytes = reproduce->patch,
        .length = reproduce->patch_length,
    };
    struct evaluation_input input = {
        .request = &request, .base = request.base, .only = only, .replay = &reproduce->replay};
    if (cli_number(arguments, CLI_OPTION_TIMEOUT, &input.timeout_s, err) < 0 ||
        single_evaluate(&reproduce->single, &reproduce->session, NULL, &input, err) < 0)
        return err->code;
    const char *tree = evaluation_evidence(reproduce->single.evaluation)->candidate_tree;
    if (!tree || strcmp(tree, reproduce->subject.candidate_tree) != 0)
        return err_set(err, ERR_INVALID, "the patch is not the one that report %s is about",
                       reproduce->subject.id);
    reproduce_note_configuration(reproduce);
    return reproduce_print(reproduce, err);
}

static int reproduce_run(struct reproduce *reproduce, struct err *err)
{
    const struct cli_arguments *arguments = reproduce->arguments;
    if (session_open(&reproduce->session, cli_option(arguments, CLI_OPTION_REPO),
                     cli_option(arguments, CLI_OPTION_CONFIG), cli_flag(arguments, CLI_OPTION_QUIET),
                     err) < 0 ||
        reproduce_load(reproduce, err) < 0 || reproduce_find_candidate(reproduce, err) < 0 ||
        reproduce_find_input(reproduce, err) < 0)
        return err->code;
    return reproduce_evaluate(reproduce, err);
}

int command_reproduce(const struct cli_arguments *arguments)
{
    struct reproduce reproduce = {.arguments = arguments};
    struct err err = {0};
    int status = reproduce_run(&reproduce, &err);
    if (status < 0)
        status = session_fail(&reproduce.session, &err);
    single_fini(&reproduce.single);
    subject_fini(&reproduce.subject);
    cJSON_Delete(reproduce.document);
    free(reproduce.patch);
    free(reproduce.replay.line);
    session_close(&reproduce.session);
    return status;
}
