#include "orchestrator/repository/apply_text.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <ctype.h>
#include <string.h>

#define TEXT_MAX_SEARCH UINT64_C(1000000000) /* line comparisons spent on displaced hunks of one file */
#define TEXT_SHOWN      120                  /* bytes shown of an expected or found line */

/* How the patch's line ends stand to the file's. */
enum text_ends { ENDS_SAME, ENDS_ADD_RETURN, ENDS_STRIP_RETURN };

struct text_line {
    const char *bytes;
    size_t length; /* without the "\n" */
    bool ended;    /* by "\n" */
};

struct text_applier {
    const struct patch_file *file;
    const char *old;   /* borrowed */
    size_t *starts;    /* offset of each line and the end of the text; owned */
    size_t line_count; /* of the old text */
    size_t cursor;     /* old lines copied or replaced so far */
    enum text_ends ends;
    uint64_t searched; /* line comparisons spent so far */
    struct text *out;
};

/* The lines of a hunk's old side, by index into hunk->lines. */
struct text_pattern {
    const struct patch_hunk *hunk;
    size_t *lines; /* owned */
    size_t count;
    bool at_beginning, at_end; /* must match there */
};

static void text_split(struct text_applier *applier, size_t length)
{
    size_t capacity = 0;
    for (size_t at = 0; at < length; applier->line_count++) {
        MEMORY_GROW(applier->starts, applier->line_count + 1, capacity);
        applier->starts[applier->line_count] = at;
        const char *end = memchr(applier->old + at, '\n', length - at);
        at = end ? (size_t)(end - applier->old) + 1 : length;
    }
    MEMORY_GROW(applier->starts, applier->line_count + 1, capacity);
    applier->starts[applier->line_count] = length;
}

static struct text_line text_old_line(const struct text_applier *applier, size_t index)
{
    size_t start = applier->starts[index], end = applier->starts[index + 1];
    bool ended = applier->old[end - 1] == '\n';
    return (struct text_line){applier->old + start, end - start - ended, ended};
}

static bool text_ends_in_return(const char *bytes, size_t length)
{
    return length > 0 && bytes[length - 1] == '\r';
}

/* Only where all lines of the file are of one kind and all of the patch of the other is there one way to read
 * it. */
static enum text_ends text_choose_ends(const struct text_applier *applier)
{
    size_t with = 0, without = 0, patch_with = 0, patch_without = 0;
    for (size_t i = 0; i < applier->line_count; i++) {
        struct text_line line = text_old_line(applier, i);
        if (line.ended)
            *(text_ends_in_return(line.bytes, line.length) ? &with : &without) += 1;
    }
    for (size_t i = 0; i < applier->file->hunk_count; i++)
        for (size_t j = 0; j < applier->file->hunks[i].line_count; j++) {
            const struct patch_line *line = &applier->file->hunks[i].lines[j];
            if (!line->no_newline)
                *(text_ends_in_return(line->bytes, line->length) ? &patch_with : &patch_without) += 1;
        }
    if (with > 0 && without == 0 && patch_with == 0)
        return ENDS_ADD_RETURN;
    if (without > 0 && with == 0 && patch_without == 0)
        return ENDS_STRIP_RETURN;
    return ENDS_SAME;
}

/* Length of a patch line's own bytes, without a return that is to be stripped. */
static size_t text_patch_length(const struct text_applier *applier, const struct patch_line *line)
{
    bool strip = applier->ends == ENDS_STRIP_RETURN && text_ends_in_return(line->bytes, line->length);
    return line->length - strip;
}

static bool text_line_matches(const struct text_applier *applier, size_t index,
                              const struct patch_line *wanted)
{
    struct text_line line = text_old_line(applier, index);
    size_t length = text_patch_length(applier, wanted);
    bool add = applier->ends == ENDS_ADD_RETURN && !wanted->no_newline;
    if (line.ended == wanted->no_newline || line.length != length + add)
        return false;
    return memcmp(line.bytes, wanted->bytes, length) == 0 && (!add || line.bytes[length] == '\r');
}

static void text_emit(const struct text_applier *applier, const struct patch_line *line)
{
    text_append(applier->out, line->bytes, text_patch_length(applier, line));
    if (line->no_newline)
        return;
    if (applier->ends == ENDS_ADD_RETURN)
        text_append_char(applier->out, '\r');
    text_append_char(applier->out, '\n');
}

static struct text_pattern text_pattern_of(const struct patch_hunk *hunk)
{
    struct text_pattern pattern = {.hunk = hunk,
                                   .lines = memory_resize(NULL, hunk->line_count + 1, sizeof(size_t))};
    for (size_t i = 0; i < hunk->line_count; i++)
        if (hunk->lines[i].kind != '+')
            pattern.lines[pattern.count++] = i;
    pattern.at_beginning = hunk->old_start <= 1;
    pattern.at_end = hunk->line_count == 0 || hunk->lines[hunk->line_count - 1].kind != ' ';
    return pattern;
}

/* Number of pattern lines that match at `at`; equal to the pattern's count when it fits. */
static size_t text_match_at(const struct text_applier *applier, const struct text_pattern *pattern, size_t at)
{
    size_t matched = 0;
    while (matched < pattern->count && at + matched < applier->line_count &&
           text_line_matches(applier, at + matched, &pattern->hunk->lines[pattern->lines[matched]]))
        matched++;
    return matched;
}

static bool text_fits(const struct text_applier *applier, const struct text_pattern *pattern, size_t at)
{
    if (at < applier->cursor || at + pattern->count > applier->line_count ||
        (pattern->at_beginning && at != 0) || (pattern->at_end && at + pattern->count != applier->line_count))
        return false;
    return text_match_at(applier, pattern, at) == pattern->count;
}

static bool text_same_line(const struct patch_line *a, const struct patch_line *b)
{
    return a->no_newline == b->no_newline && a->length == b->length &&
           memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* Borders of the pattern (Knuth, Morris & Pratt 1977), so that a search is linear whatever the lines are. */
static size_t *text_borders(const struct text_pattern *pattern)
{
    size_t *borders = memory_resize(NULL, pattern->count + 1, sizeof *borders);
    const struct patch_line *lines = pattern->hunk->lines;
    borders[0] = 0;
    for (size_t i = 1, length = 0; i < pattern->count; i++) {
        while (length > 0 && !text_same_line(&lines[pattern->lines[i]], &lines[pattern->lines[length]]))
            length = borders[length - 1];
        length += text_same_line(&lines[pattern->lines[i]], &lines[pattern->lines[length]]);
        borders[i] = length;
    }
    return borders;
}

/* Up to two places at or behind the cursor where the pattern fits. */
static size_t text_search(struct text_applier *applier, const struct text_pattern *pattern, size_t places[2])
{
    size_t found = 0, matched = 0;
    if (pattern->count == 0 || pattern->at_beginning || applier->searched > TEXT_MAX_SEARCH)
        return 0;
    cleanup_free size_t *borders = text_borders(pattern);
    applier->searched += applier->line_count - applier->cursor + pattern->count;
    for (size_t i = applier->cursor; i < applier->line_count && found < 2; i++) {
        while (matched > 0 && !text_line_matches(applier, i, &pattern->hunk->lines[pattern->lines[matched]]))
            matched = borders[matched - 1];
        matched += text_line_matches(applier, i, &pattern->hunk->lines[pattern->lines[matched]]);
        if (matched == pattern->count) {
            if (!pattern->at_end || i + 1 == applier->line_count)
                places[found++] = i + 1 - matched;
            matched = borders[matched - 1];
        }
    }
    return found;
}

/* Foreign text for a message: cut, and without bytes that a terminal would obey. */
static char *text_show(const char *bytes, size_t length)
{
    cleanup_text struct text shown = {0};
    size_t cut = length > TEXT_SHOWN ? TEXT_SHOWN : length;
    for (size_t i = 0; i < cut; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\t')
            text_append_string(&shown, "\\t");
        else if (byte < 0x20 || byte >= 0x7f)
            text_printf(&shown, "\\x%02x", byte);
        else
            text_append_char(&shown, (char)byte);
    }
    if (cut < length)
        text_append_string(&shown, "…");
    return text_take(&shown);
}

static char *text_explain(const struct text_applier *applier, const struct text_pattern *pattern,
                          size_t number, size_t at, bool several, const size_t places[2])
{
    const char *path = patch_file_name(applier->file);
    if (several)
        return memory_format(
            "%s, hunk %zu (line %zu): not at its line, and at several others (lines %zu and %zu); "
            "expected exactly one place",
            path, number, at + 1, places[0] + 1, places[1] + 1);
    if (at < applier->cursor)
        return memory_format("%s, hunk %zu (line %zu): it reaches back into the hunk before it", path, number,
                             at + 1);
    size_t matched = text_match_at(applier, pattern, at);
    if (matched == pattern->count)
        return memory_format(
            "%s, hunk %zu (line %zu): it has no context at its %s, so it must match there, and does "
            "not",
            path, number, at + 1,
            pattern->at_end && at + matched != applier->line_count ? "end" : "beginning");
    const struct patch_line *wanted = &pattern->hunk->lines[pattern->lines[matched]];
    cleanup_free char *expected = text_show(wanted->bytes, text_patch_length(applier, wanted));
    const char *no_newline = " (no newline at the end)";
    if (at + matched >= applier->line_count)
        return memory_format("%s, hunk %zu (line %zu): expected `%s`%s, found the end of the file", path,
                             number, at + matched + 1, expected, wanted->no_newline ? no_newline : "");
    struct text_line line = text_old_line(applier, at + matched);
    cleanup_free char *found = text_show(line.bytes, line.length);
    return memory_format("%s, hunk %zu (line %zu): expected `%s`%s, found `%s`%s", path, number,
                         at + matched + 1, expected, wanted->no_newline ? no_newline : "", found,
                         line.ended ? "" : no_newline);
}

static void text_copy_to(struct text_applier *applier, size_t line)
{
    size_t start = applier->starts[applier->cursor];
    text_append(applier->out, applier->old + start, applier->starts[line] - start);
    applier->cursor = line;
}

static bool text_apply_hunk(struct text_applier *applier, struct patch *patch, size_t number, char **failure)
{
    const struct patch_hunk *hunk = &applier->file->hunks[number - 1];
    struct text_pattern pattern = text_pattern_of(hunk);
    cleanup_free size_t *owned = pattern.lines;
    /* "-5,0" inserts behind line 5, "-5,2" starts at it. */
    size_t stated = hunk->old_count == 0 || hunk->old_start == 0 ? hunk->old_start : hunk->old_start - 1;
    size_t place = stated, places[2] = {0, 0};
    (void)owned;
    if (!text_fits(applier, &pattern, stated)) {
        size_t found = text_search(applier, &pattern, places);
        if (found != 1) {
            *failure = text_explain(applier, &pattern, number, stated, found > 1, places);
            return false;
        }
        place = places[0];
        patch_add_note(patch, "hunk %zu of %s (patch line %u): applied at line %zu, %zu lines %s than stated",
                       number, patch_file_name(applier->file), hunk->source, place + 1,
                       place > stated ? place - stated : stated - place,
                       place > stated ? "later" : "earlier");
    }
    text_copy_to(applier, place);
    for (size_t i = 0; i < hunk->line_count; i++)
        if (hunk->lines[i].kind != '-')
            text_emit(applier, &hunk->lines[i]);
    applier->cursor = place + pattern.count;
    return true;
}

/* A last line that lost its newline must stay the last line. */
static bool text_check_end(const struct text_applier *applier, char **failure)
{
    const struct patch_file *file = applier->file;
    const struct patch_hunk *hunk = file->hunk_count ? &file->hunks[file->hunk_count - 1] : NULL;
    for (size_t i = 0; i < file->hunk_count; i++)
        for (size_t j = 0; j < file->hunks[i].line_count; j++) {
            const struct patch_line *line = &file->hunks[i].lines[j];
            bool is_last = &file->hunks[i] == hunk && applier->cursor == applier->line_count;
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
    struct text_applier applier = {.file = file, .old = old, .out = out};
    *failure = NULL;
    if (length > APPLY_MAX_BYTES) {
        *failure = memory_format("%s: has %zu bytes; hunks are applied to files of at most %zu",
                                 patch_file_name(file), length, APPLY_MAX_BYTES);
        return false;
    }
    text_split(&applier, length);
    cleanup_free size_t *starts = applier.starts;
    (void)starts;
    applier.ends = text_choose_ends(&applier);
    if (applier.ends != ENDS_SAME)
        patch_add_note(patch, "%s: the patch has %s line ends and the file has %s; read as the file's",
                       patch_file_name(file), applier.ends == ENDS_ADD_RETURN ? "LF" : "CR LF",
                       applier.ends == ENDS_ADD_RETURN ? "CR LF" : "LF");
    for (size_t i = 1; i <= file->hunk_count; i++)
        if (!text_apply_hunk(&applier, patch, i, failure))
            return false;
    if (!text_check_end(&applier, failure))
        return false;
    text_copy_to(&applier, applier.line_count);
    return true;
}
