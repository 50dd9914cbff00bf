/* `cupel run`: one candidate in, one report out. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/commands/attribute.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/commands/single.h"
#include "orchestrator/report/store.h"
#include "policies/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATCH_BYTES ((size_t)64 << 20)

struct running {
    struct session session;
    struct journal_identity identity;
    struct single single;
};

/* All of standard input; ERR_LIMIT beyond the size that a patch may have. */
static int run_read_stdin(struct text *patch, struct err *err)
{
    char buffer[65536];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read the patch from standard input");
        if (got == 0)
            return 0;
        text_append(patch, buffer, (size_t)got);
        if (patch->length > PATCH_BYTES)
            return err_set(err, ERR_LIMIT, "the patch on standard input is longer than %zu bytes",
                           PATCH_BYTES);
    }
}

static int run_request(const struct cli_arguments *arguments, struct text *patch,
                       struct intake_request *request, struct err *err)
{
    *request = (struct intake_request){.base = cli_option(arguments, CLI_OPTION_BASE)};
    const char *as_patch = cli_option(arguments, CLI_OPTION_PATCH);
    const char *as_commit = cli_option(arguments, CLI_OPTION_COMMIT);
    size_t named = arguments->positional_count + (as_patch != NULL) + (as_commit != NULL);
    if (named != 1)
        return err_set(
            err, ERR_INVALID,
            "run takes exactly one CANDIDATE: a patch file, -, a commit, a branch or a range; or one of "
            "--patch FILE and --commit REVISION");
    request->name = as_patch ? as_patch : as_commit ? as_commit : arguments->positional[0];
    request->kind = as_patch ? CANDIDATE_PATCH : as_commit ? CANDIDATE_COMMIT : CANDIDATE_ANY;
    if (strcmp(request->name, "-") != 0 || as_commit)
        return 0;
    if (run_read_stdin(patch, err) < 0)
        return err->code;
    request->bytes = text_string(patch);
    request->length = patch->length;
    return 0;
}

/* "refused: cupel.json: …"; an empty path is left out. */
static void run_print_foreign(const char *label, const char *path, const char *sentence)
{
    cleanup_text struct text where = {0}, line = {0};
    report_escape_terminal(&where, path, 200);
    report_escape_terminal(&line, sentence, 500);
    printf("%s: %s%s%s\n", label, text_string(&where), where.length ? ": " : "", text_string(&line));
}

/* What a dry run found: it applies, what was repaired to read it, and what the screen says. */
static int run_print_dry(const struct evaluation *evaluation)
{
    const struct evidence *evidence = evaluation_evidence(evaluation);
    const struct configuration *configuration = evaluation_configuration(evaluation);
    cleanup_text struct text name = {0};
    report_escape_terminal(&name, evidence->candidate_name, 200);
    if (evidence->stages[STAGE_INTAKE].outcome == STAGE_FAILED) {
        cleanup_text struct text why = {0};
        report_escape_terminal(&why, evidence->stages[STAGE_INTAKE].sentence, 2000);
        printf("%s does not apply to %.12s: %s\n", text_string(&name), evidence->base_commit,
               text_string(&why));
        return verdict_exit_status(VERDICT_DOES_NOT_APPLY);
    }
    printf("%s applies to %.12s: %zu file%s, +%zu −%zu\n", text_string(&name), evidence->base_commit,
           evidence->files, evidence->files == 1 ? "" : "s", evidence->added, evidence->removed);
    for (size_t i = 0; evidence->patch_notes && evidence->patch_notes[i]; i++)
        run_print_foreign("note", "", evidence->patch_notes[i]);
    for (size_t i = 0; i < evidence->screen.refusal_count; i++)
        run_print_foreign("refused", evidence->screen.refusals[i].path,
                          evidence->screen.refusals[i].sentence);
    if (evidence->screen.refusal_count)
        return verdict_exit_status(VERDICT_REFUSED);
    if (evidence->identical) {
        puts("The trees are identical: nothing would be run.");
        return verdict_exit_status(VERDICT_NO_EFFECT);
    }
    printf("Would run: %zu prepare, %zu build and %zu test commands, then %zu workload%s, under policy "
           "\"%s\".\n",
           configuration->prepare.count, configuration->build.count, configuration->tests.count,
           evidence->workload_count ? evidence->workload_count : configuration->workload_count,
           configuration->workload_count == 1 ? "" : "s", configuration->policy.name);
    return 0;
}

/* With --attribute: what the parts carry, or NULL. The report is kept by now, and nothing here changes it. */
static cJSON *run_attribute(const struct running *running, const struct cli_arguments *arguments,
                            const struct attribute_input *attribute)
{
    struct err err = {0};
    cJSON *attribution = NULL;
    if (cli_flag(arguments, CLI_OPTION_ATTRIBUTE) && !running->session.caught &&
        attribute_candidate(attribute, &attribution, &err) < 0)
        fprintf(stderr, "cupel: no attribution: %s\n", err.message);
    return attribution;
}

/* Keeps and prints the report. Returns the exit status of the verdict, or of a failure in *err. */
static int run_report(struct running *running, const struct cli_arguments *arguments,
                      const struct evaluation_input *input, struct err *err)
{
    struct ledger *ledger;
    struct single_report report;
    if (ledger_open(&ledger, running->session.state, NULL, err) < 0)
        return err->code;
    int result = single_report(&running->single, &running->identity, ledger, &report, err);
    ledger_close(ledger);
    if (result == 0) {
        const struct attribute_input attribute = {.session = &running->session,
                                                  .identity = &running->identity,
                                                  .evaluation = running->single.evaluation,
                                                  .like = input,
                                                  .context = &report.context,
                                                  .report = report.document,
                                                  .report_digest = &report.digest,
                                                  .verdict = report.decision.verdict,
                                                  .quiet = cli_flag(arguments, CLI_OPTION_QUIET)};
        cJSON *attribution = run_attribute(running, arguments, &attribute);
        result = output_print(report.document, &report.digest, attribution, arguments, err);
    }
    int caught = running->session.caught;
    int status = caught ? 128 + caught : output_exit_status(report.decision.verdict, arguments);
    single_report_fini(&report);
    return result < 0 ? result : status;
}

/* Exit status, or a negative code with *err. */
static int run_candidate(struct running *running, const struct cli_arguments *arguments, struct text *patch,
                         struct err *err)
{
    struct session *session = &running->session;
    struct single *single = &running->single;
    struct intake_request request;
    if (session_open(session, cli_option(arguments, CLI_OPTION_REPO),
                     cli_option(arguments, CLI_OPTION_CONFIG), cli_flag(arguments, CLI_OPTION_QUIET),
                     err) < 0 ||
        run_request(arguments, patch, &request, err) < 0)
        return err->code;
    if (cli_flag(arguments, CLI_OPTION_DRY_RUN) &&
        (cli_flag(arguments, CLI_OPTION_JSON) || cli_option(arguments, CLI_OPTION_FORMAT)))
        return err_set(err, ERR_INVALID,
                       "--dry-run makes no report that --json or --format could show: its exit status is the "
                       "verdict's");
    struct evaluation_input input = {.request = &request,
                                     .base = request.base,
                                     .only = cli_options(arguments, CLI_OPTION_WORKLOAD),
                                     .dry_run = cli_flag(arguments, CLI_OPTION_DRY_RUN)};
    if (cli_number(arguments, CLI_OPTION_TIMEOUT, &input.timeout_s, err) < 0)
        return err->code;
    journal_identify(&running->identity);
    facts_find_calibration(&running->identity.facts, session->paths.state, &session->settings);
    int failed = single_evaluate(single, session, input.dry_run ? NULL : &running->identity, &input, err);
    if (failed == 0 && input.dry_run)
        return run_print_dry(single->evaluation);
    if (failed == 0)
        return run_report(running, arguments, &input, err);
    /* What is known is kept: a candidate that was read gets a report that says `error`. */
    struct err second = {0};
    if (single->evaluation && evaluation_configuration(single->evaluation) &&
        evaluation_evidence(single->evaluation)->candidate_name && !input.dry_run &&
        (err->code == ERR_SYSTEM || err->code == ERR_CANCELLED) &&
        run_report(running, arguments, &input, &second) < 0)
        fprintf(stderr, "cupel: and its report could not be kept: %s\n", second.message);
    return failed;
}

int command_run(const struct cli_arguments *arguments)
{
    struct running running = {0};
    struct err err = {0};
    cleanup_text struct text patch = {0};
    int status = run_candidate(&running, arguments, &patch, &err);
    if (status < 0)
        status = session_fail(&running.session, &err);
    single_fini(&running.single);
    session_close(&running.session);
    return status;
}
