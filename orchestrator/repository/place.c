#include "orchestrator/repository/place.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <string.h>

#define PLACE_MAX_SEARCH UINT64_C(1000000000) /* line comparisons spent on displaced hunks of one file */

static void place_text_split(struct place_text *text, size_t length)
{
    size_t capacity = 0;
    for (size_t at = 0; at < length; text->line_count++) {
        MEMORY_GROW(text->starts, text->line_count + 1, capacity);
        text->starts[text->line_count] = at;
        const char *end = memchr(text->bytes + at, '\n', length - at);
        at = end ? (size_t)(end - text->bytes) + 1 : length;
    }
    MEMORY_GROW(text->starts, text->line_count + 1, capacity);
    text->starts[text->line_count] = length;
}

struct place_line place_text_line(const struct place_text *text, size_t index)
{
    size_t start = text->starts[index], end = text->starts[index + 1];
    bool ended = text->bytes[end - 1] == '\n';
    return (struct place_line){text->bytes + start, end - start - ended, ended};
}

static bool place_ends_in_return(const char *bytes, size_t length)
{
    return length > 0 && bytes[length - 1] == '\r';
}

/* Only where all lines of the file are of one kind and all
 * of the patch of the other is there one way to read it. */
static enum place_ends place_choose_ends(const struct place_text *text, const struct patch_file *file)
{
    size_t with = 0, without = 0, patch_with = 0, patch_without = 0;
    for (size_t i = 0; i < text->line_count; i++) {
        struct place_line line = place_text_line(text, i);
        if (line.ended)
            *(place_ends_in_return(line.bytes, line.length) ? &with : &without) += 1;
    }
    for (size_t i = 0; i < file->hunk_count; i++)
        for (size_t j = 0; j < file->hunks[i].line_count; j++) {
            const struct patch_line *line = &file->hunks[i].lines[j];
            if (!line->no_newline && !line->bare)
                *(place_ends_in_return(line->bytes, line->length) ? &patch_with : &patch_without) += 1;
        }
    if (with > 0 && without == 0 && patch_with == 0)
        return ENDS_ADD_RETURN;
    if (without > 0 && with == 0 && patch_without == 0 && patch_with > 0)
        return ENDS_STRIP_RETURN;
    return ENDS_SAME;
}

void place_text_init(struct place_text *text, const struct patch_file *file, const char *bytes, size_t length)
{
    *text = (struct place_text){.bytes = bytes};
    place_text_split(text, length);
    text->ends = place_choose_ends(text, file);
}

void place_text_fini(struct place_text *text)
{
    free(text->starts);
}

void place_pattern_init(struct place_pattern *pattern, const struct patch_hunk *hunk)
{
    *pattern = (struct place_pattern){.hunk = hunk,
                                      .lines = memory_resize(NULL, hunk->line_count + 1, sizeof(size_t))};
    for (size_t i = 0; i < hunk->line_count; i++)
        if (hunk->lines[i].kind != '+')
            pattern->lines[pattern->count++] = i;
    /* "-5,0" inserts behind line 5, "-5,2" starts at it. */
    pattern->stated = hunk->old_count == 0 || hunk->old_start == 0 ? hunk->old_start : hunk->old_start - 1;
    /* Git holds every hunk of line 1 to the beginning; but models that don't know the line write 1. */
    bool context_first = hunk->line_count > 0 && hunk->lines[0].kind == ' ';
    pattern->at_beginning = !hunk->unnumbered && hunk->old_start <= 1 && !context_first;
    pattern->at_end =
        !hunk->open_end && (hunk->line_count == 0 || hunk->lines[hunk->line_count - 1].kind != ' ');
}

void place_pattern_fini(struct place_pattern *pattern)
{
    free(pattern->lines);
}

const struct patch_line *place_pattern_line(const struct place_pattern *pattern, size_t index)
{
    return &pattern->hunk->lines[pattern->lines[index]];
}

size_t place_line_length(const struct place_text *text, const struct patch_line *line)
{
    bool strip = text->ends == ENDS_STRIP_RETURN && place_ends_in_return(line->bytes, line->length);
    return line->length - strip;
}

bool place_line_matches(const struct place_text *text, const struct place_pattern *pattern, size_t line,
                        size_t index)
{
    struct place_line found = place_text_line(text, line);
    const struct patch_line *wanted = place_pattern_line(pattern, index);
    size_t length = place_line_length(text, wanted);
    bool last = pattern->lines[index] + 1 == pattern->hunk->line_count && wanted->kind == ' ';
    if (found.ended == wanted->no_newline && (found.ended || !last))
        return false;
    bool add = text->ends == ENDS_ADD_RETURN && found.ended;
    if (found.length != length + add)
        return false;
    return memcmp(found.bytes, wanted->bytes, length) == 0 && (!add || found.bytes[length] == '\r');
}

size_t place_count_matching(const struct place_text *text, const struct place_pattern *pattern, size_t at)
{
    size_t matched = 0;
    while (matched < pattern->count && at + matched < text->line_count &&
           place_line_matches(text, pattern, at + matched, matched))
        matched++;
    return matched;
}

static bool place_fits(const struct place_text *text, const struct place_pattern *pattern, size_t at)
{
    if (at < text->cursor || at + pattern->count > text->line_count || (pattern->at_beginning && at != 0) ||
        (pattern->at_end && at + pattern->count != text->line_count))
        return false;
    return place_count_matching(text, pattern, at) == pattern->count;
}

static bool place_same_line(const struct place_pattern *pattern, size_t left, size_t right)
{
    const struct patch_line *a = place_pattern_line(pattern, left), *b = place_pattern_line(pattern, right);
    return a->no_newline == b->no_newline && a->length == b->length &&
           memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* Borders of the pattern (Knuth, Morris & Pratt 1977), so that a search is linear whatever the lines are. */
static size_t *place_borders(const struct place_pattern *pattern)
{
    size_t *borders = memory_resize(NULL, pattern->count + 1, sizeof *borders);
    borders[0] = 0;
    for (size_t i = 1, length = 0; i < pattern->count; i++) {
        while (length > 0 && !place_same_line(pattern, i, length))
            length = borders[length - 1];
        length += place_same_line(pattern, i, length);
        borders[i] = length;
    }
    return borders;
}

/* Up to two places at or behind `from` where the pattern fits. */
static size_t place_search(struct place_text *text, const struct place_pattern *pattern, size_t from,
                           size_t places[2])
{
    size_t found = 0, matched = 0;
    if (pattern->count == 0 || pattern->at_beginning || text->searched > PLACE_MAX_SEARCH)
        return 0;
    cleanup_free size_t *borders = place_borders(pattern);
    text->searched += text->line_count - from + pattern->count;
    for (size_t i = from; i < text->line_count && found < 2; i++) {
        while (matched > 0 && !place_line_matches(text, pattern, i, matched))
            matched = borders[matched - 1];
        matched += place_line_matches(text, pattern, i, matched);
        if (matched == pattern->count) {
            if (!pattern->at_end || i + 1 == text->line_count)
                places[found++] = i + 1 - matched;
            matched = borders[matched - 1];
        }
    }
    return found;
}

size_t place_find(struct place_text *text, const struct place_pattern *pattern, size_t places[2])
{
    bool stated = pattern->hunk->unnumbered ? pattern->count == 0 && text->line_count == 0
                                            : place_fits(text, pattern, pattern->stated);
    if (stated) {
        places[0] = pattern->stated;
        return 1;
    }
    size_t from = pattern->hunk->unnumbered ? 0 : text->cursor;
    struct place_pattern anywhere = *pattern;
    /* A header with wrong counts proves no end, so the end must not be what tells one place from another. */
    anywhere.at_end &= !pattern->hunk->repaired;
    size_t found = place_search(text, &anywhere, from, places);
    bool misses_end = pattern->at_end && places[0] + pattern->count != text->line_count;
    return found == 1 && (places[0] < text->cursor || misses_end) ? 0 : found;
}
