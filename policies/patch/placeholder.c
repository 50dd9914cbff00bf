#include "policies/patch/placeholder.h"

#include "policies/patch/cursor.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PLACEHOLDER_MAX_BYTES ((size_t)160) /* longer lines say something */

static bool placeholder_has_suffix(const char *path, const char *const *suffixes)
{
    size_t length = strlen(path);
    for (; *suffixes; suffixes++) {
        size_t own = strlen(*suffixes);
        if (length >= own && strcasecmp(path + length - own, *suffixes) == 0)
            return true;
    }
    return false;
}

static struct patch_span placeholder_trim(struct patch_span text)
{
    text = patch_span_trim_end(text);
    while (text.length > 0 && (*text.bytes == ' ' || *text.bytes == '\t'))
        text = (struct patch_span){text.bytes + 1, text.length - 1};
    return text;
}

static bool placeholder_cut_end(struct patch_span *text, const char *end)
{
    size_t length = strlen(end);
    if (text->length < length || memcmp(text->bytes + text->length - length, end, length) != 0)
        return false;
    text->length -= length;
    *text = placeholder_trim(*text);
    return true;
}

/* Takes the marks of a comment off both ends. */
static bool placeholder_uncomment(struct patch_span *text)
{
    static const char *const opens[] = {"<!--", "{/*", "/*", "//", "#", "--", "*", ";", "%", NULL};
    static const char *const closes[] = {"-->", "*/}", "*/", NULL};
    for (const char *const *open = opens; *open; open++)
        if (patch_span_starts(*text, *open)) {
            size_t length = strlen(*open);
            while (length < text->length && text->bytes[length] == text->bytes[length - 1])
                length++; /* "///", "##" */
            *text = placeholder_trim((struct patch_span){text->bytes + length, text->length - length});
            for (const char *const *close = closes; *close && !placeholder_cut_end(text, *close); close++)
                continue;
            return true;
        }
    return false;
}

/* Takes dots ("...", "…") off one end; how many bytes. */
static size_t placeholder_dots(struct patch_span *text, bool at_end)
{
    static const char ellipsis[] = "\xe2\x80\xa6";
    size_t dots = 0, used = 0;
    while (used < text->length && text->bytes[at_end ? text->length - 1 - used : used] == '.')
        used++;
    if (used >= 3)
        dots = used;
    else if (text->length >= 3 && memcmp(text->bytes + (at_end ? text->length - 3 : 0), ellipsis, 3) == 0)
        dots = 3;
    *text = placeholder_trim((struct patch_span){text->bytes + (at_end ? 0 : dots), text->length - dots});
    return dots;
}

/* Does it have one of the words by which models say what they left out? */
static bool placeholder_has_word(struct patch_span text)
{
    static const char *const words[] = {"existing", "unchanged",  "remaining", "rest",      "omitted",
                                        "previous", "same",       "elided",    "truncated", "other",
                                        "snip",     "unmodified", "original",  NULL};
    for (size_t i = 0; i < text.length; i++) {
        if (i > 0 && isalnum((unsigned char)text.bytes[i - 1]))
            continue;
        for (const char *const *word = words; *word; word++) {
            size_t length = strlen(*word);
            if (text.length - i >= length && strncasecmp(text.bytes + i, *word, length) == 0 &&
                (i + length == text.length || !isalnum((unsigned char)text.bytes[i + length])))
                return true;
        }
    }
    return false;
}

/* "rest of the function", "existing code", "code omitted": said without dots, in so many words. */
static bool placeholder_is_said(struct patch_span text)
{
    static const char *const sayings[] = {"rest of the",
                                          "rest of code",
                                          "rest of file",
                                          "rest of function",
                                          "existing code",
                                          "unchanged code",
                                          "remaining code",
                                          "code omitted",
                                          "omitted for brevity",
                                          "same as before",
                                          "no changes",
                                          "code unchanged",
                                          NULL};
    for (const char *const *saying = sayings; *saying; saying++) {
        size_t length = strlen(*saying);
        bool here = text.length >= length && strncasecmp(text.bytes, *saying, length) == 0;
        /* Short: a comment that goes on to say something else explains the code. */
        if (here && text.length <= length + 24 && !memchr(text.bytes, ',', text.length))
            return true;
    }
    return false;
}

static bool placeholder_unbracket(struct patch_span *text)
{
    static const char pairs[][2] = {{'[', ']'}, {'(', ')'}, {'<', '>'}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (text->length >= 2 && text->bytes[0] == pairs[i][0] &&
            text->bytes[text->length - 1] == pairs[i][1]) {
            *text = placeholder_trim((struct patch_span){text->bytes + 1, text->length - 2});
            return true;
        }
    return false;
}

bool patch_is_placeholder(const char *path, const char *bytes, size_t length)
{
    static const char *const prose[] = {".md", ".txt", ".rst", ".adoc", ".tex", ".html", ".svg", ".po", NULL};
    static const char *const bare[] = {".py", ".pyi", ".pyx", ".yaml", ".yml", NULL};
    struct patch_span text = placeholder_trim((struct patch_span){bytes, length});
    if (text.length < 3 || text.length > PLACEHOLDER_MAX_BYTES || placeholder_has_suffix(path, prose))
        return false;
    bool comment = placeholder_uncomment(&text), bracket = placeholder_unbracket(&text);
    struct patch_span whole = text;
    size_t before = placeholder_dots(&text, false), after = placeholder_dots(&text, true);
    if (text.length == 0)
        return before + after > 0 && (comment || bracket || !placeholder_has_suffix(path, bare));
    if (before > 0 && after > 0)
        return true;
    bool spread = before > 0 && whole.bytes[before] != ' '; /* "...rest," of JavaScript */
    if (before + after > 0)
        return placeholder_has_word(text) && (comment || bracket || (before > 0 && !spread));
    bool aside =
        bracket && text.length == strlen("unchanged") && strncasecmp(text.bytes, "unchanged", 9) == 0;
    return comment && (aside || placeholder_is_said(text));
}

/* A line that is only moved or re-indented was there before. */
static bool placeholder_is_moved(const struct patch_hunk *hunk, const struct patch_line *added)
{
    struct patch_span wanted = placeholder_trim((struct patch_span){added->bytes, added->length});
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct patch_line *line = &hunk->lines[i];
        struct patch_span text = placeholder_trim((struct patch_span){line->bytes, line->length});
        if (line->kind == '-' && text.length == wanted.length &&
            memcmp(text.bytes, wanted.bytes, wanted.length) == 0)
            return true;
    }
    return false;
}

static int placeholder_check_hunk(const struct patch_file *file, size_t number, const char *name,
                                  struct err *err)
{
    const struct patch_hunk *hunk = &file->hunks[number];
    const char *path = patch_file_name(file);
    for (size_t i = 0; i < hunk->line_count; i++) {
        const struct patch_line *line = &hunk->lines[i];
        if (line->kind != '+' || !patch_is_placeholder(path, line->bytes, line->length) ||
            placeholder_is_moved(hunk, line))
            continue;
        struct patch_span text = placeholder_trim((struct patch_span){line->bytes, line->length});
        return err_set(
            err, ERR_INVALID,
            "%s:%u: hunk %zu of %s adds `%.*s`, which stands for code that was left out; the patch "
            "must hold the code itself",
            name, line->source, number + 1, path, (int)text.length, text.bytes);
    }
    return 0;
}

int patch_check_placeholders(const struct patch *patch, const char *name, struct err *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < patch->file_count; i++)
        for (size_t j = 0; code == 0 && j < patch->files[i].hunk_count; j++)
            code = placeholder_check_hunk(&patch->files[i], j, name, err);
    return code;
}
