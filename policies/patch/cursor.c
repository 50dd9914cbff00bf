#include "policies/patch/cursor.h"

#include <string.h>

static bool cursor_raw_line(const struct patch_cursor *cursor, struct patch_span *line)
{
    if (cursor->at >= cursor->length)
        return false;
    const char *start = cursor->text + cursor->at;
    const char *end = memchr(start, '\n', cursor->length - cursor->at);
    *line = (struct patch_span){start, end ? (size_t)(end - start) : cursor->length - cursor->at};
    return true;
}

static bool cursor_has_indent(struct patch_span line, struct patch_span indent)
{
    return indent.length == 0 ||
           (line.length >= indent.length && memcmp(line.bytes, indent.bytes, indent.length) == 0);
}

bool patch_cursor_line(const struct patch_cursor *cursor, struct patch_span *line)
{
    if (!cursor_raw_line(cursor, line))
        return false;
    size_t skip = cursor_has_indent(*line, cursor->indent) ? cursor->indent.length : line->length;
    *line = (struct patch_span){line->bytes + skip, line->length - skip};
    return true;
}

void patch_cursor_next(struct patch_cursor *cursor)
{
    struct patch_span line;
    if (!cursor_raw_line(cursor, &line))
        return;
    cursor->at += line.length;
    if (cursor->at < cursor->length)
        cursor->at++;
    cursor->line++;
}

static size_t cursor_margin(struct patch_span line)
{
    size_t length = 0;
    while (length < line.length && line.bytes[length] && strchr(" \t>", line.bytes[length]))
        length++;
    return length;
}

/* "diff --git", or "---", "+++" and "@@" one below the other. */
static bool cursor_diff_follows(struct patch_cursor at)
{
    static const char *const starts[] = {"--- ", "+++ ", "@@"};
    struct patch_span line;
    if (patch_cursor_line(&at, &line) && patch_span_starts(line, "diff --git "))
        return true;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++, patch_cursor_next(&at))
        if (!patch_cursor_line(&at, &line) || !patch_span_starts(line, starts[i]))
            return false;
    return true;
}

bool patch_cursor_enter_indented(const struct patch_cursor *cursor, struct patch_cursor *part)
{
    struct patch_span line;
    if (cursor->indent.length > 0 || !cursor_raw_line(cursor, &line))
        return false;
    *part = *cursor;
    part->indent = (struct patch_span){line.bytes, cursor_margin(line)};
    if (part->indent.length == 0 || !cursor_diff_follows(*part))
        return false;
    struct patch_cursor end = *cursor;
    while (cursor_raw_line(&end, &line) &&
           (cursor_has_indent(line, part->indent) ||
            cursor_margin(patch_span_trim_end(line)) == patch_span_trim_end(line).length))
        patch_cursor_next(&end);
    part->length = end.at;
    part->more = end.at < cursor->length;
    return true;
}

bool patch_span_starts(struct patch_span span, const char *prefix)
{
    size_t length = strlen(prefix);
    return span.length >= length && memcmp(span.bytes, prefix, length) == 0;
}

struct patch_span patch_span_trim_end(struct patch_span span)
{
    while (span.length > 0 && strchr("\r \t", span.bytes[span.length - 1]) && span.bytes[span.length - 1])
        span.length--;
    return span;
}

struct patch_span patch_span_trim_start(struct patch_span span)
{
    size_t margin = cursor_margin(span);
    return (struct patch_span){span.bytes + margin, span.length - margin};
}
