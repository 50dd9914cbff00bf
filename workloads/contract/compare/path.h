/* The way from the root to where a comparison stands: cheap to walk, written out only for what is reported.
 */
#ifndef CUPEL_WORKLOADS_CONTRACT_COMPARE_PATH_H
#define CUPEL_WORKLOADS_CONTRACT_COMPARE_PATH_H

#include "base/json.h"
#include "base/text.h"

enum path_style {
    PATH_POINTER, /* JSON Pointers: /items/3/price, or /items/@id=7/price under a key */
    PATH_LINES    /* the root is a text's lines: "line 12" */
};

enum path_kind { PATH_KEY, PATH_INDEX, PATH_ID };

struct path_segment {
    enum path_kind kind;
    uint32_t index;                /* PATH_INDEX and PATH_ID: of the element */
    const struct json_value *name; /* PATH_KEY: the key; PATH_ID: the id's value */
    const char *id_key;            /* PATH_ID: the member that holds the id */
    uint64_t pattern_hash;         /* of the pattern up to here; 0: not computed yet */
};

struct path {
    enum path_style style;
    struct path_segment *segments; /* owned */
    size_t depth;
    size_t capacity;
};

void path_push_key(struct path *path, const struct json_value *key);
void path_push_index(struct path *path, size_t index);
void path_push_id(struct path *path, size_t index, const char *id_key, const struct json_value *id);
static inline void path_pop(struct path *path)
{
    path->depth--;
}
void path_fini(struct path *path);

/* The pattern's hash: equal for paths that differ in array elements only. */
uint64_t path_hash_pattern(struct path *path);
/* What learned noise is kept under: the pattern, but in text each line is a path of its own. */
uint64_t path_hash_noise(struct path *path);

/* "/items/3/price", "line 4" */
void path_write_pointer(const struct path *path, struct text *out);
/* "/items/<star>/price", "line <star>" */
void path_write_pattern(const struct path *path, struct text *out);
/* The words for path_hash_noise(). */
void path_write_noise(const struct path *path, struct text *out);

#endif
