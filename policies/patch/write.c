#include "policies/patch/write.h"

#include <string.h>

#define WRITE_MODE_FILE 0100644u /* of a new or deleted file whose patch does not say */

void patch_write_path(struct text *out, const char *prefix, const char *path)
{
    bool plain = true;
    for (const char *byte = path; *byte; byte++)
        plain = plain && (unsigned char)*byte >= 0x20 && (unsigned char)*byte < 0x7f && *byte != '"' &&
                *byte != '\\';
    if (plain) {
        text_printf(out, "%s%s", prefix, path);
        return;
    }
    text_printf(out, "\"%s", prefix);
    for (const char *byte = path; *byte; byte++) {
        if (*byte == '"' || *byte == '\\')
            text_printf(out, "\\%c", *byte);
        else if ((unsigned char)*byte < 0x20 || (unsigned char)*byte >= 0x7f)
            text_printf(out, "\\%03o", (unsigned)(unsigned char)*byte);
        else
            text_append_char(out, *byte);
    }
    text_append_char(out, '"');
}

static void write_moved(struct text *out, const char *words, const char *path)
{
    text_append_string(out, words);
    patch_write_path(out, "", path);
    text_append_char(out, '\n');
}

static void write_modes(struct text *out, const struct patch_file *file)
{
    if (file->change == PATCH_ADD) {
        text_printf(out, "new file mode %06o\n", file->new_mode ? file->new_mode : WRITE_MODE_FILE);
    } else if (file->change == PATCH_DELETE) {
        text_printf(out, "deleted file mode %06o\n", file->old_mode ? file->old_mode : WRITE_MODE_FILE);
    } else if (file->new_mode && file->new_mode != file->old_mode) {
        if (file->old_mode)
            text_printf(out, "old mode %06o\n", file->old_mode);
        text_printf(out, "new mode %06o\n", file->new_mode);
    }
}

/* "--- a/x", with a tab behind a name with a space, so that no time stamp is read out of it, as git does. */
static void write_side(struct text *out, const char *words, const char *prefix, const char *path)
{
    text_append_string(out, words);
    if (path)
        patch_write_path(out, prefix, path);
    else
        text_append_string(out, "/dev/null");
    text_append_string(out, path && strchr(path, ' ') ? "\t\n" : "\n");
}

static void write_header(struct text *out, const struct patch_file *file)
{
    text_append_string(out, "diff --git ");
    patch_write_path(out, "a/", file->old_path ? file->old_path : file->new_path);
    text_append_char(out, ' ');
    patch_write_path(out, "b/", file->new_path ? file->new_path : file->old_path);
    text_append_char(out, '\n');
    write_modes(out, file);
    if (file->change == PATCH_RENAME || file->change == PATCH_COPY) {
        bool copy = file->change == PATCH_COPY;
        write_moved(out, copy ? "copy from " : "rename from ", file->old_path);
        write_moved(out, copy ? "copy to " : "rename to ", file->new_path);
    }
    if (file->binary)
        text_append_string(out, "Binary files differ\n");
    if (file->hunk_count > 0) {
        write_side(out, "--- ", "a/", file->old_path);
        write_side(out, "+++ ", "b/", file->new_path);
    }
}

/* `moved`: lines that the hunks written before it in this file have added, less those removed. */
static void write_hunk(struct text *out, const struct patch_hunk *hunk, int64_t *moved)
{
    /* Lines before the hunk: "-5,0" names the last of them, "-5,1" the one behind. */
    int64_t before = (int64_t)hunk->old_start - (hunk->old_count > 0 && hunk->old_start > 0) + *moved;
    before = before < 0 ? 0 : before;
    text_printf(out, "@@ -%u,%u +%lld,%u @@\n", hunk->old_start, hunk->old_count,
                (long long)(before + (hunk->new_count > 0)), hunk->new_count);
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct patch_line *line = &hunk->lines[i];
        text_append_char(out, line->kind);
        text_append(out, line->bytes, line->length);
        text_append_string(out, line->no_newline ? "\n\\ No newline at end of file\n" : "\n");
    }
    *moved += (int64_t)hunk->new_count - (int64_t)hunk->old_count;
}

static void write_whole(struct text *out, const struct patch_file *file)
{
    int64_t moved = 0;
    write_header(out, file);
    for (size_t i = 0; i < file->hunk_count; i++)
        write_hunk(out, &file->hunks[i], &moved);
}

void patch_write_parts(const struct patch *patch, const struct patch_parts *parts, uint32_t take,
                       struct text *out)
{
    const struct patch_file *open = NULL; /* whose header was written last */
    int64_t moved = 0;
    for (size_t i = 0; i < parts->count; i++) {
        if (!(take >> i & 1))
            continue;
        const struct patch_part *part = &parts->parts[i];
        for (size_t j = part->first; j < part->first + part->count; j++) {
            const struct patch_piece *piece = &parts->pieces[j];
            const struct patch_file *file = &patch->files[piece->file];
            if (piece->whole) {
                write_whole(out, file);
                continue;
            }
            if (file != open) {
                write_header(out, file);
                moved = 0;
            }
            open = file;
            write_hunk(out, &file->hunks[piece->hunk], &moved);
        }
    }
}

void patch_write_series(const struct patch *patch, uint32_t series, struct text *out)
{
    for (size_t i = 0; i < patch->file_count; i++)
        if (patch->files[i].series == series)
            write_whole(out, &patch->files[i]);
}
