#include "orchestrator/signoff/review.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/report/member.h"
#include "orchestrator/repository/combine.h"
#include "orchestrator/repository/store.h"
#include "orchestrator/signoff/kept.h"
#include "orchestrator/signoff/refs.h"
#include "policies/foreign.h"

#include <limits.h>
#include <string.h>

#define REVIEW_DECISIONS_MAX 1000 /* of one report; anybody who can push makes more */
#define REVIEW_NAME_MAX      80
#define REVIEW_WORDS_MAX     200 /* bytes shown of why something can't be read */

char *review_ledger_name(const char *state)
{
    cleanup_free char *machine = NULL;
    size_t length = 0;
    struct err ignored = {0};
    struct digest_stream stream;
    char hex[DIGEST_HEX];
    if (folder_read_file("/etc/machine-id", 4096, &machine, &length, &ignored) < 0)
        length = 0;
    digest_start(&stream);
    digest_add_field(&stream, machine ? machine : "", length);
    digest_add_field(&stream, state, strlen(state));
    struct digest digest = digest_finish(&stream);
    digest_to_hex(&digest, hex);
    return memory_format("sha256:%s", hex);
}

/*
 * The decision with these bytes, added where it is new. Takes the envelope. Where there are more than we read
 * the review ends, since a rejection might be among the rest. NULL with *err then.
 */
static struct review_decision *review_add(struct review *review, struct envelope *envelope, struct err *err)
{
    for (size_t i = 0; i < review->count; i++) {
        const struct text *known = &review->decisions[i].envelope.bytes;
        if (known->length == envelope->bytes.length &&
            memcmp(known->data, envelope->bytes.data, known->length) == 0) {
            envelope_fini(envelope);
            return &review->decisions[i];
        }
    }
    if (review->count >= REVIEW_DECISIONS_MAX) {
        envelope_fini(envelope);
        err_set(err, ERR_LIMIT,
                "there are more than %d decisions on report %s; somebody floods " REFS_PREFIX
                ": remove there what nobody signed",
                REVIEW_DECISIONS_MAX, review->subject.report);
        return NULL;
    }
    MEMORY_GROW(review->decisions, review->count, review->capacity);
    review->decisions[review->count] = (struct review_decision){.envelope = *envelope};
    return &review->decisions[review->count++];
}

static int review_on_entry(const struct ledger_row *row, void *data, struct err *err)
{
    struct review *review = data;
    struct envelope envelope;
    struct err why = {0};
    if (envelope_read(&envelope, "ledger", row->entry.body, strlen(row->entry.body), &why) < 0) {
        text_printf(&review->notes, "entry %lld of the ledger is no decision that this cupel can read: ",
                    (long long)row->seq);
        foreign_append(&review->notes, why.message, REVIEW_WORDS_MAX);
        text_append_char(&review->notes, '\n');
        return 0;
    }
    struct review_decision *decision = review_add(review, &envelope, err);
    if (!decision)
        return err->code;
    decision->in_ledger = true;
    return 0;
}

static int review_on_ref(const char *name, const char *bytes, size_t length, void *data, struct err *err)
{
    struct review *review = data;
    struct envelope envelope;
    struct err why = {0};
    if (envelope_read(&envelope, "decision ref", bytes, length, &why) < 0) {
        text_append_string(&review->notes, "the ref ");
        foreign_append(&review->notes, name, 2 * REVIEW_NAME_MAX);
        text_append_string(&review->notes, " holds no decision: ");
        foreign_append(&review->notes, why.message, REVIEW_WORDS_MAX);
        text_append_char(&review->notes, '\n');
        return 0;
    }
    struct review_decision *decision = review_add(review, &envelope, err);
    if (!decision)
        return err->code;
    decision->in_refs = true;
    return 0;
}

static int review_read_ledger(struct review *review, struct standing *standing, struct err *err)
{
    struct ledger *ledger;
    const struct ledger_query query = {.kinds = LEDGER_KIND_BIT(LEDGER_DECISION),
                                       .subject = review->subject.report};
    if (standing_ledger(standing, &ledger, err) < 0)
        return err->code;
    int code = ledger ? ledger_each(ledger, &query, review_on_entry, review, err) : 0;
    return code < 0 ? code : 0;
}

static int review_read_files(struct review *review, char *const *files, struct err *err)
{
    for (; files && *files; files++) {
        cleanup_free char *bytes = NULL;
        size_t length = 0;
        struct envelope envelope;
        if (folder_read_file(*files, ENVELOPE_BYTES_MAX, &bytes, &length, err) < 0)
            return err_wrap(err, "--decision %s", *files);
        if (envelope_read(&envelope, *files, bytes, length, err) < 0)
            return err->code;
        struct review_decision *decision = review_add(review, &envelope, err);
        if (!decision)
            return err->code;
        decision->given = true;
    }
    return 0;
}

static int review_verify(struct review_decision *decision, struct standing *standing, struct err *err)
{
    const struct sshsig *sshsig = &decision->envelope.sshsig;
    const char *principal = signers_find(&standing->signers, sshsig->key, sshsig->key_length,
                                         decision->envelope.statement.signer);
    enum keygen_answer answer;
    decision->names = signers_names(&standing->signers, sshsig->key, sshsig->key_length);
    decision->signature = strcmp(sshsig->name_space, KEYGEN_NAMESPACE) != 0 ? VOTE_NAMESPACE
                          : principal                                       ? VOTE_GOOD
                                                                            : VOTE_UNKNOWN_KEY;
    if (decision->signature != VOTE_GOOD)
        return 0;
    if (keygen_verify(&standing->keygen, &decision->envelope, principal, &answer, err) < 0)
        return err->code;
    if (answer != KEYGEN_GOOD)
        decision->signature = answer == KEYGEN_REVOKED ? VOTE_REVOKED : VOTE_BAD;
    return 0;
}

/* Refs outlive a ledger that was cut off or put back: what it took and no longer has is told. */
static void review_compare(struct review *review, const char *state)
{
    cleanup_free char *own = review_ledger_name(state);
    for (size_t i = 0; i < review->count; i++) {
        const struct review_decision *decision = &review->decisions[i];
        const struct statement *statement = &decision->envelope.statement;
        if (decision->in_ledger || decision->signature != VOTE_GOOD || !statement->ledger ||
            strcmp(statement->ledger, own) != 0)
            continue;
        text_printf(&review->notes, "the ledger lacks the %s of ",
                    statement->approve ? "approval" : "rejection");
        foreign_append(&review->notes, statement->signer, REVIEW_NAME_MAX);
        text_printf(&review->notes,
                    " of %s, which it took: it was cut off or replaced by an older copy; the signed decision "
                    "itself is whole\n",
                    statement->issued);
    }
}

static int review_gather(struct review *review, struct standing *standing,
                         const struct review_request *request, struct err *err)
{
    const char *repository = repository_path(standing->source.repository);
    if (review_read_ledger(review, standing, err) < 0 ||
        refs_each(repository, review->subject.report, review_on_ref, review, err) < 0 ||
        review_read_files(review, request->files, err) < 0)
        return err->code;
    review->votes = memory_zeroed((review->count + 1) * sizeof *review->votes);
    for (size_t i = 0; i < review->count; i++) {
        struct review_decision *decision = &review->decisions[i];
        if (review_verify(decision, standing, err) < 0)
            return err->code;
        review->votes[i] = (struct vote){.statement = &decision->envelope.statement,
                                         .signature = decision->signature,
                                         .name_space = decision->envelope.sshsig.name_space,
                                         .key = decision->envelope.sshsig.fingerprint,
                                         .names = decision->names};
    }
    review_compare(review, standing->source.state);
    return 0;
}

static bool review_has_tree(const struct review *review, struct repository *repository)
{
    return !git_oid_is_zero(&review->claims.tree) && git_odb_exists(repository->odb, &review->claims.tree);
}

static int review_intake(struct review *review, struct standing *standing, const char *name,
                         const char *bytes, size_t length, bool *found, struct err *err)
{
    struct candidate candidate;
    cleanup_free char *failure = NULL;
    bool applied = false;
    const struct intake_request request = {.name = name,
                                           .kind = CANDIDATE_PATCH,
                                           .base = review->subject.base_commit,
                                           .bytes = bytes,
                                           .length = length};
    if (repository_intake(standing->source.repository, &request, &candidate, &applied, &failure, err) < 0)
        return err->code;
    *found = applied && git_oid_equal(&candidate.tree, &review->claims.tree);
    candidate_fini(&candidate);
    return 0;
}

int review_find_tree(struct review *review, struct standing *standing, const char *patch, bool *found,
                     struct err *err)
{
    cleanup_free char *bytes = NULL;
    size_t length = 0;
    struct err ignored = {0};
    *found = review_has_tree(review, standing->source.repository);
    if (*found || git_oid_is_zero(&review->claims.tree))
        return 0;
    if (patch) {
        if (review_intake(review, standing, patch, NULL, 0, found, err) < 0)
            return err->code;
        return *found
                   ? 0
                   : err_set(err, ERR_INVALID, "--patch %s is not the patch that the report is about", patch);
    }
    if (kept_read(standing->source.state, strchr(review->subject.patch, ':') + 1, &bytes, &length, &ignored) <
        0)
        return 0;
    return review_intake(review, standing, "the kept patch", bytes, length, found, err);
}

static int review_merge(struct review *review, struct standing *standing, const char *patch, struct err *err)
{
    struct repository *repository = standing->source.repository;
    git_oid merged;
    char **paths = NULL;
    bool found = false;
    if (!review->claims.has_base) {
        review->now.merged = MERGED_FOREIGN;
        return 0;
    }
    if (git_oid_equal(&review->claims.base_tree, &standing->tip_tree))
        return 0;
    review->now.merged = MERGED_UNKNOWN;
    if (review_find_tree(review, standing, patch, &found, err) < 0)
        return err->code;
    if (!found)
        return 0;
    if (combine_trees(repository, &review->claims.base_tree, &standing->tip_tree, &review->claims.tree,
                      &merged, &paths, err) < 0)
        return err->code;
    review->now.merged = paths                                          ? MERGED_CONFLICT
                         : git_oid_equal(&merged, &review->claims.tree) ? MERGED_SAME
                                                                        : MERGED_DIFFERENT;
    combine_paths_free(paths);
    return 0;
}

/* Where the candidate's own branch points now: "A..topic" and "topic" alike. Anything else has no head. */
static void review_find_branch(struct review *review, struct repository *repository, const char *name)
{
    cleanup_git_reference git_reference *reference = NULL;
    git_oid commit, tree;
    struct err ignored = {0};
    for (const char *dots = strstr(name, ".."); dots; dots = strstr(name, ".."))
        name = dots + 2;
    name += *name == '.';
    if (!*name || strcmp(name, "HEAD") == 0 || !standing_find_ref(repository, name, &reference) ||
        !(git_reference_is_branch(reference) || git_reference_is_remote(reference)) ||
        repository_resolve_commit(repository, git_reference_name(reference), &commit, &tree, &ignored) < 0)
        return;
    git_oid_tostr(review->head, sizeof review->head, &commit);
}

/*
 * By hand HEAD's branch is trusted. Where that holds what is to be merged, the author would say who may sign:
 * a gate that runs on the author's checkout must be told whom to trust.
 */
static int review_check_trust(const struct review *review, const struct standing *standing, struct err *err)
{
    git_oid head;
    const char *hex = *review->head ? review->head : review->subject.candidate_commit;
    git_repository *git = standing->source.repository->git;
    if (standing->source.settings->trust_ref || !hex || git_oid_fromstr(&head, hex) < 0 ||
        !(git_oid_equal(&head, &standing->tip) || git_graph_descendant_of(git, &standing->tip, &head) == 1))
        return 0;
    return err_set(
        err, ERR_INVALID,
        "%s holds the candidate already, so that its author could say there who may sign: check out "
        "the branch that it goes into, or name that one as trust_ref in the operator's file",
        standing->trust_ref);
}

static int review_find_head(struct review *review, struct standing *standing,
                            const struct review_request *request, struct err *err)
{
    struct repository *repository = standing->source.repository;
    git_oid commit, tree;
    const char *name = member_string(member_first(request->document, "candidates"), "name");
    if (request->head) {
        if (repository_resolve_commit(repository, request->head, &commit, &tree, err) < 0)
            return err_wrap(err, "--head");
        git_oid_tostr(review->head, sizeof review->head, &commit);
        review->now.head_differs =
            !review->subject.candidate_commit && !git_oid_equal(&tree, &review->claims.tree);
    } else if (review->subject.candidate_commit)
        review_find_branch(review, repository, name);
    review->now.head = *review->head ? review->head : NULL;
    return review_check_trust(review, standing, err);
}

static void review_set_circumstances(struct review *review, const struct standing *standing, int64_t now_s)
{
    const struct configuration *configuration = standing->configuration;
    struct circumstances *now = &review->now;
    review->samples = memory_zeroed((review->subject.sample_count + 1) * sizeof *review->samples);
    for (size_t i = 0; i < review->subject.sample_count; i++)
        review->samples[i] = standing_samples(standing, review->subject.samples[i].workload);
    now->now_s = now_s;
    now->repository_root = standing->root;
    now->repository_name = standing->source.settings->repository;
    now->trust_ref = standing->trust_ref;
    now->policy = configuration ? standing->policy : NULL;
    now->configuration = configuration ? standing->configuration_digest : NULL;
    now->samples = (const char *const *)review->samples;
    now->unread_why = standing->unread_why;
    now->signers_why = standing->signers_why;
    now->rule = configuration ? &configuration->policy.sign_off : NULL;
    now->people = review->claims.people;
}

/* Four eyes are two people's only where the patch says whose it is. */
static void review_note_nobody(struct review *review)
{
    const struct policy_sign_off *rule = review->now.rule;
    if (rule && rule->exclude_author && !review->claims.people[0] &&
        strcmp(review->subject.verdict, "recommended") == 0)
        text_append_string(&review->notes, "the patch names no author, so nobody can be kept from approving "
                                           "their own: give it as a commit or a mail where that matters\n");
}

int review_open(struct review *review, struct standing *standing, const struct review_request *request,
                struct err *err)
{
    *review = (struct review){0};
    if (subject_read(&review->subject, request->document, request->digest, err) < 0)
        return err->code;
    if (claims_check(&review->claims, standing->source.repository, &review->subject, request->document, err) <
        0)
        return err->code;
    review_set_circumstances(review, standing, request->now_s);
    if (request->decides)
        review_note_nobody(review);
    if (review_find_head(review, standing, request, err) < 0 ||
        review_merge(review, standing, request->patch, err) < 0 ||
        review_gather(review, standing, request, err) < 0)
        return err->code;
    ruling_make(&review->ruling, &review->subject, &review->now, review->votes, review->count);
    return 0;
}

void review_fini(struct review *review)
{
    for (size_t i = 0; i < review->count; i++) {
        envelope_fini(&review->decisions[i].envelope);
        free(review->decisions[i].names);
    }
    for (size_t i = 0; review->samples && i < review->subject.sample_count; i++)
        free(review->samples[i]);
    free(review->samples);
    free(review->decisions);
    free(review->votes);
    claims_fini(&review->claims);
    ruling_fini(&review->ruling);
    text_fini(&review->notes);
    subject_fini(&review->subject);
    *review = (struct review){0};
}
