#include "orchestrator/repository/candidate.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <string.h>
#include <strings.h>

#define CANDIDATE_MAX_COMMITS 1000 /* whose people are read */

/* "A..B" and "A...B", split; an empty side is HEAD, as in git. False when it is no range. */
static bool candidate_split_range(const char *name, char **from, char **to, bool *symmetric)
{
    const char *dots = strstr(name, "..");
    if (!dots)
        return false;
    *symmetric = dots[2] == '.';
    const char *rest = dots + 2 + *symmetric;
    *from = dots > name ? memory_copy_bytes(name, (size_t)(dots - name)) : memory_copy_string("HEAD");
    *to = memory_copy_string(*rest ? rest : "HEAD");
    return true;
}

static bool candidate_is_known(struct repository *repository, const char *name)
{
    cleanup_git_object git_object *object = NULL;
    int code = git_revparse_single(&object, repository->git, name);
    return code == 0 || code == GIT_EAMBIGUOUS;
}

bool candidate_is_revision(struct repository *repository, const char *name)
{
    cleanup_free char *from = NULL, *to = NULL;
    bool symmetric;
    if (candidate_is_known(repository, name))
        return true;
    return candidate_split_range(name, &from, &to, &symmetric) && candidate_is_known(repository, from) &&
           candidate_is_known(repository, to);
}

static int candidate_merge_base(struct repository *repository, const git_oid *left, const git_oid *right,
                                const char *left_name, const char *right_name, git_oid *out, struct err *err)
{
    int code = git_merge_base(out, repository->git, left, right);
    if (code == GIT_ENOTFOUND && git_repository_is_shallow(repository->git) == 1)
        return err_set(
            err, ERR_INVALID,
            "%s and %s have no common commit in this shallow clone: `git fetch --unshallow`, or name the "
            "base with --base",
            left_name, right_name);
    if (code == GIT_ENOTFOUND)
        return err_set(err, ERR_INVALID, "%s and %s have no common commit; name the base with --base",
                       left_name, right_name);
    return code < 0 ? store_fail(repository, code, err, "find where %s left %s", right_name, left_name) : 0;
}

int repository_trust(struct repository *repository, const git_oid *base, git_oid *commit, git_oid *tree,
                     struct err *err)
{
    git_oid head, head_tree;
    cleanup_git_commit git_commit *found = NULL;
    char name[GIT_OID_HEXSZ + 1];
    git_oid_tostr(name, 13, base);
    int code = repository_resolve_commit(repository, NULL, &head, &head_tree, err);
    if (code == 0)
        code = candidate_merge_base(repository, &head, base, "HEAD", name, commit, err);
    if (code < 0)
        return code;
    code = git_commit_lookup(&found, repository->git, commit);
    if (code < 0)
        return store_fail(repository, code, err, "read the commit that HEAD and %s share", name);
    *tree = *git_commit_tree_id(found);
    return 0;
}

static int candidate_first_parent(struct repository *repository, const char *name,
                                  struct candidate_span *span, struct err *err)
{
    cleanup_git_commit git_commit *commit = NULL;
    int code = git_commit_lookup(&commit, repository->git, &span->tip);
    if (code < 0)
        return store_fail(repository, code, err, "read commit `%s`", name);
    if (git_commit_parentcount(commit) == 0)
        return err_set(err, ERR_INVALID,
                       "`%s` is the first commit and has no parent; name the base with --base", name);
    span->base = *git_commit_parent_id(commit, 0);
    return 0;
}

/* A branch is compared with where it left HEAD, any other single revision with its parent. */
static int candidate_default_base(struct repository *repository, const char *name,
                                  struct candidate_span *span, struct err *err)
{
    cleanup_git_object git_object *object = NULL;
    cleanup_git_reference git_reference *reference = NULL;
    int code = git_revparse_ext(&object, &reference, repository->git, name);
    if (code < 0)
        return store_fail(repository, code, err, "resolve `%s`", name);
    if (!reference || strcmp(name, "HEAD") == 0 || strcmp(name, "@") == 0 ||
        !(git_reference_is_branch(reference) || git_reference_is_remote(reference)))
        return candidate_first_parent(repository, name, span, err);
    git_oid head, head_tree;
    code = repository_resolve_commit(repository, NULL, &head, &head_tree, err);
    if (code == 0)
        code = candidate_merge_base(repository, &head, &span->tip, "HEAD", name, &span->base, err);
    if (code < 0)
        return code;
    if (git_oid_equal(&span->base, &span->tip))
        return err_set(
            err, ERR_INVALID,
            "branch `%s` has nothing that HEAD does not have; name what to compare it with by --base", name);
    return 0;
}

static int candidate_resolve_range(struct repository *repository, const char *from, const char *to,
                                   bool symmetric, struct candidate_span *span, struct err *err)
{
    int code = repository_resolve_commit(repository, from, &span->base, &span->base_tree, err);
    if (code == 0)
        code = repository_resolve_commit(repository, to, &span->tip, &span->tip_tree, err);
    if (code == 0 && symmetric) {
        git_oid left = span->base;
        code = candidate_merge_base(repository, &left, &span->tip, from, to, &span->base, err);
    }
    return code;
}

int candidate_resolve_span(struct repository *repository, const char *name, const char *base,
                           struct candidate_span *span, struct err *err)
{
    cleanup_free char *from = NULL, *to = NULL;
    bool symmetric = false, range = false;
    if (!candidate_is_known(repository, name))
        range = candidate_split_range(name, &from, &to, &symmetric);
    int code;
    if (range) {
        code = candidate_resolve_range(repository, from, to, symmetric, span, err);
    } else {
        code = repository_resolve_commit(repository, name, &span->tip, &span->tip_tree, err);
        if (code == 0 && !base)
            code = candidate_default_base(repository, name, span, err);
    }
    if (code < 0)
        return code;
    if (base)
        return repository_resolve_commit(repository, base, &span->base, &span->base_tree, err);
    cleanup_git_commit git_commit *commit = NULL;
    code = git_commit_lookup(&commit, repository->git, &span->base);
    if (code < 0)
        return store_fail(repository, code, err, "read the base of `%s`", name);
    span->base_tree = *git_commit_tree_id(commit);
    return 0;
}

static void candidate_add_signature(struct patch *patch, const git_signature *signature)
{
    cleanup_free char *person = memory_format("%s <%s>", signature->name, signature->email);
    patch_add_author(patch, person, strlen(person));
}

static void candidate_add_co_authors(struct patch *patch, const char *message)
{
    static const char trailer[] = "co-authored-by:";
    for (const char *line = message; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, trailer, sizeof trailer - 1) != 0)
            continue;
        const char *person = line + sizeof trailer - 1;
        person += strspn(person, " \t");
        size_t length = strcspn(person, "\r\n");
        if (length > 0)
            patch_add_author(patch, person, length);
    }
}

int candidate_read_people(struct repository *repository, const struct candidate_span *span,
                          struct patch *patch, struct err *err)
{
    git_revwalk *walk = NULL;
    git_oid oid;
    int code = git_revwalk_new(&walk, repository->git);
    if (code == 0)
        code = git_revwalk_push(walk, &span->tip);
    if (code == 0)
        code = git_revwalk_hide(walk, &span->base);
    for (int seen = 0; code == 0 && (code = git_revwalk_next(&oid, walk)) == 0; seen++) {
        cleanup_git_commit git_commit *commit = NULL;
        if (seen >= CANDIDATE_MAX_COMMITS) {
            git_revwalk_free(walk);
            return err_set(err, ERR_LIMIT,
                           "the candidate has more than %d commits: too many to say who wrote it",
                           CANDIDATE_MAX_COMMITS);
        }
        code = git_commit_lookup(&commit, repository->git, &oid);
        if (code < 0)
            break;
        if (git_oid_equal(&oid, &span->tip)) {
            const char *summary = git_commit_summary(commit);
            const git_signature *author = git_commit_author(commit);
            patch->subject = memory_copy_string(summary ? summary : "");
            patch->author = memory_format("%s <%s>", author->name, author->email);
            const char *body = git_commit_body(commit);
            patch->message = body && *body ? memory_copy_string(body) : NULL;
        }
        candidate_add_signature(patch, git_commit_author(commit));
        candidate_add_signature(patch, git_commit_committer(commit));
        candidate_add_co_authors(patch, git_commit_message(commit));
    }
    git_revwalk_free(walk);
    if (code < 0 && code != GIT_ITEROVER)
        return store_fail(repository, code, err, "read who wrote the candidate");
    return 0;
}
