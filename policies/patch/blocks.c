#include "policies/patch/blocks.h"

#include "base/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

void patch_blocks_free_file(struct patch_file *file)
{
    for (size_t i = 0; i < file->hunk_count; i++)
        free(file->hunks[i].lines);
    free(file->hunks);
    free(file->old_path);
    free(file->new_path);
}

static int blocks_compare(const void *left, const void *right)
{
    const struct patch_file *a = left, *b = right;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return strcmp(patch_file_name(a), patch_file_name(b));
}

static void blocks_ignore(void *node)
{
    (void)node;
}

static bool blocks_same_hunk(const struct patch_hunk *a, const struct patch_hunk *b)
{
    if (a->line_count != b->line_count || a->old_start != b->old_start)
        return false;
    for (size_t i = 0; i < a->line_count; i++) {
        const struct patch_line *x = &a->lines[i], *y = &b->lines[i];
        if (x->kind != y->kind || x->no_newline != y->no_newline || x->length != y->length ||
            memcmp(x->bytes, y->bytes, x->length) != 0)
            return false;
    }
    return true;
}

static bool blocks_same_file(const struct patch_file *a, const struct patch_file *b)
{
    bool same_old =
        a->old_path && b->old_path ? strcmp(a->old_path, b->old_path) == 0 : a->old_path == b->old_path;
    if (!same_old || a->change != b->change || a->new_mode != b->new_mode || a->binary != b->binary ||
        a->hunk_count != b->hunk_count)
        return false;
    for (size_t i = 0; i < a->hunk_count; i++)
        if (!blocks_same_hunk(&a->hunks[i], &b->hunks[i]))
            return false;
    return true;
}

static void blocks_note_repeat(struct patch *patch, const struct patch_file *first,
                               const struct patch_file *file)
{
    patch_add_note(patch, "patch line %u: the change of %s at line %u is repeated word for word; read once",
                   file->source, patch_file_name(file), first->source);
    for (size_t i = 0; i < file->hunk_count; i++)
        for (size_t j = 0; j < file->hunks[i].line_count; j++) {
            patch->added -= file->hunks[i].lines[j].kind == '+';
            patch->removed -= file->hunks[i].lines[j].kind == '-';
        }
}

/* *repeated where an earlier block has the same. */
static int blocks_check_file(struct patch *patch, void **names, const char *name, struct patch_file *file,
                             bool *repeated, struct err *err)
{
    struct patch_file **slot = tsearch(file, names, blocks_compare);
    if (!slot)
        abort();
    const struct patch_file *first = *slot;
    if (first == file || first->block == file->block)
        return 0;
    if (!blocks_same_file(first, file))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: %s is changed here and in another block, at line %u; whether that is a choice or "
            "one change in two parts is not said, so give one diff of it",
            name, file->source, patch_file_name(file), first->source);
    blocks_note_repeat(patch, first, file);
    *repeated = true;
    return 0;
}

int patch_blocks_check(struct patch *patch, const char *name, struct err *err)
{
    void *names = NULL; /* tsearch(3) tree of the first file of each name and mail */
    bool *repeated = memory_zeroed(patch->file_count + 1);
    int code = 0;
    size_t kept = 0;
    for (size_t i = 0; code == 0 && i < patch->file_count; i++)
        code = blocks_check_file(patch, &names, name, &patch->files[i], &repeated[i], err);
    tdestroy(names, blocks_ignore);
    for (size_t i = 0; code == 0 && i < patch->file_count; i++) {
        if (repeated[i])
            patch_blocks_free_file(&patch->files[i]);
        else
            patch->files[kept++] = patch->files[i];
    }
    if (code == 0)
        patch->file_count = kept;
    free(repeated);
    return code;
}
