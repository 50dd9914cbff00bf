#include "policies/patch/name.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* One escape behind a backslash (git quote.c:
 * C escapes and three octal digits). Bytes used, 0 when broken. */
static size_t name_read_escape(const char *bytes, size_t left, char *out)
{
    static const char letters[] = "abfnrtv\"\\", meanings[] = "\a\b\f\n\r\t\v\"\\";
    if (left == 0 || bytes[0] == '\0')
        return 0;
    const char *letter = strchr(letters, bytes[0]);
    if (letter) {
        *out = meanings[letter - letters];
        return 1;
    }
    if (left < 3 || bytes[0] < '0' || bytes[0] > '3')
        return 0;
    int value = 0;
    for (size_t i = 0; i < 3; i++) {
        if (bytes[i] < '0' || bytes[i] > '7')
            return 0;
        value = value * 8 + (bytes[i] - '0');
    }
    *out = (char)value;
    return value == 0 ? 0 : 3;
}

static char *name_read_quoted(struct patch_span span, struct patch_span *rest)
{
    cleanup_text struct text name = {0};
    for (size_t i = 1; i < span.length; i++) {
        char byte = span.bytes[i];
        if (byte == '"') {
            *rest = (struct patch_span){span.bytes + i + 1, span.length - i - 1};
            return text_take(&name);
        }
        if (byte == '\\') {
            size_t used = name_read_escape(span.bytes + i + 1, span.length - i - 1, &byte);
            if (used == 0)
                return NULL;
            i += used;
        } else if (byte == '\0') {
            return NULL;
        }
        text_append_char(&name, byte);
    }
    return NULL;
}

char *patch_name_read(struct patch_span span, struct patch_span *rest)
{
    struct patch_span ignored;
    if (!rest)
        rest = &ignored;
    if (span.length > 0 && span.bytes[0] == '"')
        return name_read_quoted(span, rest);
    const char *tab = memchr(span.bytes, '\t', span.length);
    struct patch_span name = {span.bytes, tab ? (size_t)(tab - span.bytes) : span.length};
    *rest = (struct patch_span){name.bytes + name.length, span.length - name.length};
    while (name.length > 0 && name.bytes[name.length - 1] == '\r')
        name.length--;
    if (memchr(name.bytes, '\0', name.length))
        return NULL;
    return memory_copy_bytes(name.bytes, name.length);
}

/* "a/x y b/x y": names without quotes can only be split where both sides agree behind their first slash. */
static bool name_split_plain(struct patch_span span, char **old_name, char **new_name)
{
    span = patch_span_trim_end(span);
    if (span.length < 3 || memchr(span.bytes, '\0', span.length))
        return false;
    const char *only = memchr(span.bytes, ' ', span.length);
    const char *end = span.bytes + span.length;
    if (!only || only == span.bytes)
        return false;
    const char *middle = span.bytes + span.length / 2;
    if (span.length % 2 == 1 && *middle == ' ') {
        size_t half = span.length / 2;
        const char *old_slash = memchr(span.bytes, '/', half), *new_slash = memchr(middle + 1, '/', half);
        size_t old_skip = old_slash ? (size_t)(old_slash - span.bytes) : 0;
        size_t new_skip = new_slash ? (size_t)(new_slash - middle - 1) : 0;
        if (old_skip == new_skip &&
            memcmp(span.bytes + old_skip, middle + 1 + new_skip, half - old_skip) == 0)
            only = middle;
    }
    if (only != middle && memchr(only + 1, ' ', (size_t)(end - only - 1)))
        return false; /* more than one space, and no half that repeats */
    *old_name = memory_copy_bytes(span.bytes, (size_t)(only - span.bytes));
    *new_name = memory_copy_bytes(only + 1, (size_t)(end - only - 1));
    return true;
}

bool patch_name_read_pair(struct patch_span span, char **old_name, char **new_name)
{
    span = patch_span_trim_end(span);
    if (span.length == 0)
        return false;
    if (span.bytes[0] != '"' && span.bytes[span.length - 1] != '"')
        return name_split_plain(span, old_name, new_name);
    cleanup_free char *first = NULL, *second = NULL;
    struct patch_span rest = span;
    if (span.bytes[0] == '"') {
        first = patch_name_read(span, &rest);
        if (!first || !patch_span_starts(rest, " "))
            return false;
        second = patch_name_read((struct patch_span){rest.bytes + 1, rest.length - 1}, NULL);
    } else {
        const char *quote = memchr(span.bytes, '"', span.length);
        size_t before = (size_t)(quote - span.bytes);
        if (before < 2 || quote[-1] != ' ')
            return false;
        first = memory_copy_bytes(span.bytes, before - 1);
        second = patch_name_read((struct patch_span){quote, span.length - before}, &rest);
    }
    if (!second)
        return false;
    *old_name = STEAL(first);
    *new_name = STEAL(second);
    return true;
}

static bool name_has_prefix(const char *name, char letter)
{
    return !name || (name[0] == letter && name[1] == '/' && name[2] != '\0');
}

static void name_cut(char *name, size_t length)
{
    if (name)
        memmove(name, name + length, strlen(name + length) + 1);
}

static bool name_is_shape(const char *text, const char *shape)
{
    for (; *shape; text++, shape++)
        if (*shape == '9' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return true;
}

/* "2024-01-31", then perhaps a time, a fraction and a zone: up to the end, as diff -u writes them. */
static bool name_is_stamp(const char *text)
{
    if (!name_is_shape(text, "9999-99-99"))
        return false;
    text += strlen("9999-99-99");
    if (*text == ' ' || *text == 'T')
        text++;
    text += strspn(text, "0123456789:.");
    text += strspn(text, " ");
    text += strspn(text, "+-Z");
    return text[strspn(text, "0123456789:")] == '\0';
}

bool patch_name_cut_stamp(char *name, const char **stamp)
{
    for (char *space = strchr(name, ' '); space; space = strchr(space + 1, ' '))
        if (space > name && name_is_stamp(space + strspn(space, " "))) {
            *space = '\0';
            *stamp = space + 1 + strspn(space + 1, " ");
            return true;
        }
    return false;
}

/* "src/x.c (original)" → "src/x.c" */
static size_t name_without_remark(const char *name)
{
    size_t length = strlen(name);
    const char *open = length > 0 && name[length - 1] == ')' ? strrchr(name, '(') : NULL;
    return open && open > name + 1 && open[-1] == ' ' ? (size_t)(open - name) - 1 : length;
}

static const char *name_cut_dots(char *old_name, char *new_name)
{
    bool old_dot = old_name && strncmp(old_name, "./", 2) == 0;
    bool new_dot = new_name && strncmp(new_name, "./", 2) == 0;
    if (old_dot)
        name_cut(old_name, 2);
    if (new_dot)
        name_cut(new_name, 2);
    return old_dot || new_dot ? "begins its names with ./" : NULL;
}

/* A prefix or a remark that one side has alone, or both have differently. NULL: there was none. */
static const char *name_even_out(char *old_name, char *new_name)
{
    if (!old_name || !new_name || strcmp(old_name, new_name) == 0)
        return NULL;
    size_t old_length = name_without_remark(old_name), new_length = name_without_remark(new_name);
    if (old_length == new_length && memcmp(old_name, new_name, old_length) == 0) {
        old_name[old_length] = new_name[new_length] = '\0';
        return "has remarks behind its names";
    }
    if (name_has_prefix(old_name, 'a') && strcmp(old_name + 2, new_name) == 0)
        name_cut(old_name, 2);
    else if (name_has_prefix(new_name, 'b') && strcmp(new_name + 2, old_name) == 0)
        name_cut(new_name, 2);
    else
        return NULL;
    return "has a prefix on one side alone";
}

/* The first that applies; false when there is none that both sides have. */
static bool name_strip_known(char *old_name, char *new_name, const char **unusual)
{
    static const char pairs[][2] = {{'a', 'b'}, {'i', 'w'}, {'c', 'i'}, {'c', 'w'}, {'o', 'w'}, {'a', 'a'}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        /* One side alone proves less, so there only a/ and b/ are prefixes. */
        bool trusted = i == 0 || (old_name && new_name);
        if (trusted && name_has_prefix(old_name, pairs[i][0]) && name_has_prefix(new_name, pairs[i][1])) {
            name_cut(old_name, 2);
            name_cut(new_name, 2);
            if (i == sizeof pairs / sizeof *pairs - 1)
                *unusual = "has a/ on both sides";
            return true;
        }
    }
    return false;
}

void patch_name_strip_pair(char *old_name, char *new_name, const char **unusual)
{
    *unusual = NULL;
    if (!name_strip_known(old_name, new_name, unusual)) {
        *unusual = "has no a/ and b/ prefixes";
        const char *old_slash = old_name ? strchr(old_name, '/') : NULL;
        const char *new_slash = new_name ? strchr(new_name, '/') : NULL;
        if (old_slash && new_slash && strcmp(old_name, new_name) != 0 && strcmp(old_slash, new_slash) == 0) {
            name_cut(old_name, (size_t)(old_slash - old_name) + 1);
            name_cut(new_name, (size_t)(new_slash - new_name) + 1);
        }
    }
    const char *dots = name_cut_dots(old_name, new_name), *evened = name_even_out(old_name, new_name);
    if (evened || dots)
        *unusual = evened ? evened : dots;
}
