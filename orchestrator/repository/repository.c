#include "orchestrator/repository/store.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Extensions that change nothing for somebody who only reads objects; libgit2 1.5 refuses repositories that
 * have one it was not told about.
 */
static int repository_know_extensions(void)
{
    static const char *known[] = {"partialclone", "worktreeconfig", "preciousobjects"};
    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, known, sizeof known / sizeof *known);
}

static int repository_refuse_open(const char *path, int code, struct err *err)
{
    struct stat status;
    const git_error *last = git_error_last();
    if (stat(path, &status) < 0)
        return err_set(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
    /* libgit2 1.5 says "not found" of the setting where none is set (libgit2 pull request 6408). */
    if (code == GIT_EOWNER || (last && last->message && strstr(last->message, "safe.directory")))
        return err_set(err, ERR_INVALID,
                       "%s belongs to another user (%u), so git does not trust it; if you do: "
                       "git config --global --add safe.directory %s",
                       path, (unsigned)status.st_uid, path);
    if (code == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "%s is in no git repository; name one with --repo", path);
    return err_set(err, ERR_INVALID, "open repository %s: %s", path,
                   last ? last->message : "no reason given");
}

static char *repository_clean_path(const char *path)
{
    char *real = realpath(path, NULL);
    char *clean = real ? real : memory_copy_string(path);
    size_t length = strlen(clean);
    while (length > 1 && clean[length - 1] == '/')
        clean[--length] = '\0';
    return clean;
}

static void repository_name_it(struct repository *repository)
{
    const char *work = git_repository_workdir(repository->git);
    repository->path = repository_clean_path(work ? work : git_repository_path(repository->git));
    cleanup_free char *common = repository_clean_path(git_repository_commondir(repository->git));
    struct digest digest = digest_of(common, strlen(common));
    repository->id = memory_zeroed(DIGEST_HEX);
    char hex[DIGEST_HEX];
    digest_to_hex(&digest, hex);
    memcpy(repository->id, hex, DIGEST_HEX);
}

static int repository_check_commits(struct repository *repository, struct err *err)
{
    int unborn = git_repository_head_unborn(repository->git);
    if (unborn == 1)
        return err_set(err, ERR_INVALID, "%s has no commit yet; commit the base first", repository->path);
    if (unborn < 0)
        return store_fail(NULL, unborn, err, "read HEAD of %s", repository->path);
    return 0;
}

int repository_open(struct repository **out, const char *path, struct err *err)
{
    if (git_libgit2_init() < 0 || repository_know_extensions() < 0)
        return store_fail(NULL, -1, err, "start libgit2");
    struct repository *repository = MEMORY_NEW(struct repository);
    int code = git_repository_open_ext(&repository->git, path, GIT_REPOSITORY_OPEN_CROSS_FS, NULL);
    if (code < 0) {
        code = repository_refuse_open(path, code, err);
    } else {
        repository_name_it(repository);
        code = store_init(repository, err);
        if (code == 0)
            code = repository_check_commits(repository, err);
    }
    if (code < 0) {
        repository_close(repository);
        return code;
    }
    *out = repository;
    return 0;
}

void repository_close(struct repository *repository)
{
    if (!repository)
        return;
    git_odb_free(repository->odb);
    git_repository_free(repository->git);
    free(repository->path);
    free(repository->id);
    free(repository);
    git_libgit2_shutdown();
}

const char *repository_path(const struct repository *repository)
{
    return repository->path;
}

const char *repository_id(const struct repository *repository)
{
    return repository->id;
}

static int repository_refuse_revision(struct repository *repository, const char *revision, int code,
                                      struct err *err)
{
    if (code == GIT_EAMBIGUOUS)
        return err_set(err, ERR_INVALID, "`%s` is the beginning of several objects; give more digits",
                       revision);
    if (code == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "%s has no commit, branch or tag `%s`", repository->path,
                       revision);
    if (code == GIT_EINVALIDSPEC)
        return err_set(err, ERR_INVALID, "`%s` is no revision", revision);
    return store_fail(repository, code, err, "resolve `%s`", revision);
}

int repository_resolve_commit(struct repository *repository, const char *revision, git_oid *commit,
                              git_oid *tree, struct err *err)
{
    cleanup_git_object git_object *object = NULL, *peeled = NULL;
    const char *name = revision ? revision : "HEAD";
    int code = git_revparse_single(&object, repository->git, name);
    if (code < 0)
        return repository_refuse_revision(repository, name, code, err);
    code = git_object_peel(&peeled, object, GIT_OBJECT_COMMIT);
    if (code == GIT_EPEEL || code == GIT_EINVALIDSPEC)
        return err_set(err, ERR_INVALID, "`%s` is a %s, not a commit", name,
                       git_object_type2string(git_object_type(object)));
    if (code < 0)
        return store_fail(repository, code, err, "resolve `%s`", name);
    *commit = *git_object_id(peeled);
    *tree = *git_commit_tree_id((const git_commit *)peeled);
    return 0;
}
