#include "orchestrator/repository/place.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "policies/patch/placeholder.h"

#include <string.h>

#define EXPLAIN_MAX_SEARCH       UINT64_C(4000000) /* line comparisons spent on finding the likeliest place */
#define EXPLAIN_MAX_PLACEHOLDERS 16                /* looked for in the file */
#define EXPLAIN_SHOWN            120               /* bytes shown of an expected or found line */

/* Foreign text for a message: cut, and without bytes that a terminal would obey. */
static char *explain_show(const char *bytes, size_t length)
{
    cleanup_text struct text shown = {0};
    size_t cut = length > EXPLAIN_SHOWN ? EXPLAIN_SHOWN : length;
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

static size_t explain_distance(size_t left, size_t right)
{
    return left > right ? left - right : right - left;
}

/*
 * Where most of the hunk's lines stand, for a message that helps: a hunk of another commit, or of a model
 * that does not know the line, says nothing by what it meets at the line that it states.
 */
static size_t explain_likeliest(const struct place_text *text, const struct place_pattern *pattern)
{
    size_t best = pattern->stated, most = 0;
    if ((uint64_t)text->line_count * pattern->count > EXPLAIN_MAX_SEARCH)
        return best;
    for (size_t at = 0; at < text->line_count; at++) {
        size_t same = 0;
        for (size_t i = 0; i < pattern->count && at + i < text->line_count; i++)
            same += place_line_matches(text, pattern, at + i, i);
        if (same > most || (same == most && explain_distance(at, pattern->stated) <
                                                explain_distance(best, pattern->stated))) {
            best = at;
            most = same;
        }
    }
    return pattern->hunk->unnumbered || most * 2 >= pattern->count ? best : pattern->stated;
}

/* A line of the old side that stands for left-out ones, and is not by chance in the file; NULL: none. */
static const struct patch_line *explain_placeholder(const struct place_text *text, const char *path,
                                                    const struct place_pattern *pattern)
{
    for (size_t i = 0, seen = 0; i < pattern->count && seen < EXPLAIN_MAX_PLACEHOLDERS; i++) {
        const struct patch_line *line = place_pattern_line(pattern, i);
        if (!patch_is_placeholder(path, line->bytes, line->length))
            continue;
        seen++;
        size_t at = 0;
        while (at < text->line_count && !place_line_matches(text, pattern, at, i))
            at++;
        if (at == text->line_count)
            return line;
    }
    return NULL;
}

static bool explain_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool explain_differ_in_blanks(const char *left, size_t left_length, const char *right,
                                     size_t right_length)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < left_length && explain_is_blank(left[i]))
            i++;
        while (j < right_length && explain_is_blank(right[j]))
            j++;
        if (i == left_length || j == right_length)
            return i == left_length && j == right_length && left_length + right_length > 0 &&
                   (left_length != right_length || memcmp(left, right, left_length) != 0);
        if (left[i++] != right[j++])
            return false;
    }
}

/* What the first line that is not there should be, and what is. */
static char *explain_mismatch(const struct place_text *text, const char *path,
                              const struct place_pattern *pattern, size_t number, size_t at)
{
    const char *no_newline = " (no newline at the end)";
    size_t matched = place_count_matching(text, pattern, at);
    const struct patch_line *wanted = place_pattern_line(pattern, matched);
    size_t length = place_line_length(text, wanted);
    cleanup_free char *expected = explain_show(wanted->bytes, length);
    cleanup_free char *moved =
        at == pattern->stated || pattern->hunk->unnumbered
            ? memory_copy_string("")
            : memory_format(", where most of it is; it states line %zu", pattern->stated + 1);
    if (at + matched >= text->line_count)
        return memory_format("%s, hunk %zu (line %zu%s): expected `%s`%s, found the end of the file", path,
                             number, at + matched + 1, moved, expected, wanted->no_newline ? no_newline : "");
    struct place_line line = place_text_line(text, at + matched);
    cleanup_free char *found = explain_show(line.bytes, line.length);
    cleanup_free char *remark = memory_copy_string("");
    if (wanted->bare) {
        free(remark);
        remark = memory_format("; line %u of the patch is empty and was read as context", wanted->source);
    } else if (explain_differ_in_blanks(wanted->bytes, length, line.bytes, line.length)) {
        free(remark);
        remark = memory_copy_string("; they differ in blanks alone");
    }
    return memory_format("%s, hunk %zu (line %zu%s): expected `%s`%s, found `%s`%s%s", path, number,
                         at + matched + 1, moved, expected, wanted->no_newline ? no_newline : "", found,
                         line.ended ? "" : no_newline, remark);
}

static char *explain_unnumbered(const char *path, const struct place_pattern *pattern, size_t number,
                                size_t found, const size_t places[2])
{
    uint32_t source = pattern->hunk->source;
    if (found > 1)
        return memory_format(
            "%s, hunk %zu (patch line %u): it has no line numbers, and its lines are at several "
            "places (lines %zu and %zu); expected exactly one",
            path, number, source, places[0] + 1, places[1] + 1);
    if (pattern->count == 0)
        return memory_format(
            "%s, hunk %zu (patch line %u): it has neither line numbers nor lines to find its "
            "place by",
            path, number, source);
    return NULL;
}

char *place_explain(const struct place_text *text, const struct patch_file *file,
                    const struct place_pattern *pattern, size_t number, size_t found, const size_t places[2])
{
    const char *path = patch_file_name(file);
    size_t stated = pattern->stated;
    const struct patch_line *left_out = explain_placeholder(text, path, pattern);
    if (left_out) {
        cleanup_free char *shown = explain_show(left_out->bytes, left_out->length);
        return memory_format(
            "%s, hunk %zu (patch line %u): `%s` stands for lines that were left out; a hunk must "
            "hold all its lines",
            path, number, left_out->source, shown + strspn(shown, " "));
    }
    char *unnumbered =
        pattern->hunk->unnumbered ? explain_unnumbered(path, pattern, number, found, places) : NULL;
    if (unnumbered)
        return unnumbered;
    if (found > 1)
        return memory_format(
            "%s, hunk %zu (line %zu): not at its line, and at several others (lines %zu and %zu); "
            "expected exactly one place",
            path, number, stated + 1, places[0] + 1, places[1] + 1);
    size_t at = explain_likeliest(text, pattern);
    if (place_count_matching(text, pattern, at) < pattern->count)
        return explain_mismatch(text, path, pattern, number, at);
    if (at < text->cursor)
        return memory_format("%s, hunk %zu (line %zu): it reaches back into the hunk before it", path, number,
                             at + 1);
    bool end = pattern->at_end && at + pattern->count != text->line_count;
    return memory_format(
        "%s, hunk %zu (line %zu): it has no context at its %s, so it must match there, and does "
        "not",
        path, number, stated + 1, end ? "end" : "beginning");
}
