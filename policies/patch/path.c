#include "policies/patch.h"

#include <string.h>
#include <strings.h>

#define PATH_MAX_BYTES      4095 /* Linux PATH_MAX without the NUL */
#define PATH_MAX_COMPONENT  255  /* NAME_MAX */
#define PATH_MAX_COMPONENTS 256  /* so that trees can be built with bounded recursion */

/*
 * UTF-8 of the code points that HFS+ ignores when it compares names (git's utf8.c, next_hfs_char): U+200C–F,
 * U+202A–E, U+206A–F, U+FEFF. Returns their length, 0 when `bytes` starts with another character.
 */
static size_t path_ignorable_length(const unsigned char *bytes, size_t left)
{
    if (left < 3)
        return 0;
    bool general = bytes[0] == 0xe2 && bytes[1] == 0x80 &&
                   ((bytes[2] >= 0x8c && bytes[2] <= 0x8f) || (bytes[2] >= 0xaa && bytes[2] <= 0xae));
    bool deprecated = bytes[0] == 0xe2 && bytes[1] == 0x81 && bytes[2] >= 0xaa && bytes[2] <= 0xaf;
    bool byte_order = bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf;
    return general || deprecated || byte_order ? 3 : 0;
}

/* ".git" as macOS, Windows (8.3 names, streams,
 * trailing dots and spaces) or a case-folding mount would see it. */
static bool path_is_dot_git(const char *component, size_t length)
{
    char folded[16];
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        size_t skip = path_ignorable_length((const unsigned char *)component + i, length - i);
        if (skip) {
            i += skip;
            continue;
        }
        if (component[i] == ':')
            break;
        if (used + 1 == sizeof folded) /* too long, unless only dots and spaces follow */
            return false;
        if (used >= 4 && (component[i] == '.' || component[i] == ' ')) {
            i++; /* counted only when something else follows */
            if (i < length && component[i] != '.' && component[i] != ' ' && component[i] != ':')
                return false;
            continue;
        }
        folded[used++] = component[i++];
    }
    folded[used] = '\0';
    return strcasecmp(folded, ".git") == 0 || strcasecmp(folded, "git~1") == 0;
}

static const char *path_component_fault(const char *component, size_t length)
{
    if (length == 0)
        return "it has an empty component (a leading, trailing or double slash)";
    if (length == 1 && component[0] == '.')
        return "it has a \".\" component";
    if (length == 2 && component[0] == '.' && component[1] == '.')
        return "it has a \"..\" component";
    if (length > PATH_MAX_COMPONENT)
        return "it has a component of more than 255 bytes";
    /* A backslash is an ordinary byte here, but a separator where the patch may be checked out next. */
    for (size_t start = 0; start <= length;) {
        const char *cut = memchr(component + start, '\\', length - start);
        size_t end = cut ? (size_t)(cut - component) : length;
        if (path_is_dot_git(component + start, end - start))
            return "it has a component that a file system may read as \".git\"";
        start = end + 1;
    }
    return NULL;
}

bool patch_path_is_safe(const char *path, const char **why)
{
    size_t length = strlen(path), components = 0;
    *why = NULL;
    if (length == 0)
        *why = "it is empty";
    else if (length > PATH_MAX_BYTES)
        *why = "it is longer than 4095 bytes";
    for (size_t start = 0; !*why && start <= length; components++) {
        size_t end = start + strcspn(path + start, "/");
        *why = path_component_fault(path + start, end - start);
        start = end + 1;
    }
    if (!*why && components > PATH_MAX_COMPONENTS)
        *why = "it has more than 256 components";
    return *why == NULL;
}
