#include "orchestrator/repository/parts_steps.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/repository/apply.h"
#include "policies/foreign.h"
#include "policies/patch/write.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_NAME_MAX 120 /* bytes shown of a subject or a file's name */

void parts_steps_fini(struct parts_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        free(steps->names[i]);
    free(steps->names);
    free(steps->trees);
    *steps = (struct parts_steps){0};
}

static void steps_begin(struct parts_steps *steps, const git_oid *base)
{
    *steps = (struct parts_steps){.trees = memory_zeroed(2 * sizeof *steps->trees)};
    steps->trees[0] = *base;
}

static void steps_add(struct parts_steps *steps, char *name, const git_oid *tree)
{
    MEMORY_GROW(steps->names, steps->count, steps->capacity);
    steps->names[steps->count++] = name;
    steps->trees = memory_resize(steps->trees, steps->count + 1, sizeof *steps->trees);
    steps->trees[steps->count] = *tree;
}

/* `commit 1a2b3c4d5e6f "subject"` */
static char *steps_commit_name(const git_commit *commit)
{
    struct text name = {0};
    char hex[13];
    const char *summary = git_commit_summary((git_commit *)(uintptr_t)commit);
    git_oid_tostr(hex, sizeof hex, git_commit_id(commit));
    text_printf(&name, "commit %s ", hex);
    foreign_append_quoted(&name, summary ? summary : "", STEPS_NAME_MAX);
    return text_take(&name);
}

/* First parents from the tip, newest first; false when they don't lead to the base within the limit. */
static int steps_walk(struct repository *repository, const struct candidate *candidate, git_oid *line,
                      size_t *count, bool *found, struct err *err)
{
    git_oid at = candidate->tip;
    *count = 0;
    *found = false;
    while (!git_oid_equal(&at, &candidate->base_commit)) {
        cleanup_git_commit git_commit *commit = NULL;
        int code = git_commit_lookup(&commit, repository->git, &at);
        if (code < 0)
            return store_fail(repository, code, err, "read the candidate's commits");
        if (*count == PARTS_MAX_COMMITS || git_commit_parentcount(commit) == 0)
            return 0;
        line[(*count)++] = at;
        at = *git_commit_parent_id(commit, 0);
    }
    *found = true;
    return 0;
}

int parts_steps_of_commits(struct repository *repository, const struct candidate *candidate,
                           struct parts_steps *steps, char **remark, struct err *err)
{
    git_oid line[PARTS_MAX_COMMITS];
    size_t count;
    bool found;
    steps_begin(steps, &candidate->base_tree);
    int code = steps_walk(repository, candidate, line, &count, &found, err);
    if (code < 0 || found) {
        for (size_t i = count; code == 0 && i > 0; i--) {
            cleanup_git_commit git_commit *commit = NULL;
            code = git_commit_lookup(&commit, repository->git, &line[i - 1]);
            if (code < 0)
                return store_fail(repository, code, err, "read the candidate's commits");
            steps_add(steps, steps_commit_name(commit), git_commit_tree_id(commit));
        }
        return code;
    }
    *remark = memory_format("its commits don't lead to the base in one line of at most %d, so it is taken "
                            "apart by its hunks",
                            PARTS_MAX_COMMITS);
    return 0;
}

/* `mail 2, "src/a.c" and 3 more files` */
static char *steps_mail_name(const struct patch *patch, size_t number)
{
    struct text name = {0};
    text_printf(&name, "mail %zu, ", number);
    foreign_append_quoted(&name, patch_file_name(&patch->files[0]), STEPS_NAME_MAX);
    if (patch->file_count > 1)
        text_printf(&name, " and %zu more file%s", patch->file_count - 1, patch->file_count == 2 ? "" : "s");
    return text_take(&name);
}

static int steps_add_mail(struct repository *repository, const struct candidate *candidate, uint32_t series,
                          struct parts_steps *steps, struct err *err)
{
    cleanup_text struct text text = {0};
    cleanup_free char *failure = NULL;
    struct patch mail;
    git_oid tree;
    patch_write_series(&candidate->patch, series, &text);
    if (text.length == 0)
        return 0;
    int code = patch_parse(&mail, "mail", text_string(&text), text.length, err);
    if (code < 0)
        return code;
    code = apply_patch(repository, &steps->trees[steps->count], &mail, &tree, &failure, err);
    if (code == 0 && failure)
        code = err_set(err, ERR_INVALID, "mail %zu: %s", steps->count + 1, failure);
    if (code == 0)
        steps_add(steps, steps_mail_name(&mail, steps->count + 1), &tree);
    patch_fini(&mail);
    return code;
}

int parts_steps_of_mails(struct repository *repository, const struct candidate *candidate,
                         struct parts_steps *steps, struct err *err)
{
    const struct patch *patch = &candidate->patch;
    uint32_t last = patch->file_count ? patch->files[patch->file_count - 1].series : 0;
    int code = 0;
    steps_begin(steps, &candidate->base_tree);
    for (uint32_t series = 0; code == 0 && series <= last; series++)
        code = steps_add_mail(repository, candidate, series, steps, err);
    return code;
}
