#include "workloads/contract/compare/content.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/compare/sketch.h"

#include <stdlib.h>

#define CONTENT_AHEAD  8  /* elements that are looked ahead for the same text */
#define CONTENT_MISSES 64 /* more without a near partner than with one, by so many: not worth while */

struct content content_of(const struct comparison *c, const struct json_document *document,
                          const struct json_value *array, struct rule_scope scope)
{
    return (struct content){.document = document,
                            .array = array,
                            .sketched = compare_is_plain(c, scope) && !compare_heeds_noise(c)};
}

void content_fini(struct content *content)
{
    free(content->indices);
    free(content->sketches);
    free(content->matches);
    free(content->extents);
    *content = (struct content){0};
}

void content_add(struct content *content, size_t index)
{
    if (content->sketched) {
        MEMORY_GROW(content->sketches, content->count, content->sketch_capacity);
        content->sketches[content->count] = sketch_value(json_item(content->array, index));
        if (json_is_window(content->array, 0)) {
            MEMORY_GROW(content->extents, content->count, content->extent_capacity);
            content->extents[content->count] =
                json_extent(content->document, json_item(content->array, index));
        }
    }
    MEMORY_GROW(content->indices, content->count, content->capacity);
    content->indices[content->count++] = (int32_t)index;
}

bool content_is_same(const struct content *before, size_t k, const struct content *after, size_t m)
{
    if (!before->extents || !after->extents)
        return false;
    struct json_extent left = before->extents[k];
    struct json_extent right = after->extents[m];
    return left.end - left.start == right.end - right.start &&
           memcmp(json_text(before->document) + left.start, json_text(after->document) + right.start,
                  left.end - left.start) == 0;
}

void content_add_range(struct content *content, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        content_add(content, i);
}

static uint64_t content_hash(struct comparison *c, const struct content *content, size_t k,
                             struct rule_scope scope)
{
    size_t index = (size_t)content->indices[k];
    struct rule_scope below = scope.count ? rule_walk_index(&c->walk, scope, index) : scope;
    path_push_index(&c->path, index);
    uint64_t hash = compare_hash(c, json_item(content->array, index), below);
    path_pop(&c->path);
    if (scope.count)
        c->walk.count = below.first;
    return hash;
}

static void content_init_set(struct sketch_set *set, const struct content *content)
{
    sketch_set_init(set, content->count);
    for (size_t k = 0; k < content->count; k++)
        sketch_set_add(set, content->sketches[k]);
}

size_t content_count_strangers(const struct content *before, const struct content *after)
{
    if (!before->sketched || !after->sketched)
        return 0;
    cleanup_sketches struct sketch_set set = {0};
    content_init_set(&set, after);
    size_t count = 0;
    for (size_t k = 0; k < before->count; k++)
        count += !sketch_set_may_have(&set, before->sketches[k]);
    return count;
}

/* Those that may have an equal on the other side; the others have no match. How many. */
static size_t content_list_met(struct content *content, const struct content *other, uint32_t *met)
{
    cleanup_sketches struct sketch_set set = {0};
    bool sketched = content->sketched && other->sketched;
    size_t count = 0;
    if (sketched)
        content_init_set(&set, other);
    for (size_t k = 0; k < content->count; k++) {
        content->matches[k] = MATCH_NONE;
        if (!sketched || sketch_set_may_have(&set, content->sketches[k]))
            met[count++] = (uint32_t)k;
    }
    return count;
}

void content_match(struct comparison *c, struct content *before, struct content *after,
                   struct rule_scope scope)
{
    before->matches = memory_resize(before->matches, before->count + 1, sizeof *before->matches);
    after->matches = memory_resize(after->matches, after->count + 1, sizeof *after->matches);
    cleanup_free uint32_t *left = memory_resize(NULL, before->count + 1, sizeof *left);
    cleanup_free uint32_t *right = memory_resize(NULL, after->count + 1, sizeof *right);
    size_t left_count = content_list_met(before, after, left);
    size_t right_count = content_list_met(after, before, right);
    if (!left_count || !right_count)
        return;
    cleanup_free uint64_t *left_hashes = memory_resize(NULL, left_count, sizeof *left_hashes);
    cleanup_free uint64_t *right_hashes = memory_resize(NULL, right_count, sizeof *right_hashes);
    cleanup_free int32_t *left_matches = memory_resize(NULL, left_count, sizeof *left_matches);
    cleanup_free int32_t *right_matches = memory_resize(NULL, right_count, sizeof *right_matches);
    for (size_t i = 0; i < left_count; i++)
        left_hashes[i] = content_hash(c, before, left[i], scope);
    for (size_t j = 0; j < right_count; j++)
        right_hashes[j] = content_hash(c, after, right[j], scope);
    matching_build(left_hashes, left_count, right_hashes, right_count, left_matches, right_matches);
    for (size_t i = 0; i < left_count; i++)
        before->matches[left[i]] = left_matches[i] < 0 ? left_matches[i] : (int32_t)right[left_matches[i]];
    for (size_t j = 0; j < right_count; j++)
        after->matches[right[j]] = right_matches[j] < 0 ? right_matches[j] : (int32_t)left[right_matches[j]];
}

void content_keep_lone(struct content *content)
{
    size_t kept = 0;
    for (size_t k = 0; k < content->count; k++) {
        if (content->matches[k] < 0)
            content->indices[kept++] = content->indices[k];
    }
    content->count = kept;
}

/* Two stretches of which no rule can say anything, and which of their elements have the same text. */
struct stretch {
    const struct json_value *before; /* the arrays; borrowed */
    const struct json_value *after;
    size_t before_end;
    size_t after_end;
    size_t start;
    int32_t *partners; /* by element before, from `start` on: the one after, or MATCH_NONE; owned */
    bool *paired;      /* by element after, from `start` on; owned */
};

static void stretch_fini(struct stretch *stretch)
{
    free(stretch->partners);
    free(stretch->paired);
}
#define cleanup_stretch __attribute__((cleanup(stretch_fini)))

static bool stretch_is_same(struct comparison *c, const struct stretch *stretch, size_t i, size_t j)
{
    return i < stretch->before_end && j < stretch->after_end &&
           compare_is_identical(c, json_item(stretch->before, i), json_item(stretch->after, j));
}

/* Moves both cursors to the next same text, on one side only if it is near. False: past one of each. */
static bool stretch_seek(struct comparison *c, const struct stretch *stretch, size_t *i, size_t *j)
{
    for (size_t ahead = 0; ahead < CONTENT_AHEAD; ahead++) {
        if (stretch_is_same(c, stretch, *i + ahead, *j)) {
            *i += ahead;
            return true;
        }
        if (ahead && stretch_is_same(c, stretch, *i, *j + ahead)) {
            *j += ahead;
            return true;
        }
    }
    ++*i;
    ++*j;
    return false;
}

/* False: too few have a partner to be worth while. */
static bool stretch_pair(struct comparison *c, struct stretch *stretch)
{
    size_t pairs = 0;
    size_t misses = 0;
    for (size_t i = stretch->start, j = i; i < stretch->before_end && j < stretch->after_end;) {
        if (!stretch_seek(c, stretch, &i, &j)) {
            if (++misses > pairs + CONTENT_MISSES)
                return false;
            continue;
        }
        stretch->partners[i++ - stretch->start] = (int32_t)j;
        stretch->paired[j++ - stretch->start] = true;
        pairs++;
    }
    return true;
}

/*
 * Equal contents count together: where one without a partner may be equal to one that has one, this one
 * has none either.
 */
static void stretch_part_suspects(struct stretch *stretch)
{
    cleanup_sketches struct sketch_set lone = {0};
    size_t before_count = stretch->before_end - stretch->start;
    size_t after_count = stretch->after_end - stretch->start;
    size_t count = 0;
    for (size_t i = 0; i < before_count; i++)
        count += stretch->partners[i] < 0;
    for (size_t j = 0; j < after_count; j++)
        count += !stretch->paired[j];
    sketch_set_init(&lone, count);
    for (size_t i = 0; i < before_count; i++) {
        if (stretch->partners[i] < 0)
            sketch_set_add(&lone, sketch_value(json_item(stretch->before, stretch->start + i)));
    }
    for (size_t j = 0; j < after_count; j++) {
        if (!stretch->paired[j])
            sketch_set_add(&lone, sketch_value(json_item(stretch->after, stretch->start + j)));
    }
    for (size_t i = 0; i < before_count; i++) {
        int32_t partner = stretch->partners[i];
        if (partner < 0 ||
            !sketch_set_may_have(&lone, sketch_value(json_item(stretch->before, stretch->start + i))))
            continue;
        stretch->partners[i] = MATCH_NONE;
        stretch->paired[(size_t)partner - stretch->start] = false;
    }
}

void content_add_unpaired(struct comparison *c, struct content *before, size_t before_end,
                          struct content *after, size_t after_end, size_t start)
{
    cleanup_stretch struct stretch stretch = {.before = before->array,
                                              .after = after->array,
                                              .before_end = before_end,
                                              .after_end = after_end,
                                              .start = start};
    stretch.partners = memory_resize(NULL, before_end - start + 1, sizeof *stretch.partners);
    stretch.paired = memory_zeroed(after_end - start + 1);
    for (size_t i = start; i < before_end; i++)
        stretch.partners[i - start] = MATCH_NONE;
    bool worthwhile = stretch_pair(c, &stretch);
    if (worthwhile)
        stretch_part_suspects(&stretch);
    for (size_t i = start; i < before_end; i++) {
        if (!worthwhile || stretch.partners[i - start] < 0)
            content_add(before, i);
    }
    for (size_t j = start; j < after_end; j++) {
        if (!worthwhile || !stretch.paired[j - start])
            content_add(after, j);
    }
}
