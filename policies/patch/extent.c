#include "policies/patch/extent.h"

#include "policies/patch/hunk_header.h"

#include <ctype.h>
#include <string.h>

#define EXTENT_CONTEXT    3  /* lines that diff -u writes around a change */
#define EXTENT_MAX_SLIP   4  /* lines that a count is wrong by, rather than the text cut */
#define EXTENT_MAX_BLANKS 16 /* lines of nothing looked at ahead of one */

/* "-- " and a version number: the signature under a format-patch mail. */
static bool extent_is_signature(const struct patch_cursor *cursor, struct patch_span line)
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

bool patch_extent_is_marker(struct patch_span line)
{
    return patch_span_starts(line, "\\ ");
}

bool patch_extent_is_signature(const struct patch_cursor *cursor)
{
    struct patch_span line;
    return patch_cursor_line(cursor, &line) && extent_is_signature(cursor, line);
}

bool patch_extent_may_end(const struct patch_cursor *at)
{
    static const char *const starts[] = {"```", "~~~",   "</",      "*** End ", "diff ",
                                         "@@",  "From ", "Index: ", "===",      NULL};
    struct patch_span line;
    if (!patch_cursor_line(at, &line) || patch_span_trim_end(line).length == 0 ||
        extent_is_signature(at, line) || patch_hunk_file_follows(at))
        return true;
    for (const char *const *start = starts; *start; start++)
        if (patch_span_starts(line, *start))
            return true;
    return false;
}

bool patch_extent_is_blank(struct patch_span line)
{
    return line.length == 0 || (line.length == 1 && *line.bytes == '\r');
}

/* Can this line belong to a body at all? */
static bool extent_is_body(struct patch_span line)
{
    return patch_extent_is_blank(line) || strchr(" +-", line.bytes[0]) != NULL;
}

/* Is the next line, behind a few more of nothing, an added one? */
static bool extent_is_before_added(const struct patch_cursor *at)
{
    struct patch_cursor ahead = *at;
    struct patch_span line;
    for (int i = 0; i < EXTENT_MAX_BLANKS; i++, patch_cursor_next(&ahead))
        if (!patch_cursor_line(&ahead, &line) || !patch_extent_is_blank(line))
            break;
    return patch_cursor_line(&ahead, &line) && line.length > 0 && *line.bytes == '+';
}

char patch_extent_line_kind(const struct patch_cursor *at, enum extent_blank blank, char before)
{
    struct patch_span line;
    if (!patch_cursor_line(at, &line))
        return ' ';
    bool bare = patch_extent_is_blank(line);
    /* Of a file that has one side only, a lone space is the same habit. */
    bool lone = patch_span_trim_end(line).length == 0 && line.length <= 2;
    if (blank == BLANK_ADDED && lone)
        return '+';
    if (blank == BLANK_REMOVED && lone)
        return '-';
    if (blank == BLANK_ADDED_INSIDE && bare && before == '+' && extent_is_before_added(at))
        return '+';
    if (blank == BLANK_ADDED_BESIDE && bare && (before == '+' || extent_is_before_added(at)))
        return '+';
    return bare ? ' ' : line.bytes[0];
}

/* Counts the line and returns its kind. */
static char extent_count_line(struct patch_extent *extent, const struct patch_cursor *at, char before)
{
    struct patch_span line;
    char kind = patch_extent_line_kind(at, extent->blank, before);
    if (!patch_cursor_line(at, &line))
        return kind;
    extent->old_count += kind != '+';
    extent->new_count += kind != '-';
    extent->changes |= kind != ' ';
    extent->trailing = kind == ' ' ? extent->trailing + 1 : 0;
    extent->leading += kind == ' ' && !extent->changes;
    bool ended = line.bytes + line.length < at->text + at->length;
    extent->returns &= !ended || (line.length > 0 && line.bytes[line.length - 1] == '\r');
    if (kind != ' ' && (line.length == 0 || line.bytes[0] != kind) && extent->changed_blank == 0)
        extent->changed_blank = at->line;
    extent->line_count++;
    return kind;
}

static void extent_skip_marker(struct patch_cursor *cursor)
{
    struct patch_span line;
    if (patch_cursor_line(cursor, &line) && patch_extent_is_marker(line))
        patch_cursor_next(cursor);
}

/* A fence that closes the diff in a list item, though its lines are not indented. */
static bool extent_is_indented_fence(struct patch_span line)
{
    while (line.length > 0 && *line.bytes == ' ')
        line = (struct patch_span){line.bytes + 1, line.length - 1};
    return patch_span_trim_end(line).length == 3 && patch_span_starts(line, "```");
}

bool patch_extent_measure_stated(struct patch_cursor at, const struct patch_hunk *hunk,
                                 enum extent_blank blank, struct patch_extent *extent)
{
    *extent = (struct patch_extent){.blank = blank, .returns = true};
    struct patch_span line;
    char kind = 0;
    while (extent->old_count < hunk->old_count || extent->new_count < hunk->new_count) {
        if (!patch_cursor_line(&at, &line) || !extent_is_body(line))
            return false;
        kind = extent_count_line(extent, &at, kind);
        if (extent->old_count > hunk->old_count || extent->new_count > hunk->new_count)
            return false;
        patch_cursor_next(&at);
        extent_skip_marker(&at);
    }
    extent->end = at;
    if (!patch_cursor_line(&at, &line) || patch_extent_is_blank(line) || patch_hunk_file_follows(&at))
        return true;
    if (patch_span_starts(line, "--") && patch_span_trim_end(line).length == 2)
        return true; /* a mail's signature, whatever its text */
    /* Else the body goes on: the header said too little. */
    return !extent_is_body(line) || extent_is_indented_fence(line);
}

void patch_extent_measure_natural(struct patch_cursor at, enum extent_blank blank,
                                  struct patch_extent *extent)
{
    struct patch_extent all = {.end = at, .blank = blank, .returns = true};
    struct patch_span line;
    char kind = 0;
    *extent = all;
    while (patch_cursor_line(&at, &line) && extent_is_body(line) && !extent_is_signature(&at, line) &&
           !patch_hunk_file_follows(&at)) {
        kind = extent_count_line(&all, &at, kind);
        patch_cursor_next(&at);
        extent_skip_marker(&at);
        all.end = at;
        if (!patch_extent_is_blank(line))
            *extent = all;
    }
}

bool patch_extent_is_ambiguous(struct patch_cursor at, const struct patch_extent *extent, uint32_t *where)
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

bool patch_extent_is_cut(const struct patch_hunk *hunk, const struct patch_extent *extent)
{
    struct patch_span line;
    int64_t old_missing = (int64_t)hunk->old_count - (int64_t)extent->old_count;
    int64_t new_missing = (int64_t)hunk->new_count - (int64_t)extent->new_count;
    struct patch_cursor end = extent->end;
    while (patch_cursor_line(&end, &line) && patch_span_trim_end(line).length == 0)
        patch_cursor_next(&end);
    if (end.more || patch_cursor_line(&end, &line))
        return false;
    size_t wanted = extent->leading < EXTENT_CONTEXT ? extent->leading : EXTENT_CONTEXT;
    if (hunk->unnumbered)
        return extent->trailing < wanted;
    bool context = old_missing == new_missing && old_missing <= EXTENT_CONTEXT;
    bool promised = !context && (old_missing > 0 || new_missing > 0);
    bool far = old_missing > EXTENT_MAX_SLIP || new_missing > EXTENT_MAX_SLIP;
    return promised && (far || extent->trailing < wanted || extent->trailing == 0 || !extent->changes);
}
