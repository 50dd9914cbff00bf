/* `cupel sign ID`: shows the report, asks the person, signs their decision with their own key, keeps it. */
#include "orchestrator/commands/commands.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/commands/desk.h"
#include "orchestrator/commands/output.h"
#include "orchestrator/ledger/checkpoint.h"
#include "orchestrator/recheck/recheck.h"
#include "orchestrator/report/report.h"
#include "orchestrator/signoff/challenge.h"
#include "orchestrator/signoff/kept.h"
#include "orchestrator/signoff/person.h"
#include "orchestrator/signoff/refs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SIGN_DAYS_DEFAULT 30
#define SIGN_DAY_S        86400

/* A decision in the making. */
struct signing {
    struct desk *desk;
    struct person person;
    struct statement statement;               /* borrows everything: never statement_fini() it */
    char *issued, *expires;                   /* owned, lent to the statement */
    char *ledger;                             /* likewise, or NULL */
    struct text envelope;                     /* signed */
    char fingerprint[SSHSIG_FINGERPRINT_MAX]; /* of the key that signed */
};

/* Nobody approves what does not follow from the report's own data. Wording may differ between versions. */
static int sign_recheck(const struct desk *desk, struct err *err)
{
    cleanup_text struct text canonical = {0};
    struct recheck recheck;
    if (report_canonicalise(desk->document, &canonical, err) < 0 ||
        recheck_report(&recheck, "report", canonical.data, canonical.length, err) < 0)
        return err_wrap(err, "this report can't be approved");
    const struct recheck_candidate *candidate = &recheck.candidates[0];
    const struct differences *differences = &candidate->differences;
    bool ours = candidate->made_by && strcmp(candidate->made_by, CUPEL_VERSION) == 0;
    int code = 0;
    if (candidate->said != candidate->verdict)
        code = err_set(err, ERR_INVALID,
                       "this report can't be approved: it says %s, and its own data say %s; it was forged",
                       verdict_name(candidate->said), verdict_name(candidate->verdict));
    else if (ours && differences->count > 0)
        code = err_set(
            err, ERR_INVALID,
            "this report can't be approved: %s in it does not follow from its own data; it was forged",
            differences->rows[0].pointer);
    recheck_fini(&recheck);
    return code;
}

/* 0 where the decision may be made, an exit status where the answer is known already. */
static int sign_may(const struct signing *signing, struct err *err)
{
    const struct desk *desk = signing->desk;
    const struct ruling *ruling = &desk->review.ruling;
    const char *reason = cli_option(desk->arguments, CLI_OPTION_REASON);
    if (reason && strlen(reason) > STATEMENT_REASON_MAX)
        return err_set(err, ERR_LIMIT, "--reason has more than %d bytes", STATEMENT_REASON_MAX);
    if (cli_flag(desk->arguments, CLI_OPTION_REJECT))
        return reason ? 0 : err_set(err, ERR_INVALID, "--reject needs --reason TEXT, for whoever wrote it");
    if (ruling->state == RULING_REFUSED)
        fprintf(stderr, "cupel: %s; it can only be rejected: --reject --reason TEXT\n",
                text_string(&ruling->words));
    /* A stale report can't be approved; a stale decision on a fresh one is replaced by signing again. */
    struct ruling fresh;
    ruling_make(&fresh, &desk->review.subject, &desk->review.now, NULL, 0);
    int status = fresh.state == RULING_AWAITING ? 0 : fresh.exit_status;
    if (fresh.state == RULING_STALE)
        fprintf(stderr, "cupel: not signed: %s\n", text_string(&fresh.words));
    ruling_fini(&fresh);
    return status == 0 ? sign_recheck(desk, err) : status;
}

static int sign_check_person(const struct signing *signing, struct err *err)
{
    const char *const names[] = {signing->person.mail, NULL};
    const char *excluded = ruling_excludes(&signing->desk->review.now, names);
    if (signing->desk->standing.signers_why)
        return err_set(err, ERR_INVALID, "nobody may sign here yet: %s", signing->desk->standing.signers_why);
    if (excluded && signing->statement.approve)
        return err_set(err, ERR_INVALID, "the approval of %s would not count: it %s; somebody else must sign",
                       signing->person.mail, excluded);
    return 0;
}

static void sign_fill(struct signing *signing)
{
    struct desk *desk = signing->desk;
    const struct configuration *configuration = desk->standing.configuration;
    int64_t days = configuration ? configuration->policy.sign_off.expires_days : SIGN_DAYS_DEFAULT;
    int64_t now = (int64_t)time(NULL);
    const char *reason = cli_option(desk->arguments, CLI_OPTION_REASON);
    signing->issued = statement_format_time(now);
    signing->expires = statement_format_time(now + days * SIGN_DAY_S);
    signing->ledger = desk->is_ours ? review_ledger_name(desk->session.state) : NULL;
    signing->statement = (struct statement){
        .subject = desk->review.subject,
        .repository_root = desk->standing.root,
        .repository_name = desk->session.settings.repository,
        .trust_ref = desk->standing.trust_ref,
        .trust_commit = desk->standing.tip_hex,
        .signer = signing->person.mail,
        .approve = !cli_flag(desk->arguments, CLI_OPTION_REJECT),
        .reason = (char *)(uintptr_t)reason,
        .issued = signing->issued,
        .expires = signing->expires,
        .issued_s = now,
        .expires_s = now + days * SIGN_DAY_S,
        .ledger = signing->ledger,
    };
}

static void sign_show(const struct signing *signing)
{
    const struct desk *desk = signing->desk;
    const char *state = ruling_view_state(&desk->review.ruling);
    cleanup_text struct text reason = {0}, trust = {0};
    cJSON *view = report_view(desk->document, &desk->digest, 1, state);
    output_print_view(view, NULL);
    cJSON_Delete(view);
    printf("\nYou, %s, are about to %s this report.\n  Report   %s\n", signing->person.mail,
           signing->statement.approve ? "APPROVE" : "REJECT", desk->review.subject.report);
    cleanup_free char *patch = kept_path(desk->session.state, desk->review.subject.patch + strlen("sha256:"));
    if (patch)
        printf("  Patch    %s\n", patch);
    report_escape_terminal(&trust, desk->standing.trust_ref, STATEMENT_REASON_MAX);
    printf("  Base     %.12s, to be merged into %s (%.12s)\n", desk->review.subject.base_commit,
           text_string(&trust), desk->standing.tip_hex);
    if (signing->statement.reason) {
        report_escape_terminal(&reason, signing->statement.reason, STATEMENT_REASON_MAX);
        printf("  Reason   %s\n", text_string(&reason));
    }
    printf("  Holds    until %s\n", signing->statement.expires);
    fflush(stdout);
}

static int sign_ask(const struct signing *signing, struct err *err)
{
    const char *given = cli_option(signing->desk->arguments, CLI_OPTION_DIGEST);
    const char *report = signing->desk->review.subject.report;
    return given ? challenge_check(report, given, err)
                 : challenge_ask(report, signing->statement.approve, &signing->desk->session.caught, err);
}

/* A signature that the gate won't take is told now, with the line that would make it count. */
static int sign_verify(struct signing *signing, struct err *err)
{
    struct standing *standing = &signing->desk->standing;
    struct envelope envelope;
    enum keygen_answer answer = KEYGEN_BAD;
    if (envelope_read(&envelope, "the new decision", signing->envelope.data, signing->envelope.length, err) <
        0)
        return err->code;
    memcpy(signing->fingerprint, envelope.sshsig.fingerprint, sizeof signing->fingerprint);
    const char *principal = signers_find(&standing->signers, envelope.sshsig.key, envelope.sshsig.key_length,
                                         signing->person.mail);
    int code = 0;
    if (!principal)
        code = err_set(
            err, ERR_INVALID,
            "key %s is not listed for %s among those who may sign (%s): name another with --key or "
            "--signer, or have \"%s\" and your public key added there",
            envelope.sshsig.fingerprint, signing->person.mail, standing->trust_ref, signing->person.mail);
    else
        code = keygen_verify(&standing->keygen, &envelope, principal, &answer, err);
    if (code == 0 && answer != KEYGEN_GOOD)
        code = err_set(err, ERR_INVALID, "key %s %s", envelope.sshsig.fingerprint,
                       answer == KEYGEN_REVOKED ? "was revoked; sign with another"
                                                : "does not verify here: its line may limit its time or use");
    cleanup_free const char **names =
        signers_names(&standing->signers, envelope.sshsig.key, envelope.sshsig.key_length);
    const char *excluded = ruling_excludes(&signing->desk->review.now, names);
    if (code == 0 && excluded && signing->statement.approve)
        code = err_set(err, ERR_INVALID, "this key's approval would not count: its owner %s", excluded);
    envelope_fini(&envelope);
    return code;
}

static int sign_make(struct signing *signing, const struct person_request *who, struct err *err)
{
    cleanup_text struct text bytes = {0};
    cleanup_free char *signature = NULL;
    if (statement_write(&signing->statement, &bytes, err) < 0 ||
        person_find_key(&signing->person, who, err) < 0 ||
        keygen_sign(&signing->desk->standing.keygen, signing->person.key, bytes.data, bytes.length,
                    &signature, err) < 0 ||
        envelope_write(&signing->statement, signature, &signing->envelope, err) < 0)
        return err->code;
    return sign_verify(signing, err);
}

/* What was done, and where it is now. */
static void sign_tell(const struct signing *signing, const char *ref, const char *remote,
                      const struct ledger_head *head)
{
    const struct desk *desk = signing->desk;
    const struct ruling *ruling = &desk->review.ruling;
    const char *out = cli_option(desk->arguments, CLI_OPTION_OUT);
    char checkpoint[CHECKPOINT_MAX];
    printf("\n%s by %s, with key %s.\n  Kept     %s\n", signing->statement.approve ? "Approved" : "Rejected",
           signing->person.mail, signing->fingerprint, ref);
    if (desk->is_ours) {
        checkpoint_format(head, checkpoint);
        printf("  Ledger   %s\n", checkpoint);
    }
    if (out)
        printf("  Written  %s\n", out);
    if (cli_flag(desk->arguments, CLI_OPTION_PUSH))
        printf("  Pushed   to %s\n", remote);
    printf("  Gate     %s%s%s\n", ruling_state_name(ruling->state),
           ruling->state == RULING_APPROVED ? "" : ": ",
           ruling->state == RULING_APPROVED ? "" : text_string(&ruling->words));
    if (ruling->state == RULING_APPROVED && desk->is_ours)
        printf("  Next     cupel apply %s\n", desk->review.subject.id);
}

static int sign_keep(struct signing *signing, struct err *err)
{
    struct desk *desk = signing->desk;
    struct ledger_head head = {0};
    const char *repository = repository_path(desk->session.repository);
    const char *out = cli_option(desk->arguments, CLI_OPTION_OUT);
    cleanup_free char *ref = refs_name(signing->statement.subject.report, signing->statement.signer);
    cleanup_free char *remote = refs_remote(repository);
    if (desk_record(desk, LEDGER_DECISION, text_string(&signing->envelope), &head, err) < 0)
        return err_wrap(err, "keep the decision");
    if (refs_write(repository, &signing->statement, &signing->envelope, err) < 0)
        return err->code;
    text_append_char(&signing->envelope, '\n');
    if (out && folder_replace_file(out, signing->envelope.data, signing->envelope.length, err) < 0)
        return err_wrap(err, "the decision is kept, but --out failed");
    if (cli_flag(desk->arguments, CLI_OPTION_PUSH) && refs_push(repository, remote, ref, err) < 0)
        return err_wrap(err, "the decision is kept here, but not pushed");
    if (desk_review(desk, err) < 0)
        return err->code;
    sign_tell(signing, ref, remote, &head);
    return 0;
}

static int sign_decide(struct signing *signing, struct err *err)
{
    struct desk *desk = signing->desk;
    const struct person_request who = {.repository = repository_path(desk->session.repository),
                                       .mail = cli_option(desk->arguments, CLI_OPTION_SIGNER),
                                       .key = cli_option(desk->arguments, CLI_OPTION_KEY),
                                       .folder = desk->standing.keygen.folder};
    int status = sign_may(signing, err);
    if (status != 0)
        return status;
    if (person_find(&signing->person, &who, err) < 0)
        return err->code;
    sign_fill(signing);
    if (sign_check_person(signing, err) < 0)
        return err->code;
    sign_show(signing);
    if (sign_ask(signing, err) < 0 || sign_make(signing, &who, err) < 0 || sign_keep(signing, err) < 0)
        return err->code;
    return 0;
}

static int sign_on_desk(struct desk *desk, struct err *err)
{
    struct signing signing = {.desk = desk};
    int status = sign_decide(&signing, err);
    person_fini(&signing.person);
    text_fini(&signing.envelope);
    free(signing.issued);
    free(signing.expires);
    free(signing.ledger);
    return status;
}

int command_sign(const struct cli_arguments *arguments)
{
    return desk_run(arguments, sign_on_desk);
}
