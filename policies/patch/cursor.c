#include "policies/patch/cursor.h"

#include <string.h>

bool patch_cursor_line(const struct patch_cursor *cursor, struct patch_span *line)
{
    if (cursor->at >= cursor->length)
        return false;
    const char *start = cursor->text + cursor->at;
    const char *end = memchr(start, '\n', cursor->length - cursor->at);
    *line = (struct patch_span){start, end ? (size_t)(end - start) : cursor->length - cursor->at};
    return true;
}

void patch_cursor_next(struct patch_cursor *cursor)
{
    struct patch_span line;
    if (!patch_cursor_line(cursor, &line))
        return;
    cursor->at += line.length;
    if (cursor->at < cursor->length)
        cursor->at++;
    cursor->line++;
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
