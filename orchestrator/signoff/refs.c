#include "orchestrator/signoff/refs.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "orchestrator/repository/store.h"
#include "orchestrator/signoff/program.h"
#include "policies/foreign.h"

#include <ctype.h>
#include <git2.h>
#include <string.h>

#define REFS_FILE      "decision.json"
#define REFS_TRIES     20
#define REFS_WORDS_MAX 600 /* bytes shown of what git said */

static int refs_fail(int code, struct err *err, const char *words)
{
    const git_error *last = git_error_last();
    (void)code;
    return err_set(err, ERR_SYSTEM, "%s: %s", words,
                   last && last->message ? last->message : "no reason given");
}

static int refs_open(git_repository **git, const char *repository, struct err *err)
{
    int code = git_repository_open_ext(git, repository, GIT_REPOSITORY_OPEN_CROSS_FS, NULL);
    return code < 0 ? refs_fail(code, err, "open the repository to keep decisions") : 0;
}

/* git-check-ref-format(1): no "..", no dot at either end, no ".lock", nothing but plain bytes. */
static void refs_append_safe(struct text *name, const char *signer)
{
    size_t start = name->length;
    for (const char *at = signer; *at; at++) {
        char low = (char)tolower((unsigned char)*at);
        bool lone_dot =
            *at == '.' && name->length > start && at[-1] != '.' && at[1] && strcasecmp(at, ".lock") != 0;
        if (isalnum((unsigned char)low) || strchr("-_+@", low) || lone_dot)
            text_append_char(name, low);
        else
            text_printf(name, "=%02x", (unsigned)(unsigned char)*at);
    }
}

char *refs_name(const char *report, const char *signer)
{
    struct text name = {0};
    text_append_string(&name, REFS_PREFIX);
    text_append_string(&name, strchr(report, ':') ? strchr(report, ':') + 1 : report);
    text_append_char(&name, '/');
    refs_append_safe(&name, signer);
    return text_take(&name);
}

static int refs_make_tree(git_repository *git, const struct text *envelope, git_oid *tree)
{
    git_treebuilder *builder = NULL;
    git_oid blob;
    int code = git_blob_create_from_buffer(&blob, git, envelope->data, envelope->length);
    if (code == 0)
        code = git_treebuilder_new(&builder, git, NULL);
    if (code == 0)
        code = git_treebuilder_insert(NULL, builder, REFS_FILE, &blob, GIT_FILEMODE_BLOB);
    if (code == 0)
        code = git_treebuilder_write(tree, builder);
    git_treebuilder_free(builder);
    return code;
}

/* One attempt: a commit on top of what the ref holds, and the ref moved if it still holds that. */
static int refs_try(git_repository *git, const char *name, const struct statement *statement,
                    const git_oid *tree_id)
{
    git_oid old = {{0}}, commit;
    cleanup_git_tree git_tree *tree = NULL;
    cleanup_git_commit git_commit *parent = NULL;
    cleanup_git_reference git_reference *made = NULL;
    git_signature *person = NULL;
    cleanup_free char *message =
        memory_format("%s %s\n", statement->approve ? "Approve" : "Reject", statement->subject.report);
    int found = git_reference_name_to_id(&old, git, name);
    int code = found == 0 ? git_commit_lookup(&parent, git, &old) : found == GIT_ENOTFOUND ? 0 : found;
    if (code == 0)
        code = git_tree_lookup(&tree, git, tree_id);
    if (code == 0)
        code = git_signature_new(&person, statement->signer, statement->signer,
                                 (git_time_t)statement->issued_s, 0);
    const git_commit *parents[] = {parent};
    if (code == 0)
        code = git_commit_create(&commit, git, NULL, person, person, NULL, message, tree, parent ? 1 : 0,
                                 parents);
    if (code == 0 && found == 0)
        code = git_reference_create_matching(&made, git, name, &commit, 1, &old, "cupel sign");
    else if (code == 0)
        code = git_reference_create(&made, git, name, &commit, 0, "cupel sign");
    git_signature_free(person);
    return code;
}

int refs_write(const char *repository, const struct statement *statement, const struct text *envelope,
               struct err *err)
{
    git_repository *git = NULL;
    git_oid tree;
    cleanup_free char *name = refs_name(statement->subject.report, statement->signer);
    if (refs_open(&git, repository, err) < 0)
        return err->code;
    int code = refs_make_tree(git, envelope, &tree);
    for (int i = 0; code == 0 && i < REFS_TRIES; i++) {
        code = refs_try(git, name, statement, &tree);
        bool raced = code == GIT_EMODIFIED || code == GIT_EEXISTS || code == GIT_ELOCKED;
        if (!raced)
            break;
        usleep(20000);
        code = i + 1 < REFS_TRIES ? 0 : code;
    }
    if (code < 0)
        code = refs_fail(code, err, name);
    git_repository_free(git);
    return code;
}

/* Fails closed: behind what can't be read there may be a rejection. */
static int refs_unreadable(const char *name, struct err *err)
{
    const git_error *last = git_error_last();
    cleanup_text struct text words = {0};
    foreign_append(&words, name, REFS_WORDS_MAX);
    return err_set(
        err, ERR_SYSTEM,
        "the decisions under %s can't all be read (%s): fetch that ref again, or remove it if nobody "
        "of yours made it",
        text_string(&words), last && last->message ? last->message : "no reason given");
}

static int refs_visit_commit(git_repository *git, const git_commit *commit, const char *name,
                             refs_visit visit, void *data, struct err *err)
{
    cleanup_git_tree git_tree *tree = NULL;
    git_blob *blob = NULL;
    int result = 0;
    if (git_commit_tree(&tree, commit) < 0)
        return refs_unreadable(name, err);
    const git_tree_entry *entry = git_tree_entry_byname(tree, REFS_FILE);
    if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        return 0;
    if (git_blob_lookup(&blob, git, git_tree_entry_id(entry)) < 0)
        return refs_unreadable(name, err);
    if (git_blob_rawsize(blob) <= ENVELOPE_BYTES_MAX)
        result = visit(name, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob), data, err);
    git_blob_free(blob);
    return result;
}

/* The commit that a ref points at; *commit stays NULL where it points at something else. */
static int refs_find_commit(git_repository *git, const git_reference *reference, git_commit **commit,
                            struct err *err)
{
    git_object *object = NULL;
    const char *name = git_reference_name(reference);
    if (git_reference_type(reference) != GIT_REFERENCE_DIRECT)
        return 0;
    if (git_object_lookup(&object, git, git_reference_target(reference), GIT_OBJECT_ANY) < 0)
        return refs_unreadable(name, err);
    if (git_object_type(object) == GIT_OBJECT_COMMIT)
        *commit = (git_commit *)object;
    else
        git_object_free(object);
    return 0;
}

static int refs_visit_chain(git_repository *git, const git_reference *reference, refs_visit visit, void *data,
                            struct err *err)
{
    git_commit *commit = NULL;
    const char *name = git_reference_name(reference);
    int result = refs_find_commit(git, reference, &commit, err);
    for (int i = 0; commit && result == 0; i++) {
        git_commit *parent = NULL;
        result = refs_visit_commit(git, commit, name, visit, data, err);
        if (result == 0 && i >= REFS_CHAIN_MAX)
            result = err_set(err, ERR_LIMIT, "more than %d decisions lie under %.300s: remove that ref",
                             REFS_CHAIN_MAX, name);
        else if (result == 0 && git_commit_parentcount(commit) > 0 &&
                 git_commit_parent(&parent, commit, 0) < 0)
            result = refs_unreadable(name, err);
        git_commit_free(commit);
        commit = parent;
    }
    git_commit_free(commit);
    return result;
}

int refs_each(const char *repository, const char *report, refs_visit visit, void *data, struct err *err)
{
    git_repository *git = NULL;
    git_reference_iterator *each = NULL;
    git_reference *reference = NULL;
    cleanup_free char *folder = refs_name(report, "");
    cleanup_free char *glob = memory_format("%s*", folder);
    if (refs_open(&git, repository, err) < 0)
        return err->code;
    int result = 0, code = git_reference_iterator_glob_new(&each, git, glob);
    if (code < 0)
        result = refs_fail(code, err, "read the decision refs");
    while (result == 0 && (code = git_reference_next(&reference, each)) == 0) {
        result = refs_visit_chain(git, reference, visit, data, err);
        git_reference_free(reference);
    }
    if (result == 0 && code < 0 && code != GIT_ITEROVER)
        result = refs_fail(code, err, "read the decision refs");
    git_reference_iterator_free(each);
    git_repository_free(git);
    return result < 0 ? result : 0;
}

char *refs_remote(const char *repository)
{
    git_repository *git = NULL;
    git_reference *head = NULL;
    git_buf remote = {0};
    char *name = NULL;
    if (git_repository_open_ext(&git, repository, GIT_REPOSITORY_OPEN_CROSS_FS, NULL) == 0 &&
        git_repository_head(&head, git) == 0 &&
        git_branch_upstream_remote(&remote, git, git_reference_name(head)) == 0 &&
        strcmp(remote.ptr, ".") != 0) /* a branch that follows one of its own repository */
        name = memory_copy_string(remote.ptr);
    git_buf_dispose(&remote);
    git_reference_free(head);
    git_repository_free(git);
    return name ? name : memory_copy_string("origin");
}

int refs_push(const char *repository, const char *remote, const char *ref, struct err *err)
{
    static const char *const keep[] = {
        "XDG_CONFIG_HOME",     "GIT_SSH_COMMAND", "GIT_SSH",     "GIT_ASKPASS", "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM", "HTTPS_PROXY",     "https_proxy", "NO_PROXY",    NULL};
    cleanup_text struct text output = {0}, errors = {0}, words = {0};
    cleanup_free char *pair = memory_format("%s:%s", ref, ref);
    /* --no-verify: the repository's own hook is no part of this. */
    const char *arguments[] = {"git",
                               "-C",
                               repository,
                               "push",
                               "--quiet",
                               "--no-verify",
                               "--no-signed",
                               "--no-follow-tags",
                               "--recurse-submodules=no",
                               "--",
                               remote,
                               pair,
                               NULL};
    int status = 0;
    const struct program program = {
        .name = "git", .arguments = (char *const *)(uintptr_t)arguments, .keep = keep};
    if (program_run(&program, &status, &output, &errors, err) < 0)
        return err->code;
    if (status == 0)
        return 0;
    foreign_append(&words, text_string(&errors), REFS_WORDS_MAX);
    if (strstr(text_string(&errors), "[rejected]"))
        return err_set(err, ERR_SYSTEM,
                       "git push %s %s failed, since you decided from another machine, too: git fetch %s "
                       "+%s, and sign again (%s)",
                       remote, ref, remote, pair, text_string(&words));
    return err_set(err, ERR_SYSTEM, "git push %s %s failed: %s", remote, ref, text_string(&words));
}
