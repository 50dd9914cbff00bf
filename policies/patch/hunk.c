#include "policies/patch/hunk.h"

#include "base/memory.h"
#include "policies/patch/extent.h"
#include "policies/patch/hunk_header.h"
#include "policies/patch/placeholder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line's own bytes: without the sign, and without a return that the header has as well. */
static struct patch_line hunk_line_of(struct patch_span line, char kind, bool strip, uint32_t source)
{
    bool sign = line.length > 0 && (line.bytes[0] == kind || line.bytes[0] == ' ');
    size_t length = line.length - sign;
    if (strip && length > 0 && line.bytes[line.length - 1] == '\r')
        length--;
    return (struct patch_line){.kind = kind, .bytes = line.bytes + sign, .length = length, .source = source};
}

static void hunk_store_lines(struct patch_cursor at, const struct patch_extent *extent, bool strip,
                             struct patch *patch, struct patch_hunk *hunk)
{
    hunk->lines = memory_resize(NULL, extent->line_count, sizeof *hunk->lines);
    struct patch_span line;
    char kind = 0;
    while (at.at < extent->end.at && patch_cursor_line(&at, &line)) {
        if (patch_extent_is_marker(line)) {
            hunk->lines[hunk->line_count - 1].no_newline = true;
        } else {
            kind = patch_extent_line_kind(&at, extent->blank, kind);
            struct patch_line *stored = &hunk->lines[hunk->line_count++];
            *stored = hunk_line_of(line, kind, strip, at.line);
            stored->bare = kind == ' ' && patch_extent_is_blank(line);
            patch->added += kind == '+';
            patch->removed += kind == '-';
        }
        patch_cursor_next(&at);
    }
}

/* "expected 3 old and 2 new lines, ", where the header says how many. */
static const char *hunk_expectation(const struct patch_hunk *hunk, char words[static 80])
{
    words[0] = '\0';
    if (!hunk->unnumbered)
        snprintf(words, 80, "expected %u old and %u new lines, ", hunk->old_count, hunk->new_count);
    return words;
}

/* A line that stands for left-out ones, of context or right behind the body: why the counts are no help. */
static bool hunk_find_placeholder(struct patch_cursor at, const struct patch_extent *extent, const char *path,
                                  uint32_t *where, struct patch_span *found)
{
    struct patch_span line;
    for (; at.at <= extent->end.at && patch_cursor_line(&at, &line); patch_cursor_next(&at)) {
        bool signed_line = at.at < extent->end.at && line.length > 0;
        if (signed_line && *line.bytes == '+')
            continue;
        *found = (struct patch_span){line.bytes + signed_line, line.length - signed_line};
        *where = at.line;
        if (patch_is_placeholder(path, found->bytes, found->length))
            return true;
    }
    return false;
}

/* Errors of a body whose counts are no help. */
static int hunk_check_natural(const struct patch_cursor *body, const char *name,
                              const struct patch_file *file, const struct patch_hunk *hunk,
                              const struct patch_extent *extent, struct err *err)
{
    const char *path = patch_file_name(file);
    size_t number = file->hunk_count + 1;
    struct patch_span line = {"", 0};
    char expected[80];
    uint32_t where;
    if (patch_extent_is_ambiguous(*body, extent, &where))
        return err_set(err, ERR_INVALID,
                       "%s:%u: hunk %zu of %s has wrong counts or none in its header, and line %u may be its "
                       "content or the next file's header; correct the counts",
                       name, hunk->source, number, path, where);
    if (extent->line_count == 0)
        return err_set(err, ERR_INVALID, "%s:%u: hunk %zu of %s: %sfound none", name, hunk->source, number,
                       path, hunk_expectation(hunk, expected));
    bool cut = patch_extent_is_cut(hunk, extent);
    if (!cut && patch_extent_may_end(&extent->end))
        return 0;
    if (hunk_find_placeholder(*body, extent, path, &where, &line)) {
        line = patch_span_trim_start(patch_span_trim_end(line));
        return err_set(
            err, ERR_INVALID,
            "%s:%u: inside hunk %zu of %s, `%.*s` stands for lines that were left out; a hunk must "
            "hold all its lines",
            name, where, number, path, (int)line.length, line.bytes);
    }
    if (cut && hunk->unnumbered)
        return err_set(
            err, ERR_INVALID,
            "%s:%u: the patch ends with hunk %zu of %s, which has no counts and less context at its end "
            "than at its beginning; if nothing was cut off, complete the context",
            name, hunk->source, number, path);
    if (cut)
        return err_set(err, ERR_INVALID,
                       "%s:%u: the patch ends inside hunk %zu of %s: its header promises %u old and %u new "
                       "lines, found %llu and %llu; if nothing was cut off, correct the counts",
                       name, hunk->source, number, path, hunk->old_count, hunk->new_count,
                       (unsigned long long)extent->old_count, (unsigned long long)extent->new_count);
    return err_set(err, ERR_INVALID,
                   "%s:%u: hunk %zu of %s: %sfound %llu and %llu and then a line that begins with neither a "
                   "space, `+` nor `-`; correct it or the counts",
                   name, extent->end.line, number, path, hunk_expectation(hunk, expected),
                   (unsigned long long)extent->old_count, (unsigned long long)extent->new_count);
}

/* Takes the body's counts for those of the header, with a note. */
static void hunk_repair(struct patch *patch, const struct patch_file *file, struct patch_hunk *hunk,
                        const struct patch_extent *extent)
{
    const char *path = patch_file_name(file);
    size_t number = file->hunk_count + 1;
    struct patch_span behind;
    if (hunk->unnumbered)
        patch_add_note(patch,
                       "hunk %zu of %s (patch line %u): its header has no line numbers; placed by its "
                       "lines alone",
                       number, path, hunk->source);
    else
        patch_add_note(patch,
                       "hunk %zu of %s (patch line %u): header says %u,%u but it has %llu,%llu; "
                       "repaired",
                       number, path, hunk->source, hunk->old_count, hunk->new_count,
                       (unsigned long long)extent->old_count, (unsigned long long)extent->new_count);
    /* "-5,0" names the line before the insertion, "-5,1" the line itself (POSIX diff, unified format). */
    if (hunk->old_count == 0 && extent->old_count > 0 && hunk->old_start == 0)
        hunk->old_start = 1;
    /* Context that the header counts and the text has lost says nothing about the end of the file. */
    uint64_t missing = hunk->old_count > extent->old_count ? hunk->old_count - extent->old_count : 0;
    hunk->open_end = hunk->unnumbered || (missing > 0 && hunk->new_count == extent->new_count + missing) ||
                     (patch_cursor_line(&extent->end, &behind) && patch_extent_is_blank(behind));
    hunk->old_count = (uint32_t)extent->old_count;
    hunk->new_count = (uint32_t)extent->new_count;
    hunk->repaired = true;
}

/* The header's counts, or where they are wrong or missing the body's own end. */
static int hunk_measure(const struct patch_cursor *body, const char *name, struct patch *patch,
                        const struct patch_file *file, struct patch_hunk *hunk, struct patch_extent *extent,
                        struct err *err)
{
    enum extent_blank blank = file->change == PATCH_ADD      ? BLANK_ADDED
                              : file->change == PATCH_DELETE ? BLANK_REMOVED
                                                             : BLANK_CONTEXT;
    bool stated = !hunk->unnumbered && patch_extent_measure_stated(*body, hunk, blank, extent);
    if (!stated && !hunk->unnumbered && blank == BLANK_CONTEXT)
        stated = patch_extent_measure_stated(*body, hunk, BLANK_ADDED_INSIDE, extent) ||
                 patch_extent_measure_stated(*body, hunk, BLANK_ADDED_BESIDE, extent);
    if (stated)
        return 0;
    patch_extent_measure_natural(*body, blank, extent);
    int code = hunk_check_natural(body, name, file, hunk, extent, err);
    if (code == 0)
        hunk_repair(patch, file, hunk, extent);
    return code;
}

/* A body that was indented under a header that was not reads as context, and its change would be lost. */
static int hunk_check_unchanged(const struct patch_cursor *body, const char *name,
                                const struct patch_file *file, const struct patch_hunk *hunk,
                                const struct patch_extent *extent, struct err *err)
{
    struct patch_span line;
    for (struct patch_cursor at = *body; at.at < extent->end.at && patch_cursor_line(&at, &line);
         patch_cursor_next(&at)) {
        size_t margin = 0;
        while (margin < line.length && strchr(" \t", line.bytes[margin]))
            margin++;
        if (margin > 0 && margin < line.length && strchr("+-", line.bytes[margin]))
            return err_set(
                err, ERR_INVALID,
                "%s:%u: hunk %zu of %s has nothing but context, and line %u begins with blanks and "
                "a `%c`; if the hunk is indented, its header must be as well",
                name, hunk->source, file->hunk_count + 1, patch_file_name(file), at.line, line.bytes[margin]);
    }
    return 0;
}

static void hunk_note_blank(struct patch *patch, const struct patch_file *file,
                            const struct patch_extent *extent)
{
    if (extent->changed_blank)
        patch_add_note(patch, "%s: the empty line %u of the patch has no sign; read as %s",
                       patch_file_name(file), extent->changed_blank,
                       extent->blank == BLANK_REMOVED ? "a removed one" : "an added one");
}

/* A marker stands behind a line of the side that it ends; anywhere else it can't be true. */
static int hunk_check_markers(const char *name, const struct patch_file *file, const struct patch_hunk *hunk,
                              struct err *err)
{
    bool old_ended = false, new_ended = false;
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct patch_line *line = &hunk->lines[i];
        bool is_old = line->kind != '+', is_new = line->kind != '-';
        if ((is_old && old_ended) || (is_new && new_ended))
            return err_set(err, ERR_INVALID,
                           "%s:%u: hunk %zu of %s: a line follows \"\\ No newline at end of file\"", name,
                           line->source, file->hunk_count + 1, patch_file_name(file));
        old_ended |= is_old && line->no_newline;
        new_ended |= is_new && line->no_newline;
    }
    return 0;
}

/* Blank lines between two hunks belong to neither. */
static bool hunk_next_header(struct patch_cursor *cursor, struct patch_hunk *hunk, bool *damaged,
                             bool *returns)
{
    struct patch_cursor at = *cursor;
    struct patch_span line;
    while (patch_cursor_line(&at, &line) && patch_span_trim_end(line).length == 0)
        patch_cursor_next(&at);
    *hunk = (struct patch_hunk){0};
    if (!patch_cursor_line(&at, &line) || !patch_hunk_read_any_header(line, hunk, damaged))
        return false;
    *returns = line.bytes[line.length - 1] == '\r';
    *cursor = at;
    hunk->source = at.line;
    return true;
}

/* Takes the hunk whose body is measured into `file`. */
static int hunk_keep(const struct patch_cursor *body, const char *name, struct patch *patch,
                     struct patch_file *file, struct patch_hunk *hunk, const struct patch_extent *extent,
                     bool strip, struct err *err)
{
    if (!extent->changes) {
        patch_add_note(patch, "hunk of %s (patch line %u) changes nothing; skipped", patch_file_name(file),
                       hunk->source);
        return hunk_check_unchanged(body, name, file, hunk, extent, err);
    }
    if (strip && !file->stripped)
        patch_add_note(patch, "%s: the diff's lines end in CR LF, its headers' too; read as LF",
                       patch_file_name(file));
    file->stripped |= strip;
    hunk_note_blank(patch, file, extent);
    if ((file->hunk_count & (file->hunk_count - 1)) == 0) /* full at every power of two */
        file->hunks = memory_resize(file->hunks, file->hunk_count * 2 + 1, sizeof *file->hunks);
    hunk_store_lines(*body, extent, strip, patch, hunk);
    file->hunks[file->hunk_count] = *hunk;
    int code = hunk_check_markers(name, file, hunk, err);
    file->hunk_count++;
    return code;
}

int patch_hunk_read_all(struct patch_cursor *cursor, const char *name, struct patch *patch,
                        struct patch_file *file, size_t *total_lines, struct err *err)
{
    struct patch_hunk hunk;
    bool damaged = false, returns = false;
    while (hunk_next_header(cursor, &hunk, &damaged, &returns)) {
        struct patch_extent extent;
        struct patch_cursor body = *cursor;
        patch_cursor_next(&body);
        int code = hunk_measure(&body, name, patch, file, &hunk, &extent, err);
        if (code < 0)
            return code;
        *total_lines += extent.line_count;
        if (*total_lines > PATCH_MAX_LINES)
            return err_set(err, ERR_LIMIT, "%s:%u: the patch has more than %zu lines", name, hunk.source,
                           PATCH_MAX_LINES);
        *cursor = extent.end;
        if (damaged)
            patch_add_note(patch, "hunk %zu of %s (patch line %u): its header is damaged; read as -%u +%u",
                           file->hunk_count + 1, patch_file_name(file), hunk.source, hunk.old_start,
                           hunk.new_start);
        code = hunk_keep(&body, name, patch, file, &hunk, &extent, returns && extent.returns, err);
        if (code < 0)
            return code;
    }
    return 0;
}
