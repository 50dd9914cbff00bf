#include "orchestrator/repository/apply.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/repository/apply_text.h"
#include "orchestrator/repository/tree_edit.h"

#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLY_SUBMODULE "Subproject commit "
#define MODE_KIND       0170000u

/* One path as the mail leaves it. The first member makes pointers to it comparable by path. */
struct apply_entry {
    const char *path; /* borrowed from the patch */
    uint32_t mode;    /* 0: not there */
    git_oid blob;
    bool written; /* by this mail, so a rename away from the path no longer removes it */
};

struct apply {
    struct repository *repository;
    struct patch *patch;
    git_oid tree;  /* before this mail */
    void *entries; /* tsearch(3) tree of struct apply_entry */
    size_t entry_count;
    void *leaving;  /* tsearch(3) tree of paths that a rename of this mail takes away */
    char **failure; /* where the sentence goes */
    struct err *err;
};

static int apply_compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void apply_ignore(void *node)
{
    (void)node;
}

/* A sentence about `file`; returns 0 since a patch that does not apply is no error. */
__attribute__((format(printf, 3, 4))) static int apply_refuse(struct apply *apply, const char *path,
                                                              const char *format, ...)
{
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    *apply->failure = memory_format("%s: %s", path, words);
    return 0;
}

/* The path before this mail. */
static int apply_look_up(struct apply *apply, const char *path, struct apply_entry *entry)
{
    git_tree *tree = NULL;
    git_tree_entry *found = NULL;
    *entry = (struct apply_entry){.path = path};
    int code = git_tree_lookup(&tree, apply->repository->git, &apply->tree);
    if (code == 0)
        code = git_tree_entry_bypath(&found, tree, path);
    if (code == 0) {
        entry->mode = (uint32_t)git_tree_entry_filemode(found);
        entry->blob = *git_tree_entry_id(found);
    }
    git_tree_entry_free(found);
    git_tree_free(tree);
    if (code < 0 && code != GIT_ENOTFOUND)
        return store_fail(apply->repository, code, apply->err, "look up %s", path);
    return 0;
}

/* The path as it stands now, with what earlier parts of this mail did. */
static int apply_current(struct apply *apply, const char *path, struct apply_entry *entry)
{
    struct apply_entry key = {.path = path};
    struct apply_entry **found = tfind(&key, &apply->entries, apply_compare);
    if (!found)
        return apply_look_up(apply, path, entry);
    *entry = **found;
    return 0;
}

static void apply_set(struct apply *apply, const char *path, uint32_t mode, const git_oid *blob, bool written)
{
    struct apply_entry *entry = MEMORY_NEW(struct apply_entry);
    *entry = (struct apply_entry){.path = path};
    struct apply_entry **slot = tsearch(entry, &apply->entries, apply_compare);
    if (!slot)
        abort();
    if (*slot != entry)
        free(entry);
    else
        apply->entry_count++;
    (*slot)->mode = mode;
    (*slot)->written |= written;
    if (blob)
        (*slot)->blob = *blob;
}

static const char *apply_kind(uint32_t mode)
{
    switch (mode & MODE_KIND) {
    case 0040000:
        return "a folder";
    case 0120000:
        return "a symbolic link";
    case 0160000:
        return "a submodule";
    default:
        return "a file";
    }
}

/* "-0,0" and nothing but added lines: what a diff says of a new file, under a header that forgot to. */
static bool apply_starts_from_nothing(const struct patch_file *file)
{
    return file->change == PATCH_MODIFY && file->hunk_count == 1 && !file->hunks[0].unnumbered &&
           file->hunks[0].old_start == 0 && file->hunks[0].old_count == 0;
}

/* The old side must be there and of the kind that the patch says. Sets *failure where it is not. */
static int apply_read_old(struct apply *apply, const struct patch_file *file, struct apply_entry *old)
{
    bool moves = file->change == PATCH_RENAME || file->change == PATCH_COPY;
    int code = moves ? apply_look_up(apply, file->old_path, old) : apply_current(apply, file->old_path, old);
    if (code < 0)
        return code;
    if (old->mode == 0 && apply_starts_from_nothing(file)) {
        patch_add_note(
            apply->patch,
            "%s: the patch does not call it new, but starts from nothing, and the base has no such "
            "file; added",
            file->old_path);
        return 0;
    }
    if (old->mode == 0)
        return apply_refuse(apply, file->old_path,
                            "expected a file to change, found none in the base (patch line %u)",
                            file->source);
    if ((old->mode & MODE_KIND) == 0040000)
        return apply_refuse(apply, file->old_path, "expected a file, found a folder");
    if (file->old_mode && ((file->old_mode ^ old->mode) & MODE_KIND))
        return apply_refuse(apply, file->old_path, "expected %s, found %s", apply_kind(file->old_mode),
                            apply_kind(old->mode));
    if (file->new_mode && ((file->new_mode ^ old->mode) & MODE_KIND))
        return apply_refuse(apply, file->old_path, "%s can't become %s by a change of mode",
                            apply_kind(old->mode), apply_kind(file->new_mode));
    if (file->old_mode && file->old_mode != old->mode)
        patch_add_note(apply->patch, "%s: the patch says mode %o and the base has %o", file->old_path,
                       file->old_mode, old->mode);
    return 0;
}

/* A path that comes into being must be free, or about to be freed by a rename. */
static int apply_check_new(struct apply *apply, const struct patch_file *file)
{
    struct apply_entry now;
    int code = apply_current(apply, file->new_path, &now);
    if (code < 0 || now.mode == 0 || (!now.written && tfind(&file->new_path, &apply->leaving, apply_compare)))
        return code;
    if ((now.mode & MODE_KIND) == 0040000)
        return 0; /* tree_edit_apply() knows whether anything stays in the folder */
    return apply_refuse(apply, file->new_path, "expected no such file, found one in the base (patch line %u)",
                        file->source);
}

static int apply_read_content(struct apply *apply, const struct apply_entry *old, char **bytes,
                              size_t *length)
{
    if (old->mode == 0) {
        *bytes = memory_copy_string("");
        *length = 0;
        return 0;
    }
    if ((old->mode & MODE_KIND) == 0160000) {
        char hex[GIT_OID_HEXSZ + 1];
        *bytes = memory_format(APPLY_SUBMODULE "%s\n", git_oid_tostr(hex, sizeof hex, &old->blob));
        *length = strlen(*bytes);
        return 0;
    }
    int code = repository_blob(apply->repository, &old->blob, bytes, length, apply->err);
    return code < 0 ? err_wrap(apply->err, "%s", old->path) : 0;
}

/* Stores the new content; of a submodule it is the text that names a commit. */
static int apply_store(struct apply *apply, const struct patch_file *file, uint32_t mode,
                       const struct text *text, git_oid *blob)
{
    if ((mode & MODE_KIND) != 0160000)
        return store_add(apply->repository, GIT_OBJECT_BLOB, text_string(text), text->length, blob,
                         apply->err);
    size_t prefix = strlen(APPLY_SUBMODULE);
    if (text->length == prefix + GIT_OID_HEXSZ + 1 && strncmp(text->data, APPLY_SUBMODULE, prefix) == 0 &&
        git_oid_fromstrn(blob, text->data + prefix, GIT_OID_HEXSZ) == 0 && !git_oid_is_zero(blob))
        return 0;
    return apply_refuse(apply, patch_file_name(file), "expected `" APPLY_SUBMODULE "` and an object id");
}

static int apply_content(struct apply *apply, const struct patch_file *file, const struct apply_entry *old,
                         uint32_t mode, git_oid *blob)
{
    cleanup_free char *bytes = NULL;
    cleanup_text struct text text = {0};
    size_t length;
    if (file->hunk_count == 0 && old->mode != 0 && file->change != PATCH_DELETE) {
        *blob = old->blob;
        return 0;
    }
    int code = apply_read_content(apply, old, &bytes, &length);
    if (code < 0 || !apply_text(apply->patch, file, bytes, length, &text, apply->failure))
        return code;
    if (file->change != PATCH_DELETE)
        return apply_store(apply, file, mode, &text, blob);
    if (text.length > 0)
        return apply_refuse(
            apply, file->old_path,
            "the patch deletes it, but %zu of its %zu bytes stay behind; expected all lines in the "
            "hunk",
            text.length, length);
    return 0;
}

static int apply_check_paths(struct apply *apply, const struct patch_file *file)
{
    const char *why;
    if (file->old_path && !patch_path_is_safe(file->old_path, &why))
        return apply_refuse(apply, file->old_path, "this path is refused: %s (patch line %u)", why,
                            file->source);
    if (file->new_path && !patch_path_is_safe(file->new_path, &why))
        return apply_refuse(apply, file->new_path, "this path is refused: %s (patch line %u)", why,
                            file->source);
    if (file->binary)
        return apply_refuse(
            apply, patch_file_name(file),
            "a binary patch is not applied; give the candidate as a commit or branch (patch line %u)",
            file->source);
    return 0;
}

static int apply_file(struct apply *apply, const struct patch_file *file)
{
    struct apply_entry old = {0};
    git_oid blob = {{0}};
    int code = apply_check_paths(apply, file);
    if (code == 0 && !*apply->failure && file->old_path)
        code = apply_read_old(apply, file, &old);
    bool appears = file->change == PATCH_ADD || file->change == PATCH_RENAME || file->change == PATCH_COPY;
    if (code == 0 && !*apply->failure && appears)
        code = apply_check_new(apply, file);
    if (code < 0 || *apply->failure)
        return code;
    uint32_t mode = file->new_mode ? file->new_mode : old.mode ? old.mode : 0100644;
    code = apply_content(apply, file, &old, mode, &blob);
    if (code < 0 || *apply->failure)
        return code;
    if (file->change == PATCH_RENAME || file->change == PATCH_DELETE) {
        struct apply_entry now;
        code = apply_current(apply, file->old_path, &now);
        if (code < 0)
            return code;
        if (!now.written || file->change == PATCH_DELETE)
            apply_set(apply, file->old_path, 0, NULL, false);
    }
    if (file->new_path)
        apply_set(apply, file->new_path, mode, &blob, true);
    return 0;
}

struct apply_collector {
    struct tree_edit *edits;
    size_t count;
};

static void apply_collect(const void *node, VISIT visit, void *data)
{
    struct apply_collector *collector = data;
    const struct apply_entry *entry = *(const struct apply_entry *const *)node;
    if (visit == postorder || visit == leaf)
        collector->edits[collector->count++] = (struct tree_edit){entry->path, entry->mode, entry->blob};
}

/* One mail: files [first, last) of the patch. */
static int apply_series(struct apply *apply, size_t first, size_t last)
{
    int code = 0;
    for (size_t i = first; i < last; i++)
        if (apply->patch->files[i].change == PATCH_RENAME &&
            !tsearch(&apply->patch->files[i].old_path, &apply->leaving, apply_compare))
            abort();
    for (size_t i = first; code == 0 && !*apply->failure && i < last; i++)
        code = apply_file(apply, &apply->patch->files[i]);
    if (code == 0 && !*apply->failure) {
        struct apply_collector collector = {
            memory_resize(NULL, apply->entry_count + 1, sizeof(struct tree_edit)), 0};
        twalk_r(apply->entries, apply_collect, &collector);
        git_oid next;
        code = tree_edit_apply(apply->repository, &apply->tree, collector.edits, collector.count, &next,
                               apply->failure, apply->err);
        if (code == 0 && !*apply->failure)
            apply->tree = next;
        free(collector.edits);
    }
    tdestroy(apply->entries, free);
    tdestroy(apply->leaving, apply_ignore);
    apply->entries = apply->leaving = NULL;
    apply->entry_count = 0;
    return code;
}

int apply_patch(struct repository *repository, const git_oid *base, struct patch *patch, git_oid *out,
                char **failure, struct err *err)
{
    struct apply apply = {
        .repository = repository, .patch = patch, .tree = *base, .failure = failure, .err = err};
    *failure = NULL;
    int code = 0;
    for (size_t first = 0; code == 0 && !*failure && first < patch->file_count;) {
        size_t last = first;
        while (last < patch->file_count && patch->files[last].series == patch->files[first].series)
            last++;
        code = apply_series(&apply, first, last);
        first = last;
    }
    *out = apply.tree;
    return code;
}
