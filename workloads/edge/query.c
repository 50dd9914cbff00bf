/* Places of query strings: of a URL among the arguments, in a string of JSON, or on their own. */
#include "workloads/edge/places.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <ctype.h>
#include <string.h>

/* "a=1&b", of which each name is one, and no byte needs to be written otherwise. */
static bool query_is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte <= ' ' || byte == '"' || byte == '\\' || byte == '?')
            return false;
    }
    const char *equals = memchr(text, '=', length);
    for (const char *at = text; equals && at < equals; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_.-[]%", *at))
            return false;
    return equals && equals > text;
}

/* Where the query string begins, and where it ends before a fragment; false: the text is none and has none.
 */
static bool query_find(const char *text, size_t length, size_t *from, size_t *to)
{
    const char *mark = memchr(text, '?', length);
    const char *slash = memchr(text, '/', length);
    *from = mark ? (size_t)(mark - text) + 1 : 0;
    const char *hash = memchr(text + *from, '#', length - *from);
    *to = hash ? (size_t)(hash - text) : length;
    bool many = memchr(text, '&', length);
    bool url = mark && ((slash && slash < mark) || mark == text);
    return (url || (!mark && many)) && query_is_plain(text + *from, *to - *from);
}

static void query_add(struct edge_places *places, const struct edge_place *around, const char *name,
                      struct edge_place parameter)
{
    cleanup_free char *pattern = memory_format("%s?%s", *around->pattern ? " " : "", name);
    if (edge_places_find_pattern(places, around->pattern, pattern))
        return;
    parameter.pattern = memory_format("%s%s", around->pattern, pattern);
    parameter.name = *around->name ? memory_format("%s ?%s", around->name, name) : memory_copy_string(name);
    parameter.word = memory_copy_string(name);
    *edge_places_add(places) = parameter;
}

void edge_places_of_query(struct edge_places *places, const struct edge_place *around, const char *text)
{
    const struct edge_place holder = *around; /* which may move */
    for (size_t at = holder.start; at < holder.end && places->count < EDGE_PLACES_MOST;) {
        const char *ampersand = memchr(text + at, '&', holder.end - at);
        size_t end = ampersand ? (size_t)(ampersand - text) : holder.end;
        const char *equals = memchr(text + at, '=', end - at);
        size_t name_end = equals ? (size_t)(equals - text) : end;
        cleanup_free char *name = memory_copy_bytes(text + at, name_end - at);
        if (name_end > at && strlen(name) == name_end - at)
            query_add(places, &holder, name,
                      (struct edge_place){.carrier = holder.carrier,
                                          .query = true,
                                          .argument = holder.argument,
                                          .name_start = at,
                                          .name_end = name_end,
                                          .start = equals ? name_end + 1 : name_end,
                                          .end = end,
                                          .cut_start = !ampersand && at > holder.start ? at - 1 : at,
                                          .cut_end = ampersand ? end + 1 : end});
        at = end + 1;
    }
}

void edge_places_of_string(struct edge_places *places, const struct edge_place *around, const char *text)
{
    size_t quote = around->json;
    size_t from, to;
    struct edge_place holder = *around;
    if (around->end - around->start < 2 * quote ||
        !query_find(text + around->start + quote, around->end - around->start - 2 * quote, &from, &to))
        return;
    holder.start = around->start + quote + from;
    holder.end = around->start + quote + to;
    edge_places_of_query(places, &holder, text);
}
