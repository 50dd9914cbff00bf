#include "policies/patch/prose.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static struct patch_span prose_skip(struct patch_span line, const char *bytes)
{
    size_t length = 0;
    while (length < line.length && line.bytes[length] && strchr(bytes, line.bytes[length]))
        length++;
    return (struct patch_span){line.bytes + length, line.length - length};
}

bool patch_prose_is_fence(struct patch_span line)
{
    static const char *const closing[] = {"</diff>", "</patch>", "</code>", "</pre>", "*** End Patch", NULL};
    line = prose_skip(line, " \t>");
    for (const char *const *tag = closing; *tag; tag++)
        if (patch_span_starts(line, *tag))
            return true;
    return patch_span_starts(line, "```") || patch_span_starts(line, "~~~");
}

static bool prose_starts_word(struct patch_span line, const char *word)
{
    size_t length = strlen(word);
    return line.length >= length && strncasecmp(line.bytes, word, length) == 0 &&
           (line.length == length || !isalnum((unsigned char)line.bytes[length]));
}

bool patch_prose_offers_choice(struct patch_span line)
{
    static const char *const alone[] = {"alternative", "alternatively", NULL};
    static const char *const counted[] = {"option",    "alternative", "approach", "variant", "version",
                                          "variation", "solution",    "attempt",  NULL};
    line = prose_skip(line, " \t>#*_-0123456789.()");
    for (const char *const *word = alone; *word; word++)
        if (prose_starts_word(line, *word))
            return true;
    if (patch_span_starts(line, "Or ") || patch_span_starts(line, "Or,") || patch_span_starts(line, "OR "))
        return true;
    for (const char *const *word = counted; *word; word++) {
        if (!prose_starts_word(line, *word))
            continue;
        struct patch_span rest = {line.bytes + strlen(*word), line.length - strlen(*word)};
        rest = prose_skip(rest, " #");
        /* "Option 2", "Option B:", not "Option parsing" */
        if (rest.length > 0 && isalnum((unsigned char)*rest.bytes) &&
            (rest.length == 1 || !isalnum((unsigned char)rest.bytes[1])))
            return true;
    }
    return false;
}

/* "3,4c3", of a diff without -u. */
static bool prose_is_normal_command(struct patch_span line)
{
    line = patch_span_trim_end(line);
    struct patch_span rest = prose_skip(line, "0123456789,");
    if (rest.length == line.length || rest.length < 2 || !strchr("acd", *rest.bytes))
        return false;
    rest = (struct patch_span){rest.bytes + 1, rest.length - 1};
    return isdigit((unsigned char)*rest.bytes) && prose_skip(rest, "0123456789,").length == 0;
}

static bool prose_is_normal_diff(struct patch_cursor at)
{
    struct patch_span line;
    if (!patch_cursor_line(&at, &line) || !prose_is_normal_command(line))
        return false;
    patch_cursor_next(&at);
    return patch_cursor_line(&at, &line) && (patch_span_starts(line, "< ") || patch_span_starts(line, "> "));
}

static bool prose_is_context_diff(struct patch_cursor at)
{
    static const char *const starts[] = {"*** ", "--- ", "***************"};
    struct patch_span line;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++, patch_cursor_next(&at))
        if (!patch_cursor_line(&at, &line) || !patch_span_starts(line, starts[i]))
            return false;
    return true;
}

struct prose_format {
    const char *start;    /* of the line that gives it away */
    const char *sentence; /* what it is, and what is read instead */
};

static const struct prose_format prose_formats[] = {
    {"*** Update File:",
     "an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a unified "
     "diff, as `git diff` writes it"},
    {"*** Add File:",
     "an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a unified diff, "
     "as `git diff` writes it"},
    {"*** Delete File:",
     "an envelope of apply_patch (`*** Begin Patch`), which names no lines; give a unified "
     "diff, as `git diff` writes it"},
    {"<<<<<<< SEARCH", "a search-and-replace block; give a unified diff, as `git diff` writes it"},
    {"<<<<<<< ORIGINAL", "a search-and-replace block; give a unified diff, as `git diff` writes it"},
    {"diff --cc ", "a combined diff of a merge, which has two old sides; give the merge as a commit"},
    {"diff --combined ", "a combined diff of a merge, which has two old sides; give the merge as a commit"},
    {"@@@ ", "a combined diff of a merge, which has two old sides; give the merge as a commit"},
    {"GIT binary patch", "a binary patch, which is not applied; give the candidate as a commit or branch"},
};

const char *patch_prose_foreign_format(const struct patch_cursor *cursor)
{
    struct patch_span line;
    if (!patch_cursor_line(cursor, &line))
        return NULL;
    for (size_t i = 0; i < sizeof prose_formats / sizeof *prose_formats; i++)
        if (patch_span_starts(line, prose_formats[i].start))
            return prose_formats[i].sentence;
    if (prose_is_context_diff(*cursor))
        return "a context diff (diff -c); give a unified one (diff -u)";
    if (prose_is_normal_diff(*cursor))
        return "a diff without context (plain diff); give a unified one (diff -u)";
    return NULL;
}
