#include "policies/patch/hunk_header.h"

#include <ctype.h>
#include <string.h>

static bool hunk_header_read_number(struct patch_span *rest, uint32_t *out)
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

static bool hunk_header_read_range(struct patch_span *rest, char sign, uint32_t *start, uint32_t *count)
{
    if (rest->length == 0 || rest->bytes[0] != sign)
        return false;
    rest->bytes++;
    rest->length--;
    if (!hunk_header_read_number(rest, start))
        return false;
    *count = 1;
    if (rest->length > 0 && rest->bytes[0] == ',') {
        rest->bytes++;
        rest->length--;
        return hunk_header_read_number(rest, count);
    }
    return true;
}

bool patch_hunk_read_header(struct patch_span line, struct patch_hunk *hunk)
{
    if (!patch_span_starts(line, "@@ -"))
        return false;
    struct patch_span rest = {line.bytes + 3, line.length - 3};
    if (!hunk_header_read_range(&rest, '-', &hunk->old_start, &hunk->old_count) ||
        !patch_span_starts(rest, " "))
        return false;
    rest = (struct patch_span){rest.bytes + 1, rest.length - 1};
    return hunk_header_read_range(&rest, '+', &hunk->new_start, &hunk->new_count) &&
           patch_span_starts(rest, " @@");
}

static void hunk_header_skip_blanks(struct patch_span *rest)
{
    while (rest->length > 0 && (*rest->bytes == ' ' || *rest->bytes == '\t'))
        *rest = (struct patch_span){rest->bytes + 1, rest->length - 1};
}

bool patch_hunk_read_any_header(struct patch_span line, struct patch_hunk *hunk, bool *damaged)
{
    *damaged = false;
    if (patch_hunk_read_header(line, hunk))
        return true;
    if (!patch_span_starts(line, "@@") || (line.length > 2 && line.bytes[2] == '@'))
        return false;
    struct patch_hunk read = *hunk;
    struct patch_span rest = {line.bytes + 2, line.length - 2};
    hunk_header_skip_blanks(&rest);
    bool numbers = hunk_header_read_range(&rest, '-', &read.old_start, &read.old_count);
    hunk_header_skip_blanks(&rest);
    numbers = numbers && hunk_header_read_range(&rest, '+', &read.new_start, &read.new_count);
    hunk_header_skip_blanks(&rest);
    *damaged = numbers && (patch_span_trim_end(rest).length == 0 || patch_span_starts(rest, "@@"));
    if (*damaged)
        *hunk = read;
    else
        *hunk = (struct patch_hunk){.unnumbered = true};
    return true;
}

bool patch_hunk_pair_follows(const struct patch_cursor *cursor)
{
    struct patch_cursor ahead = *cursor;
    struct patch_span line;
    if (!patch_cursor_line(&ahead, &line) || !patch_span_starts(line, "--- "))
        return false;
    patch_cursor_next(&ahead);
    return patch_cursor_line(&ahead, &line) && patch_span_starts(line, "+++ ");
}

bool patch_hunk_file_follows(const struct patch_cursor *cursor)
{
    struct patch_cursor ahead = *cursor;
    struct patch_span line;
    struct patch_hunk ignored;
    bool damaged;
    if (!patch_hunk_pair_follows(cursor))
        return false;
    patch_cursor_next(&ahead);
    patch_cursor_next(&ahead);
    return patch_cursor_line(&ahead, &line) && patch_hunk_read_any_header(line, &ignored, &damaged);
}
