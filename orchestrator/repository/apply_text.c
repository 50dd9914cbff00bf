#include "orchestrator/repository/apply_text.h"

#include "base/memory.h"
#include "orchestrator/repository/place.h"

#include <string.h>

struct text_applier {
    const struct patch_file *file; /* borrowed */
    struct place_text old;         /* what the hunks apply to */
    struct text *out;              /* where the new text goes; borrowed */
};

static void text_emit(const struct text_applier *applier, const struct patch_line *line)
{
    text_append(applier->out, line->bytes, place_line_length(&applier->old, line));
    if (line->no_newline)
        return;
    if (applier->old.ends == ENDS_ADD_RETURN)
        text_append_char(applier->out, '\r');
    text_append_char(applier->out, '\n');
}

static void text_copy_to(struct text_applier *applier, size_t line)
{
    size_t start = applier->old.starts[applier->old.cursor];
    text_append(applier->out, applier->old.bytes + start, applier->old.starts[line] - start);
    applier->old.cursor = line;
}

/* The hunk's new side: context as the file has it, added lines as the patch has them. */
static void text_put_hunk(struct text_applier *applier, const struct patch_hunk *hunk, size_t place)
{
    text_copy_to(applier, place);
    for (size_t i = 0; i < hunk->line_count; i++) {
        if (hunk->lines[i].kind == '+')
            text_emit(applier, &hunk->lines[i]);
        else if (hunk->lines[i].kind == ' ')
            text_copy_to(applier, applier->old.cursor + 1);
        else
            applier->old.cursor++;
    }
}

static void text_note_place(const struct text_applier *applier, struct patch *patch, size_t number,
                            const struct place_pattern *pattern, size_t place)
{
    const char *path = patch_file_name(applier->file);
    const struct patch_hunk *hunk = pattern->hunk;
    size_t stated = pattern->stated;
    if (hunk->unnumbered)
        patch_add_note(patch,
                       "hunk %zu of %s (patch line %u): its lines are at line %zu alone; applied there",
                       number, path, hunk->source, place + 1);
    else if (place != stated)
        patch_add_note(patch, "hunk %zu of %s (patch line %u): applied at line %zu, %zu lines %s than stated",
                       number, path, hunk->source, place + 1,
                       place > stated ? place - stated : stated - place,
                       place > stated ? "later" : "earlier");
    if (pattern->count == 0 || place + pattern->count != applier->old.line_count)
        return;
    const struct patch_line *last = place_pattern_line(pattern, pattern->count - 1);
    if (!last->no_newline && !place_text_line(&applier->old, applier->old.line_count - 1).ended)
        patch_add_note(patch,
                       "hunk %zu of %s (patch line %u): the last line of the file has no newline, which "
                       "the patch does not say; left as it is",
                       number, path, hunk->source);
}

static bool text_apply_hunk(struct text_applier *applier, struct patch *patch, size_t number, char **failure)
{
    const struct patch_hunk *hunk = &applier->file->hunks[number - 1];
    struct place_pattern pattern;
    size_t places[2] = {0, 0};
    place_pattern_init(&pattern, hunk);
    size_t found = place_find(&applier->old, &pattern, places);
    if (found != 1) {
        *failure = place_explain(&applier->old, applier->file, &pattern, number, found, places);
    } else {
        text_note_place(applier, patch, number, &pattern, places[0]);
        text_put_hunk(applier, hunk, places[0]);
    }
    place_pattern_fini(&pattern);
    return found == 1;
}

/* A last line that lost its newline must stay the last line. */
static bool text_check_end(const struct text_applier *applier, char **failure)
{
    const struct patch_file *file = applier->file;
    const struct patch_hunk *hunk = file->hunk_count ? &file->hunks[file->hunk_count - 1] : NULL;
    for (size_t i = 0; i < file->hunk_count; i++)
        for (size_t j = 0; j < file->hunks[i].line_count; j++) {
            const struct patch_line *line = &file->hunks[i].lines[j];
            bool is_last = &file->hunks[i] == hunk && applier->old.cursor == applier->old.line_count;
            if (line->no_newline && line->kind != '-' && !is_last) {
                *failure = memory_format(
                    "%s, hunk %zu (patch line %u): a line without a newline is not the last one",
                    patch_file_name(file), i + 1, line->source);
                return false;
            }
        }
    return true;
}

bool apply_text(struct patch *patch, const struct patch_file *file, const char *old, size_t length,
                struct text *out, char **failure)
{
    struct text_applier applier = {.file = file, .out = out};
    *failure = NULL;
    if (length > APPLY_MAX_BYTES) {
        *failure = memory_format("%s: has %zu bytes; hunks are applied to files of at most %zu",
                                 patch_file_name(file), length, APPLY_MAX_BYTES);
        return false;
    }
    place_text_init(&applier.old, file, old, length);
    if (applier.old.ends != ENDS_SAME)
        patch_add_note(patch, "%s: the patch has %s line ends and the file has %s; read as the file's",
                       patch_file_name(file), applier.old.ends == ENDS_ADD_RETURN ? "LF" : "CR LF",
                       applier.old.ends == ENDS_ADD_RETURN ? "CR LF" : "LF");
    bool applied = true;
    for (size_t i = 1; applied && i <= file->hunk_count; i++)
        applied = text_apply_hunk(&applier, patch, i, failure);
    applied = applied && text_check_end(&applier, failure);
    if (applied)
        text_copy_to(&applier, applier.old.line_count);
    place_text_fini(&applier.old);
    return applied;
}
