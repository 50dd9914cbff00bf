#include "policies/patch/part.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/foreign.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PART_NAME_MAX 120 /* bytes shown of a file's name */

static void part_count_lines(const struct patch_hunk *hunk, struct patch_piece *piece)
{
    for (size_t i = 0; i < hunk->line_count; i++) {
        piece->added += hunk->lines[i].kind == '+';
        piece->removed += hunk->lines[i].kind == '-';
    }
}

static bool part_is_whole(const struct patch_file *file)
{
    bool mode = file->new_mode && file->new_mode != file->old_mode;
    return file->change != PATCH_MODIFY || file->binary || mode || file->hunk_count == 0;
}

static int part_find_pieces(const struct patch *patch, struct patch_parts *parts, struct err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < patch->file_count; i++)
        total += part_is_whole(&patch->files[i]) ? 1 : patch->files[i].hunk_count;
    if (total > PATCH_MAX_PIECES)
        return err_set(err, ERR_LIMIT, "the patch has %zu hunks and files; at most %d are taken apart", total,
                       PATCH_MAX_PIECES);
    parts->pieces = memory_zeroed((total + 1) * sizeof *parts->pieces);
    for (size_t i = 0; i < patch->file_count; i++) {
        const struct patch_file *file = &patch->files[i];
        bool whole = part_is_whole(file);
        size_t pieces = whole ? 1 : file->hunk_count;
        for (size_t j = 0; j < pieces; j++) {
            struct patch_piece *piece = &parts->pieces[parts->piece_count++];
            *piece = (struct patch_piece){.file = i, .hunk = j, .whole = whole};
            for (size_t k = j; k < (whole ? file->hunk_count : j + 1); k++)
                part_count_lines(&file->hunks[k], piece);
        }
    }
    return 0;
}

static size_t part_lines(const struct patch_part *part)
{
    return part->added + part->removed;
}

/* Do the part and its successor touch one file only? */
static bool part_is_same_file(const struct patch_parts *parts, size_t index)
{
    const struct patch_part *first = &parts->parts[index], *second = &parts->parts[index + 1];
    return parts->pieces[first->first].file == parts->pieces[second->first + second->count - 1].file;
}

/* The neighbours to put together next, by the index of the first. */
static size_t part_find_pair(const struct patch_parts *parts)
{
    size_t best = 0;
    for (size_t i = 1; i + 1 < parts->count; i++) {
        bool same = part_is_same_file(parts, i), best_same = part_is_same_file(parts, best);
        size_t lines = part_lines(&parts->parts[i]) + part_lines(&parts->parts[i + 1]);
        size_t best_lines = part_lines(&parts->parts[best]) + part_lines(&parts->parts[best + 1]);
        if (same != best_same ? same : lines < best_lines)
            best = i;
    }
    return best;
}

static void part_join(struct patch_parts *parts, size_t index)
{
    struct patch_part *into = &parts->parts[index];
    const struct patch_part *gone = &parts->parts[index + 1];
    into->count += gone->count;
    into->added += gone->added;
    into->removed += gone->removed;
    memmove(&parts->parts[index + 1], &parts->parts[index + 2],
            (parts->count - index - 2) * sizeof *parts->parts);
    parts->count--;
}

int patch_parts_split(const struct patch *patch, size_t most, struct patch_parts *parts, struct err *err)
{
    assert(most > 0 && most <= PATCH_MOST_PARTS);
    *parts = (struct patch_parts){0};
    int code = part_find_pieces(patch, parts, err);
    if (code < 0)
        return code;
    parts->count = parts->piece_count;
    parts->parts = memory_zeroed((parts->count + 1) * sizeof *parts->parts);
    for (size_t i = 0; i < parts->count; i++)
        parts->parts[i] = (struct patch_part){
            .first = i, .count = 1, .added = parts->pieces[i].added, .removed = parts->pieces[i].removed};
    while (parts->count > most)
        part_join(parts, part_find_pair(parts));
    return 0;
}

void patch_parts_fini(struct patch_parts *parts)
{
    free(parts->pieces);
    free(parts->parts);
    *parts = (struct patch_parts){0};
}

static const char *part_change_words(const struct patch_file *file)
{
    switch (file->change) {
    case PATCH_ADD:
        return "new file ";
    case PATCH_DELETE:
        return "deleted file ";
    case PATCH_RENAME:
        return "renamed file ";
    case PATCH_COPY:
        return "copied file ";
    case PATCH_MODE:
        return "mode of ";
    default:
        return file->binary ? "binary file " : "file ";
    }
}

char *patch_part_name(const struct patch *patch, const struct patch_parts *parts, size_t index)
{
    const struct patch_part *part = &parts->parts[index];
    const struct patch_piece *first = &parts->pieces[part->first];
    const struct patch_piece *last = first + part->count - 1;
    const struct patch_file *file = &patch->files[first->file];
    cleanup_text struct text name = {0};
    if (first->file != last->file)
        text_printf(&name, "%zu files, from ", last->file - first->file + 1);
    else if (first->whole)
        text_append_string(&name, part_change_words(file));
    else if (first == last)
        text_printf(&name, "hunk %zu of ", first->hunk + 1);
    else
        text_printf(&name, "hunks %zu–%zu of ", first->hunk + 1, last->hunk + 1);
    foreign_append_quoted(&name, patch_file_name(file), PART_NAME_MAX);
    if (first->file != last->file) {
        text_append_string(&name, " to ");
        foreign_append_quoted(&name, patch_file_name(&patch->files[last->file]), PART_NAME_MAX);
    } else if (!first->whole) {
        text_printf(&name, ", line %u", file->hunks[first->hunk].old_start);
    }
    return text_take(&name);
}
