#include "orchestrator/repository/apply.h"
#include "orchestrator/repository/candidate.h"
#include "orchestrator/repository/difference.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/patch/placeholder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int intake_read_file(const char *path, struct text *text, struct err *err)
{
    struct stat status;
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "read patch %s: %s", path,
                       strerror(errno));
    if (S_ISDIR(status.st_mode))
        return err_set(err, ERR_INVALID, "read patch %s: it is a folder; `cupel batch` takes folders", path);
    for (;;) {
        if (text->length > PATCH_MAX_BYTES)
            return err_set(err, ERR_LIMIT, "read patch %s: it has more than %zu bytes", path,
                           PATCH_MAX_BYTES);
        text_reserve(text, 65536);
        ssize_t count = read(fd, text->data + text->length, 65536);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_INVALID, "read patch %s: %s", path, strerror(errno));
        if (count == 0)
            return 0;
        text->length += (size_t)count;
        text->data[text->length] = '\0';
    }
}

/* Whoever the patch names, and who declared to have written it. */
static void intake_copy_authors(const struct intake_request *request, struct candidate *candidate)
{
    if (request->author) {
        patch_add_author(&candidate->patch, request->author, strlen(request->author));
        if (!candidate->patch.author)
            candidate->patch.author = memory_copy_string(request->author);
    }
    size_t count = candidate->patch.author_count;
    candidate->authors = memory_zeroed((count + 1) * sizeof *candidate->authors);
    for (size_t i = 0; i < count; i++)
        candidate->authors[i] = memory_copy_string(candidate->patch.authors[i]);
    candidate->author_count = count;
}

static int intake_patch(struct repository *repository, const struct intake_request *request, const char *name,
                        const char *bytes, size_t length, struct candidate *candidate, bool *applied,
                        char **failure, struct err *err)
{
    int code = repository_resolve_commit(repository, request->base, &candidate->base_commit,
                                         &candidate->base_tree, err);
    if (code < 0)
        return err_wrap(err, "find the base");
    code = patch_parse(&candidate->patch, name, bytes, length, err);
    if (code == 0)
        code = patch_check_placeholders(&candidate->patch, name, err);
    if (code == 0)
        code =
            apply_patch(repository, &candidate->base_tree, &candidate->patch, &candidate->tree, failure, err);
    if (code < 0)
        return code;
    intake_copy_authors(request, candidate);
    *applied = *failure == NULL;
    if (*applied)
        return difference_fill(repository, candidate, err);
    candidate->tree = (git_oid){{0}};
    /* Nothing to compare with, so the text as given must do for the digest. */
    candidate->patch_digest = digest_of(candidate->patch.text, candidate->patch.length);
    return 0;
}

static int intake_span(struct repository *repository, const struct intake_request *request,
                       struct candidate *candidate, bool *applied, struct err *err)
{
    struct candidate_span span;
    struct patch people = {0};
    int code = candidate_resolve_span(repository, request->name, request->base, &span, err);
    if (code < 0)
        return code;
    candidate->base_commit = span.base;
    candidate->base_tree = span.base_tree;
    candidate->tree = span.tip_tree;
    candidate->tip = span.tip;
    code = difference_fill(repository, candidate, err);
    /* Equal trees have no diff to parse, and are a candidate all the same: one without effect. */
    if (code == 0 && candidate->normalised_length > 0)
        code = patch_parse(&candidate->patch, request->name, candidate->normalised,
                           candidate->normalised_length, err);
    if (code == 0)
        code = candidate_read_people(repository, &span, &people, err);
    if (code == 0) {
        candidate->patch.subject = STEAL(people.subject);
        candidate->patch.author = STEAL(people.author);
        candidate->patch.message = STEAL(people.message);
        candidate->patch.authors = STEAL(people.authors);
        candidate->patch.author_count = people.author_count;
        intake_copy_authors(request, candidate);
        *applied = true;
    }
    patch_fini(&people);
    return code;
}

/* The candidate of a request that can't become a tree: its base, and its text for the digest. */
static int intake_refuse(struct repository *repository, const struct intake_request *request,
                         struct candidate *candidate, const char *why, char **failure, struct err *err)
{
    const char *text = request->bytes ? request->bytes : request->name;
    int code = repository_resolve_commit(repository, request->base, &candidate->base_commit,
                                         &candidate->base_tree, err);
    if (code < 0)
        return err_wrap(err, "find the base");
    candidate->tree = (git_oid){{0}};
    candidate->patch_digest = digest_of(text, request->bytes ? request->length : strlen(text));
    intake_copy_authors(request, candidate);
    *failure = memory_copy_string(why);
    return 0;
}

/* Which of the two a word means where the user did not say. */
static int intake_settle_kind(struct repository *repository, const struct intake_request *request,
                              enum candidate_kind *kind, struct err *err)
{
    struct stat status;
    *kind = request->bytes ? CANDIDATE_PATCH : request->kind;
    if (*kind != CANDIDATE_ANY)
        return 0;
    bool there = stat(request->name, &status) == 0;
    bool file = there && !S_ISDIR(status.st_mode);
    bool revision = candidate_is_revision(repository, request->name);
    if (file && revision)
        return err_set(err, ERR_INVALID, "`%s` is a file and a revision; say --patch %s or --commit %s",
                       request->name, request->name, request->name);
    if (there && !file && !revision)
        return err_set(err, ERR_INVALID, "`%s` is a folder; `cupel batch` takes folders of patches",
                       request->name);
    if (!file && !revision)
        return err_set(err, ERR_NOT_FOUND, "`%s` is neither a patch file nor a commit, branch or range of %s",
                       request->name, repository->path);
    *kind = file ? CANDIDATE_PATCH : CANDIDATE_COMMIT;
    return 0;
}

static int intake_read(struct repository *repository, const struct intake_request *request,
                       struct candidate *candidate, bool *applied, char **failure, struct err *err)
{
    cleanup_text struct text text = {0};
    enum candidate_kind kind;
    int code = intake_settle_kind(repository, request, &kind, err);
    if (code < 0)
        return code;
    if (kind == CANDIDATE_COMMIT)
        return intake_span(repository, request, candidate, applied, err);
    const char *name = strcmp(request->name, "-") == 0 ? "stdin" : request->name;
    if (!request->bytes) {
        code = intake_read_file(request->name, &text, err);
        /* A file that can't be read says nothing about the change in it, so that is no proposal's fault. */
        if (code == ERR_INVALID && request->proposed)
            code = err->code = ERR_SYSTEM;
        if (code < 0)
            return code;
    }
    const char *bytes = request->bytes ? request->bytes : text_string(&text);
    size_t length = request->bytes ? request->length : text.length;
    return intake_patch(repository, request, name, bytes, length, candidate, applied, failure, err);
}

int repository_intake(struct repository *repository, const struct intake_request *request,
                      struct candidate *candidate, bool *applied, char **failure, struct err *err)
{
    struct err found = {0};
    *candidate = (struct candidate){.name = memory_copy_string(request->name)};
    *applied = false;
    *failure = NULL;
    int code = request->fault ? intake_refuse(repository, request, candidate, request->fault, failure, &found)
                              : intake_read(repository, request, candidate, applied, failure, &found);
    if (request->proposed && !request->fault && (code == ERR_INVALID || code == ERR_LIMIT)) {
        struct err refused = {0};
        candidate_fini(candidate);
        *candidate = (struct candidate){.name = memory_copy_string(request->name)};
        code = intake_refuse(repository, request, candidate, found.message, failure, &refused);
        found = refused;
    }
    if (code < 0) {
        candidate_fini(candidate);
        free(*failure);
        *failure = NULL;
        *err = found;
    }
    return code;
}

void candidate_fini(struct candidate *candidate)
{
    for (size_t i = 0; i < candidate->change_count; i++) {
        free(candidate->changes[i].old_path);
        free(candidate->changes[i].new_path);
    }
    free(candidate->changes);
    for (size_t i = 0; i < candidate->author_count; i++)
        free(candidate->authors[i]);
    free(candidate->authors);
    free(candidate->normalised);
    free(candidate->name);
    patch_fini(&candidate->patch);
    *candidate = (struct candidate){0};
}
