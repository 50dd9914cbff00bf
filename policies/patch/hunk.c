#include "policies/patch/hunk.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where a body ends and what it holds, before any line is stored. */
struct hunk_extent {
    struct patch_cursor end;       /* first line behind the body */
    uint64_t old_count, new_count; /* lines of either side */
    size_t line_count;             /* body lines, markers left out */
    bool changes;                  /* has a '+' or '-' line */
};

static bool hunk_read_number(struct patch_span *rest, uint32_t *out)
{
    uint64_t value = 0;
    size_t digits = 0;
    while (digits < rest->length && isdigit((unsigned char)rest->bytes[digits]) && digits < 10)
        value = value * 10 + (uint64_t)(rest->bytes[digits++] - '0');
    if (digits == 0 || value > INT32_MAX)
        return false;
    rest->bytes += digits;
    rest->length -= digits;
    *out = (uint32_t)value;
    return true;
}

static bool hunk_read_range(struct patch_span *rest, char sign, uint32_t *start, uint32_t *count)
{
    if (rest->length == 0 || rest->bytes[0] != sign)
        return false;
    rest->bytes++;
    rest->length--;
    if (!hunk_read_number(rest, start))
        return false;
    *count = 1;
    if (rest->length > 0 && rest->bytes[0] == ',') {
        rest->bytes++;
        rest->length--;
        return hunk_read_number(rest, count);
    }
    return true;
}

bool patch_hunk_read_header(struct patch_span line, struct patch_hunk *hunk)
{
    if (!patch_span_starts(line, "@@ -"))
        return false;
    struct patch_span rest = {line.bytes + 3, line.length - 3};
    if (!hunk_read_range(&rest, '-', &hunk->old_start, &hunk->old_count) || !patch_span_starts(rest, " "))
        return false;
    rest = (struct patch_span){rest.bytes + 1, rest.length - 1};
    return hunk_read_range(&rest, '+', &hunk->new_start, &hunk->new_count) && patch_span_starts(rest, " @@");
}

bool patch_hunk_file_follows(const struct patch_cursor *cursor)
{
    struct patch_cursor ahead = *cursor;
    struct patch_span line;
    struct patch_hunk ignored;
    if (!patch_cursor_line(&ahead, &line) || !patch_span_starts(line, "--- "))
        return false;
    patch_cursor_next(&ahead);
    if (!patch_cursor_line(&ahead, &line) || !patch_span_starts(line, "+++ "))
        return false;
    patch_cursor_next(&ahead);
    return patch_cursor_line(&ahead, &line) && patch_hunk_read_header(line, &ignored);
}

/* "-- " and a version number: the signature under a format-patch mail. */
static bool hunk_is_signature(const struct patch_cursor *cursor, struct patch_span line)
{
    if (patch_span_trim_end(line).length != 2 || !patch_span_starts(line, "--"))
        return false;
    struct patch_cursor ahead = *cursor;
    patch_cursor_next(&ahead);
    struct patch_span next;
    if (!patch_cursor_line(&ahead, &next))
        return true;
    return patch_span_trim_end(next).length == 0 || isdigit((unsigned char)next.bytes[0]);
}

static bool hunk_is_marker(struct patch_span line)
{
    return patch_span_starts(line, "\\ ");
}

bool patch_hunk_is_signature(const struct patch_cursor *cursor)
{
    struct patch_span line;
    return patch_cursor_line(cursor, &line) && hunk_is_signature(cursor, line);
}

/* What may stand behind a body whose counts were wrong: anything else may be a damaged line of it. */
static bool hunk_may_end(const struct patch_cursor *at)
{
    static const char *const starts[] = {"```", "diff ", "@@ ", "From ", "Index: ", "===", NULL};
    struct patch_span line;
    if (!patch_cursor_line(at, &line) || patch_span_trim_end(line).length == 0 ||
        hunk_is_signature(at, line) || patch_hunk_file_follows(at))
        return true;
    for (const char *const *start = starts; *start; start++)
        if (patch_span_starts(line, *start))
            return true;
    return false;
}

/* Can this line belong to a body at all? A line of nothing is a context line whose space was stripped. */
static bool hunk_is_body(struct patch_span line)
{
    return line.length == 0 || strchr(" +-", line.bytes[0]) != NULL ||
           (line.length == 1 && *line.bytes == '\r');
}

static void hunk_count_line(struct hunk_extent *extent, struct patch_span line)
{
    char kind = line.length > 0 ? line.bytes[0] : ' ';
    extent->old_count += kind != '+';
    extent->new_count += kind != '-';
    extent->changes |= kind == '+' || kind == '-';
    extent->line_count++;
}

static void hunk_skip_marker(struct patch_cursor *cursor)
{
    struct patch_span line;
    if (patch_cursor_line(cursor, &line) && hunk_is_marker(line))
        patch_cursor_next(cursor);
}

/* As the header says. False when the body ends early or one side overflows. */
static bool hunk_measure_stated(struct patch_cursor at, const struct patch_hunk *hunk,
                                struct hunk_extent *extent)
{
    *extent = (struct hunk_extent){0};
    struct patch_span line;
    while (extent->old_count < hunk->old_count || extent->new_count < hunk->new_count) {
        if (!patch_cursor_line(&at, &line) || !hunk_is_body(line))
            return false;
        hunk_count_line(extent, line);
        if (extent->old_count > hunk->old_count || extent->new_count > hunk->new_count)
            return false;
        patch_cursor_next(&at);
        hunk_skip_marker(&at);
    }
    extent->end = at;
    if (!patch_cursor_line(&at, &line) || line.length == 0 || patch_hunk_file_follows(&at))
        return true;
    if (patch_span_starts(line, "--") && patch_span_trim_end(line).length == 2)
        return true;            /* a mail's signature, whatever its text */
    return !hunk_is_body(line); /* the body goes on: the header said too little */
}

/* As far as the lines look like a body; blank lines at its end are left to the prose behind it. */
static void hunk_measure_natural(struct patch_cursor at, struct hunk_extent *extent)
{
    struct hunk_extent all = {.end = at};
    struct patch_span line;
    *extent = all;
    while (patch_cursor_line(&at, &line) && hunk_is_body(line) && !hunk_is_signature(&at, line) &&
           !patch_hunk_file_follows(&at)) {
        hunk_count_line(&all, line);
        patch_cursor_next(&at);
        hunk_skip_marker(&at);
        all.end = at;
        if (line.length > 0)
            *extent = all;
    }
}

/* A "--- x" and "+++ y" pair inside a body whose counts are wrong may be content or the next file's header.
 */
static bool hunk_is_ambiguous(struct patch_cursor at, const struct hunk_extent *extent, uint32_t *where)
{
    struct patch_span line, next;
    for (; at.at < extent->end.at && patch_cursor_line(&at, &line); patch_cursor_next(&at)) {
        if (!patch_span_starts(line, "--- "))
            continue;
        struct patch_cursor ahead = at;
        patch_cursor_next(&ahead);
        if (patch_cursor_line(&ahead, &next) && patch_span_starts(next, "+++ ")) {
            *where = at.line;
            return true;
        }
    }
    return false;
}

static void hunk_store_lines(struct patch_cursor at, const struct hunk_extent *extent, struct patch *patch,
                             struct patch_hunk *hunk)
{
    hunk->lines = memory_resize(NULL, extent->line_count, sizeof *hunk->lines);
    struct patch_span line;
    while (at.at < extent->end.at && patch_cursor_line(&at, &line)) {
        if (hunk_is_marker(line)) {
            hunk->lines[hunk->line_count - 1].no_newline = true;
        } else {
            char kind = line.length > 0 && line.bytes[0] != '\r' ? line.bytes[0] : ' ';
            bool bare = line.length == 0 || line.bytes[0] == '\r';
            hunk->lines[hunk->line_count++] = (struct patch_line){
                .kind = kind, .bytes = line.bytes + !bare, .length = line.length - !bare, .source = at.line};
            patch->added += kind == '+';
            patch->removed += kind == '-';
        }
        patch_cursor_next(&at);
    }
}

static int hunk_measure(const struct patch_cursor *body, const char *name, struct patch *patch,
                        const struct patch_file *file, struct patch_hunk *hunk, struct hunk_extent *extent,
                        struct err *err)
{
    const char *path = patch_file_name(file);
    size_t number = file->hunk_count + 1;
    if (hunk_measure_stated(*body, hunk, extent))
        return 0;
    hunk_measure_natural(*body, extent);
    uint32_t where;
    if (hunk_is_ambiguous(*body, extent, &where))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: hunk %zu of %s says %u,%u in its header and has other counts, and line %u may be its "
            "content or the next file's header; correct the counts",
            name, hunk->source, number, path, hunk->old_count, hunk->new_count, where);
    if (extent->line_count == 0)
        return err_set(err, ERR_INVALID,
                       "%s:%u: hunk %zu of %s: expected %u old and %u new lines, found none", name,
                       hunk->source, number, path, hunk->old_count, hunk->new_count);
    if (!hunk_may_end(&extent->end))
        return err_set(
            err, ERR_INVALID,
            "%s:%u: hunk %zu of %s: expected %u old and %u new lines, found %llu and %llu and then a line "
            "that begins with neither a space, `+` nor `-`; correct it or the counts",
            name, extent->end.line, number, path, hunk->old_count, hunk->new_count,
            (unsigned long long)extent->old_count, (unsigned long long)extent->new_count);
    patch_add_note(patch, "hunk %zu of %s (patch line %u): header says %u,%u but it has %llu,%llu; repaired",
                   number, path, hunk->source, hunk->old_count, hunk->new_count,
                   (unsigned long long)extent->old_count, (unsigned long long)extent->new_count);
    /* "-5,0" names the line before the insertion, "-5,1" the line itself (POSIX diff, unified format). */
    if (hunk->old_count == 0 && extent->old_count > 0 && hunk->old_start == 0)
        hunk->old_start = 1;
    hunk->old_count = (uint32_t)extent->old_count;
    hunk->new_count = (uint32_t)extent->new_count;
    hunk->repaired = true;
    return 0;
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

int patch_hunk_read_all(struct patch_cursor *cursor, const char *name, struct patch *patch,
                        struct patch_file *file, size_t *total_lines, struct err *err)
{
    struct patch_span line;
    struct patch_hunk hunk = {0};
    size_t capacity = file->hunk_count;
    while (patch_cursor_line(cursor, &line) && patch_hunk_read_header(line, &hunk)) {
        struct hunk_extent extent;
        hunk.source = cursor->line;
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
        if (!extent.changes) {
            patch_add_note(patch, "hunk of %s (patch line %u) changes nothing; skipped",
                           patch_file_name(file), hunk.source);
        } else {
            MEMORY_GROW(file->hunks, file->hunk_count, capacity);
            hunk_store_lines(body, &extent, patch, &hunk);
            file->hunks[file->hunk_count] = hunk;
            code = hunk_check_markers(name, file, &hunk, err);
            file->hunk_count++;
            if (code < 0)
                return code;
        }
        hunk = (struct patch_hunk){0};
    }
    return 0;
}
