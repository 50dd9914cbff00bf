#include "workloads/contract/compare/path.h"

#include "base/digest.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"

#include <string.h>

#define PATH_KEY_MOST 512 /* bytes of a key in a pointer; of a longer one PATH_KEY_KEPT */
#define PATH_KEY_KEPT 256

static struct path_segment *path_push(struct path *path)
{
    MEMORY_GROW(path->segments, path->depth, path->capacity);
    return &path->segments[path->depth++];
}

void path_push_key(struct path *path, const struct json_value *key)
{
    *path_push(path) = (struct path_segment){.kind = PATH_KEY, .name = key};
}

void path_push_index(struct path *path, size_t index)
{
    *path_push(path) = (struct path_segment){.kind = PATH_INDEX, .index = (uint32_t)index};
}

void path_push_id(struct path *path, size_t index, const char *id_key, const struct json_value *id)
{
    *path_push(path) =
        (struct path_segment){.kind = PATH_ID, .index = (uint32_t)index, .name = id, .id_key = id_key};
}

void path_fini(struct path *path)
{
    free(path->segments);
    *path = (struct path){0};
}

uint64_t path_hash_pattern(struct path *path)
{
    size_t known = path->depth;
    while (known && !path->segments[known - 1].pattern_hash)
        known--;
    uint64_t hash = known ? path->segments[known - 1].pattern_hash : hash_seed() | 1;
    for (; known < path->depth; known++) {
        struct path_segment *segment = &path->segments[known];
        if (segment->kind == PATH_KEY)
            hash = hash_bytes(hash, segment->name->bytes, segment->name->count) | 1;
        else
            hash = hash_mix(hash, UINT64_C(0x2a)) | 1;
        segment->pattern_hash = hash;
    }
    return hash;
}

uint64_t path_hash_noise(struct path *path)
{
    uint64_t hash = path_hash_pattern(path);
    return path->style == PATH_LINES && path->depth ? hash_mix(hash, path->segments[0].index) : hash;
}

/* A key as a segment. What is longer than anybody reads is cut, and told apart by its digest. */
static void path_write_key(const char *bytes, size_t length, struct text *out)
{
    cleanup_text struct text shown = {0};
    if (length <= PATH_KEY_MOST && !memchr(bytes, 0, length)) {
        json_pointer_append(out, bytes, length);
        return;
    }
    size_t kept = length <= PATH_KEY_MOST ? length : PATH_KEY_KEPT;
    while (kept < length && kept && ((unsigned char)bytes[kept] & 0xc0) == 0x80)
        kept--;
    for (size_t i = 0; i < kept; i++) {
        if (bytes[i])
            text_append_char(&shown, bytes[i]);
        else
            text_append_string(&shown, "\\u0000"); /* pointers end at a NUL */
    }
    if (kept < length) {
        struct digest digest = digest_of(bytes, length);
        char hex[DIGEST_HEX];
        digest_to_hex(&digest, hex);
        text_printf(&shown, "…%.16s", hex);
    }
    json_pointer_append(out, shown.data, shown.length);
}

static void path_write_id(const struct path_segment *segment, struct text *out)
{
    cleanup_text struct text id = {0};
    text_printf(&id, "@%s=", segment->id_key);
    text_append(&id, segment->name->bytes, segment->name->count);
    path_write_key(id.data, id.length, out);
}

void path_write_pointer(const struct path *path, struct text *out)
{
    if (path->style == PATH_LINES) {
        path_write_noise(path, out);
        return;
    }
    for (size_t i = 0; i < path->depth; i++) {
        const struct path_segment *segment = &path->segments[i];
        if (segment->kind == PATH_KEY)
            path_write_key(segment->name->bytes, segment->name->count, out);
        else if (segment->kind == PATH_ID)
            path_write_id(segment, out);
        else
            text_printf(out, "/%u", segment->index);
    }
}

void path_write_pattern(const struct path *path, struct text *out)
{
    if (path->style == PATH_LINES) {
        if (path->depth)
            text_append_string(out, "line *");
        return;
    }
    for (size_t i = 0; i < path->depth; i++) {
        const struct path_segment *segment = &path->segments[i];
        if (segment->kind == PATH_KEY)
            path_write_key(segment->name->bytes, segment->name->count, out);
        else
            text_append_string(out, "/*");
    }
}

void path_write_noise(const struct path *path, struct text *out)
{
    if (path->style == PATH_LINES && path->depth)
        text_printf(out, "line %u", path->segments[0].index + 1);
    else
        path_write_pattern(path, out);
}
