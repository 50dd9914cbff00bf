#include "base/json_pointer.h"

#include "base/json_access.h"
#include "base/json_parser.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void json_pointer_append(struct text *text, const char *key, size_t length)
{
    text_append_char(text, '/');
    size_t done = 0;
    for (size_t i = 0; i < length; i++) {
        if (key[i] != '~' && key[i] != '/')
            continue;
        text_append(text, key + done, i - done);
        text_append_string(text, key[i] == '~' ? "~0" : "~1");
        done = i + 1;
    }
    text_append(text, key + done, length - done);
}

/* Appends the segment that leads towards what stands at `wanted`; the child, or NULL when there is none. */
static const struct json_value *json_pointer_step(const struct json_document *document,
                                                  const struct json_value *at, struct json_extent wanted,
                                                  struct text *text)
{
    bool is_object = json_type(at) == JSON_OBJECT;
    for (size_t i = 0; (is_object || json_type(at) == JSON_ARRAY) && i < json_count(at); i++) {
        const struct json_value *child = is_object ? json_member(at, i, NULL, NULL) : json_element(at, i);
        /* Extents nest, so the way down is found without looking at any subtree beside it. */
        struct json_extent extent = json_extent(document, child);
        if (extent.start > wanted.start || wanted.end > extent.end)
            continue;
        if (is_object)
            json_pointer_append(text, json_key(at, i)->bytes, json_key(at, i)->count);
        else
            text_printf(text, "/%zu", i);
        return child;
    }
    return NULL;
}

void json_pointer_of(const struct json_document *document, const struct json_value *value, struct text *text)
{
    struct json_extent wanted = json_extent(document, value);
    for (const struct json_value *at = json_root(document); at && at != value;)
        at = json_pointer_step(document, at, wanted, text);
}

uint32_t json_line(const struct json_document *document, const struct json_value *value)
{
    uint32_t line = 1;
    uint32_t start = json_extent(document, value).start;
    for (size_t i = 0; i < start && i < document->length; i++)
        line += document->source[i] == '\n';
    return line;
}

/* Decodes ~0 and ~1 in place; false for any other '~'. */
static bool json_pointer_decode(char *segment)
{
    char *put = segment;
    for (const char *get = segment; *get; get++) {
        if (*get != '~') {
            *put++ = *get;
            continue;
        }
        get++;
        if (*get != '0' && *get != '1')
            return false;
        *put++ = *get == '0' ? '~' : '/';
    }
    *put = 0;
    return true;
}

int json_pointer_split(const char *pointer, char ***segments, size_t *count, struct err *err)
{
    if (*pointer && *pointer != '/')
        return err_set(err, ERR_INVALID, "must be a JSON Pointer: empty, or beginning with '/'");
    char **list = NULL;
    size_t used = 0;
    size_t capacity = 0;
    bool well_formed = true;
    while (*pointer == '/' && well_formed) {
        size_t length = strcspn(++pointer, "/");
        MEMORY_GROW(list, used, capacity);
        list[used] = memory_copy_bytes(pointer, length);
        well_formed = json_pointer_decode(list[used++]);
        pointer += length;
    }
    MEMORY_GROW(list, used, capacity);
    list[used] = NULL;
    if (!well_formed) {
        json_free_strings(list);
        return err_set(err, ERR_INVALID, "'~' in a JSON Pointer must be written ~0 (and '/' ~1)");
    }
    *segments = list;
    *count = used;
    return 0;
}
