#include "orchestrator/repository/difference.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/repository/changed.h"
#include "policies/patch/write.h"

#include <stdlib.h>
#include <string.h>

/* Renames are searched among at most this many files, as git's own default (diff.renameLimit, 1000). */
#define DIFFERENCE_RENAME_LIMIT 1000

static void difference_cleanup_diff(git_diff **diff)
{
    git_diff_free(*diff);
}

/* git_diff_options that no configuration file can bend:
 * every field that a setting would fill is filled here. */
static git_diff_options difference_options(void)
{
    return (git_diff_options){
        .version = GIT_DIFF_OPTIONS_VERSION,
        .flags = GIT_DIFF_INCLUDE_TYPECHANGE,
        .ignore_submodules = GIT_SUBMODULE_IGNORE_NONE,
        .context_lines = 3,
        .id_abbrev = GIT_OID_HEXSZ,
        .old_prefix = "a",
        .new_prefix = "b",
    };
}

static int difference_of_trees(struct repository *repository, const git_oid *before, const git_oid *after,
                               const struct changed_paths *changed, git_diff **diff)
{
    cleanup_git_tree git_tree *old = NULL, *new = NULL;
    git_diff_options options = difference_options();
    options.flags |= GIT_DIFF_DISABLE_PATHSPEC_MATCH; /* paths are paths, not patterns */
    options.pathspec = (git_strarray){changed->paths, changed->count};
    int code = git_tree_lookup(&old, repository->git, before);
    if (code == 0)
        code = git_tree_lookup(&new, repository->git, after);
    if (code == 0)
        code = git_diff_tree_to_tree(diff, repository->git, old, new, &options);
    git_diff_find_options find = {
        .version = GIT_DIFF_FIND_OPTIONS_VERSION,
        .flags = GIT_DIFF_FIND_RENAMES,
        .rename_threshold = 50,
        .rename_limit = DIFFERENCE_RENAME_LIMIT,
    };
    return code == 0 ? git_diff_find_similar(*diff, &find) : code;
}

static void difference_put_header(struct text *text, const struct candidate_change *change)
{
    const char *old_path = change->old_path ? change->old_path : change->new_path;
    const char *new_path = change->new_path ? change->new_path : change->old_path;
    char before[GIT_OID_HEXSZ + 1], after[GIT_OID_HEXSZ + 1];
    text_append_string(text, "diff --git ");
    patch_write_path(text, "a/", old_path);
    text_append_char(text, ' ');
    patch_write_path(text, "b/", new_path);
    text_append_char(text, '\n');
    if (!change->old_path)
        text_printf(text, "new file mode %06o\n", change->new_mode);
    else if (!change->new_path)
        text_printf(text, "deleted file mode %06o\n", change->old_mode);
    else if (change->old_mode != change->new_mode)
        text_printf(text, "old mode %06o\nnew mode %06o\n", change->old_mode, change->new_mode);
    if (strcmp(old_path, new_path) != 0) {
        text_append_string(text, "rename from ");
        patch_write_path(text, "", old_path);
        text_append_string(text, "\nrename to ");
        patch_write_path(text, "", new_path);
        text_append_char(text, '\n');
    }
    if (!git_oid_equal(&change->old_blob, &change->new_blob))
        text_printf(text, "index %s..%s\n", git_oid_tostr(before, sizeof before, &change->old_blob),
                    git_oid_tostr(after, sizeof after, &change->new_blob));
}

static void difference_put_sides(struct text *text, const struct candidate_change *change)
{
    const char *const words[] = {"--- ", "+++ "};
    const char *const paths[] = {change->old_path, change->new_path};
    for (size_t i = 0; i < 2; i++) {
        text_append_string(text, words[i]);
        if (!paths[i]) {
            text_append_string(text, "/dev/null\n");
            continue;
        }
        patch_write_path(text, i == 0 ? "a/" : "b/", paths[i]);
        /* A name with a space is ended by a tab, as git does, so that time stamps can't be seen in it. */
        text_append_string(text, strchr(paths[i], ' ') ? "\t\n" : "\n");
    }
}

/* Bytes of one side; of a submodule the line that git shows. */
static int difference_read_side(struct repository *repository, const char *path, uint32_t mode,
                                const git_oid *blob, char **bytes, size_t *length, struct err *err)
{
    char hex[GIT_OID_HEXSZ + 1];
    if (mode == 0 || mode == GIT_FILEMODE_COMMIT) {
        *bytes = mode == 0 ? memory_copy_string("")
                           : memory_format("Subproject commit %s\n", git_oid_tostr(hex, sizeof hex, blob));
        *length = strlen(*bytes);
        return 0;
    }
    int code = repository_blob(repository, blob, bytes, length, err);
    return code < 0 ? err_wrap(err, "%s", path) : 0;
}

static int difference_put_hunks(git_patch *patch, struct text *text, const struct candidate_change *change)
{
    size_t hunks = git_patch_num_hunks(patch);
    if (hunks > 0)
        difference_put_sides(text, change);
    for (size_t i = 0; i < hunks; i++) {
        const git_diff_hunk *hunk;
        const git_diff_line *line;
        size_t lines;
        int code = git_patch_get_hunk(&hunk, &lines, patch, i);
        if (code < 0)
            return code;
        text_printf(text, "@@ -%d,%d +%d,%d @@\n", hunk->old_start, hunk->old_lines, hunk->new_start,
                    hunk->new_lines);
        for (size_t j = 0; j < lines; j++) {
            if ((code = git_patch_get_line_in_hunk(&line, patch, i, j)) < 0)
                return code;
            /* '=', '>' and '<' bring the marker's text along, newline before it included (git2/diff.h). */
            if (strchr(" +-", line->origin))
                text_append_char(text, line->origin);
            text_append(text, line->content, line->content_len);
            if (text->length > PATCH_MAX_BYTES)
                return 1;
        }
    }
    return 0;
}

static int difference_put_content(struct repository *repository, struct text *text,
                                  struct candidate_change *change, struct err *err)
{
    cleanup_free char *old = NULL, *new = NULL;
    size_t old_length, new_length, added = 0, removed = 0;
    git_diff_options options = difference_options();
    git_patch *patch = NULL;
    int code = difference_read_side(repository, change->old_path, change->old_mode, &change->old_blob, &old,
                                    &old_length, err);
    if (code == 0)
        code = difference_read_side(repository, change->new_path, change->new_mode, &change->new_blob, &new,
                                    &new_length, err);
    if (code < 0)
        return code;
    int git = git_patch_from_buffers(&patch, old, old_length, NULL, new, new_length, NULL, &options);
    if (git < 0)
        return store_fail(NULL, git, err, "compare both sides of %s",
                          change->new_path ? change->new_path : change->old_path);
    change->binary = (git_patch_get_delta(patch)->flags & GIT_DIFF_FLAG_BINARY) != 0;
    if (change->binary) {
        text_append_string(text, "Binary files differ\n");
    } else {
        git = git_patch_line_stats(NULL, &added, &removed, patch);
        if (git == 0)
            git = difference_put_hunks(patch, text, change);
    }
    git_patch_free(patch);
    change->added = (uint32_t)added;
    change->removed = (uint32_t)removed;
    if (git > 0)
        return err_set(err, ERR_LIMIT, "the candidate's diff has more than %zu bytes", PATCH_MAX_BYTES);
    return git < 0 ? store_fail(NULL, git, err, "write the diff") : 0;
}

static struct candidate_change difference_change(const git_diff_delta *delta)
{
    struct candidate_change change = {0};
    if (delta->status != GIT_DELTA_ADDED) {
        change.old_path = memory_copy_string(delta->old_file.path);
        change.old_mode = delta->old_file.mode;
        change.old_blob = delta->old_file.id;
    }
    if (delta->status != GIT_DELTA_DELETED) {
        change.new_path = memory_copy_string(delta->new_file.path);
        change.new_mode = delta->new_file.mode;
        change.new_blob = delta->new_file.id;
    }
    return change;
}

static int difference_put_change(struct repository *repository, struct text *text,
                                 struct candidate_change *change, struct err *err)
{
    difference_put_header(text, change);
    if (git_oid_equal(&change->old_blob, &change->new_blob))
        return 0;
    return difference_put_content(repository, text, change, err);
}

/* A file that becomes a link or a submodule is a deletion and an addition in the text, as git writes it. */
static int difference_put_both(struct repository *repository, struct text *text,
                               struct candidate_change *change, struct err *err)
{
    struct candidate_change gone = *change, come = *change;
    gone.new_path = come.old_path = NULL;
    gone.new_mode = come.old_mode = 0;
    gone.new_blob = come.old_blob = (git_oid){{0}};
    int code = difference_put_change(repository, text, &gone, err);
    if (code == 0)
        code = difference_put_change(repository, text, &come, err);
    change->removed = gone.removed;
    change->added = come.added;
    change->binary = gone.binary || come.binary;
    return code;
}

/* Text and line counts of each change that libgit2 found. */
static int difference_write(struct repository *repository, struct candidate *candidate, git_diff *diff,
                            struct text *text, struct err *err)
{
    size_t count = git_diff_num_deltas(diff);
    int code = 0;
    candidate->changes = memory_zeroed((count + 1) * sizeof *candidate->changes);
    for (size_t i = 0; code == 0 && i < count; i++) {
        struct candidate_change *change = &candidate->changes[candidate->change_count++];
        *change = difference_change(git_diff_get_delta(diff, i));
        bool other_kind =
            change->old_path && change->new_path && ((change->old_mode ^ change->new_mode) & 0170000);
        code = other_kind ? difference_put_both(repository, text, change, err)
                          : difference_put_change(repository, text, change, err);
    }
    return code;
}

int difference_fill(struct repository *repository, struct candidate *candidate, struct err *err)
{
    __attribute__((cleanup(difference_cleanup_diff))) git_diff *diff = NULL;
    __attribute__((cleanup(changed_fini))) struct changed_paths changed = {0};
    cleanup_text struct text text = {0};
    int code = changed_find(repository, &candidate->base_tree, &candidate->tree, &changed, err);
    if (code < 0)
        return err_wrap(err, "compare the base with the candidate");
    if (changed.count > 0) { /* none would mean "all" to libgit2 */
        int git = difference_of_trees(repository, &candidate->base_tree, &candidate->tree, &changed, &diff);
        if (git < 0)
            return store_fail(repository, git, err, "compare the base with the candidate");
        code = difference_write(repository, candidate, diff, &text, err);
        if (code < 0)
            return code;
    }
    candidate->normalised_length = text.length;
    candidate->normalised = text_take(&text);
    candidate->patch_digest = digest_of(candidate->normalised, candidate->normalised_length);
    return 0;
}
