#include "workloads/contract/noise.h"

#include "base/json_access.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"

#include <string.h>

static uint64_t noise_key(const char *part, uint64_t path)
{
    return hash_bytes(path, part, strlen(part));
}

void noise_forbid(struct noise *noise, char **segments)
{
    MEMORY_GROW(noise->forbidden, noise->forbidden_count, noise->forbidden_capacity);
    noise->forbidden[noise->forbidden_count++] = segments;
}

static bool noise_is_name(const char *wanted, const struct json_value *name)
{
    return strlen(wanted) == name->count && !memcmp(wanted, name->bytes, name->count);
}

/* "@id=7" names an element by its key, as pointers of findings do. */
static bool noise_is_id(const char *wanted, const struct path_segment *segment)
{
    size_t length = strlen(segment->id_key);
    return *wanted == '@' && !strncmp(wanted + 1, segment->id_key, length) && wanted[1 + length] == '=' &&
           noise_is_name(wanted + length + 2, segment->name);
}

static bool noise_segment_fits(const char *wanted, const struct path_segment *segment)
{
    char *end;
    if (!strcmp(wanted, "*"))
        return true;
    if (segment->kind == PATH_KEY)
        return noise_is_name(wanted, segment->name);
    if (segment->kind == PATH_ID && noise_is_id(wanted, segment))
        return true;
    return *wanted >= '0' && *wanted <= '9' && strtoul(wanted, &end, 10) == segment->index && !*end;
}

static bool noise_is_under(char *const *pattern, const struct path *path)
{
    size_t depth = 0;
    while (pattern[depth]) {
        if (depth >= path->depth || !noise_segment_fits(pattern[depth], &path->segments[depth]))
            return false;
        depth++;
    }
    return true;
}

bool noise_is_forbidden(const struct noise *noise, const struct path *path)
{
    for (size_t i = 0; i < noise->forbidden_count; i++) {
        if (noise_is_under(noise->forbidden[i], path))
            return true;
    }
    return false;
}

void noise_learn(struct noise *noise, const char *part, uint64_t path, uint64_t sample)
{
    uint64_t key = noise_key(part, path);
    int64_t index = table_find(&noise->by_key, key);
    if (index < 0) {
        index = (int64_t)noise->count;
        table_add(&noise->by_key, key, (uint32_t)index);
        MEMORY_GROW(noise->entries, noise->count, noise->capacity);
        noise->entries[noise->count++] = (struct noise_entry){0};
    }
    if (table_find(&noise->by_sample, hash_mix(key, sample)) < 0)
        table_add(&noise->by_sample, hash_mix(key, sample), (uint32_t)index);
    struct noise_entry *entry = &noise->entries[index];
    if (entry->stamp != noise->asked)
        entry->evidence++;
    entry->stamp = noise->asked;
}

const struct noise_entry *noise_find(const struct noise *noise, const char *part, struct path *path,
                                     uint64_t sample)
{
    if (!noise->count)
        return NULL;
    uint64_t key = noise_key(part, path_hash_noise(path));
    int64_t index =
        sample ? table_find(&noise->by_sample, hash_mix(key, sample)) : table_find(&noise->by_key, key);
    return index < 0 ? NULL : &noise->entries[index];
}

uint64_t noise_sample(const char *id)
{
    return hash_bytes(hash_seed(), id, strlen(id)) | 1;
}

void noise_fini(struct noise *noise)
{
    for (size_t i = 0; i < noise->forbidden_count; i++)
        json_free_strings(noise->forbidden[i]);
    free(noise->forbidden);
    free(noise->entries);
    table_fini(&noise->by_key);
    table_fini(&noise->by_sample);
    *noise = (struct noise){0};
}
