#include "orchestrator/repository/revisions.h"

#include "base/memory.h"
#include "orchestrator/repository/candidate.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static void revisions_add(struct revisions *revisions, const char *name)
{
    MEMORY_GROW(revisions->names, revisions->count, revisions->capacity);
    revisions->names[revisions->count++] = memory_copy_string(name);
}

void revisions_fini(struct revisions *revisions)
{
    for (size_t i = 0; i < revisions->count; i++)
        free(revisions->names[i]);
    free(revisions->names);
    *revisions = (struct revisions){0};
}

static int revisions_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* origin/HEAD and its like name another branch, which the pattern finds by itself. */
static void revisions_match(const char *pattern, const git_reference *reference, struct revisions *revisions)
{
    const char *name;
    if (git_reference_type(reference) == GIT_REFERENCE_DIRECT && git_branch_name(&name, reference) == 0 &&
        fnmatch(pattern, name, 0) == 0)
        revisions_add(revisions, name);
}

static int revisions_find_branches(struct repository *repository, const char *pattern,
                                   struct revisions *revisions, struct err *err)
{
    git_branch_iterator *iterator = NULL;
    git_reference *reference = NULL;
    git_branch_t kind;
    int code = git_branch_iterator_new(&iterator, repository->git, GIT_BRANCH_ALL);
    while (code == 0 && (code = git_branch_next(&reference, &kind, iterator)) == 0) {
        revisions_match(pattern, reference, revisions);
        git_reference_free(reference);
    }
    git_branch_iterator_free(iterator);
    if (code != GIT_ITEROVER)
        return store_fail(repository, code, err, "list the branches");
    if (revisions->count > REVISIONS_MAX)
        return err_set(err, ERR_LIMIT, "`%s` matches %zu branches; at most %d are taken", pattern,
                       revisions->count, REVISIONS_MAX);
    if (revisions->count == 0)
        return err_set(err, ERR_INVALID, "no branch of %s matches `%s`", repository->path, pattern);
    qsort(revisions->names, revisions->count, sizeof *revisions->names, revisions_compare);
    return 1;
}

static int revisions_walk(struct repository *repository, const git_oid *from, const git_oid *to,
                          struct revisions *revisions)
{
    git_revwalk *walk = NULL;
    git_oid oid;
    char hex[GIT_OID_HEXSZ + 1];
    int code = git_revwalk_new(&walk, repository->git);
    if (code == 0)
        code = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
    if (code == 0)
        code = git_revwalk_push(walk, to);
    if (code == 0)
        code = git_revwalk_hide(walk, from);
    while (code == 0 && revisions->count <= REVISIONS_MAX && (code = git_revwalk_next(&oid, walk)) == 0)
        revisions_add(revisions, git_oid_tostr(hex, sizeof hex, &oid));
    git_revwalk_free(walk);
    return code == GIT_ITEROVER ? 0 : code;
}

static int revisions_find_commits(struct repository *repository, const char *range,
                                  struct revisions *revisions, struct err *err)
{
    struct candidate_span span;
    int code = candidate_resolve_span(repository, range, NULL, &span, err);
    if (code < 0)
        return code;
    code = revisions_walk(repository, &span.base, &span.tip, revisions);
    if (code < 0)
        return store_fail(repository, code, err, "list the commits of `%s`", range);
    if (revisions->count == 0)
        return err_set(err, ERR_INVALID, "the range `%s` has no commits", range);
    if (revisions->count > REVISIONS_MAX)
        return err_set(err, ERR_LIMIT, "the range `%s` has more than %d commits", range, REVISIONS_MAX);
    revisions->own_parents = true;
    return 1;
}

bool revisions_is_reference(struct repository *repository, const char *word)
{
    cleanup_git_reference git_reference *reference = NULL;
    return git_reference_dwim(&reference, repository->git, word) == 0;
}

int revisions_find(struct repository *repository, const char *word, struct revisions *revisions,
                   struct err *err)
{
    *revisions = (struct revisions){0};
    int code = 0;
    /* No ref may hold one of these (git check-ref-format), so a word with one is a pattern. */
    if (strpbrk(word, "*?["))
        code = revisions_find_branches(repository, word, revisions, err);
    else if (!candidate_is_revision(repository, word))
        return 0;
    else if (strstr(word, ".."))
        code = revisions_find_commits(repository, word, revisions, err);
    else
        revisions_add(revisions, word);
    if (code < 0)
        revisions_fini(revisions);
    return code < 0 ? code : 1;
}
