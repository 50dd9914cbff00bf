#include "workloads/reduce/explain.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/reduce/leaf.h"
#include "workloads/reduce/named.h"
#include "workloads/reduce/reduction.h"

#include <stdlib.h>
#include <string.h>

#define EXPLAIN_VALUE   60                 /* bytes shown of one */
#define EXPLAIN_SAMPLES 64                 /* whose values are looked at */
#define EXPLAIN_BYTES   ((size_t)64 << 10) /* of such a sample; a longer one is not */

static bool explain_add(uint32_t node, const char *name, void *data)
{
    struct explain *explain = data;
    explain->many = explain->count == EXPLAIN_PLACES;
    if (!explain->many)
        explain->places[explain->count++] =
            (struct explain_place){.node = node, .name = memory_copy_string(name)};
    return !explain->many;
}

/* Another sample that is looked at. */
struct explain_beside {
    struct explain *explain;
    const struct tree *own, *other;
};

/* Of text without the end of its line. */
static size_t explain_trim(const struct tree *tree, uint32_t node, const char *bytes, size_t length)
{
    while (tree->nodes[node].kind == TREE_TEXT && length > 0 &&
           (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    return length;
}

static bool explain_is_new(const struct explain_place *place, const struct tree *own, const char *bytes,
                           size_t length)
{
    size_t own_length;
    const char *own_bytes = tree_text(own, place->node, &own_length);
    own_length = explain_trim(own, place->node, own_bytes, own_length);
    bool fresh = length != own_length || memcmp(bytes, own_bytes, length) != 0;
    for (size_t i = 0; fresh && i < place->other_count; i++)
        fresh =
            length != place->others[i].length || memcmp(bytes, text_string(&place->others[i]), length) != 0;
    return fresh;
}

/* A word of the program's, whose value may stand behind it under the same name. */
static bool explain_is_option(const struct tree *tree, uint32_t node)
{
    size_t length;
    const char *bytes = tree_text(tree, node, &length);
    return tree->nodes[node].kind == TREE_TEXT && leaf_is_option(bytes, length);
}

static bool explain_add_other(uint32_t node, const char *name, void *data)
{
    const struct explain_beside *beside = data;
    struct explain *explain = beside->explain;
    if (explain_is_option(beside->other, node))
        return true;
    for (size_t i = 0; i < explain->count; i++) {
        struct explain_place *place = &explain->places[i];
        size_t length;
        const char *bytes = tree_text(beside->other, node, &length);
        length = explain_trim(beside->other, node, bytes, length);
        if (place->other_count < EXPLAIN_OTHERS && strcmp(place->name, name) == 0 &&
            !explain_is_option(beside->own, place->node) && explain_is_new(place, beside->own, bytes, length))
            text_append(&place->others[place->other_count++], bytes, length);
    }
    return true;
}

/* Spread over the set, whose neighbours are often alike. */
static void explain_look_beside(struct explain *explain, const struct tree *tree,
                                const struct sample_set *others, bool plain)
{
    size_t looked = others->count < EXPLAIN_SAMPLES ? others->count : EXPLAIN_SAMPLES;
    for (size_t i = 0; i < looked; i++) {
        const struct sample *sample = &others->items[i * others->count / looked];
        struct tree other;
        if (sample->held_out || reduction_weigh(sample) > EXPLAIN_BYTES)
            continue;
        tree_init(&other, sample, plain);
        struct explain_beside beside = {explain, tree, &other};
        named_walk(&other, explain_add_other, &beside);
        tree_fini(&other);
    }
}

void explain_begin(struct explain *explain, const struct tree *tree, const struct sample_set *others,
                   bool plain)
{
    *explain = (struct explain){0};
    named_walk(tree, explain_add, explain);
    if (others && !explain->many)
        explain_look_beside(explain, tree, others, plain);
}

/* The value to try; false: there is none of that number. */
static bool explain_value(const struct explain_place *place, const struct tree *tree, size_t which,
                          struct text *out)
{
    size_t length;
    const char *bytes = tree_text(tree, place->node, &length);
    if (which < LEAF_NEIGHBOURS)
        return leaf_neighbour(tree->nodes[place->node].kind, bytes, length, which, out);
    const struct text *other = &place->others[which - LEAF_NEIGHBOURS];
    size_t end = explain_trim(tree, place->node, bytes, length);
    text_append(out, text_string(other), other->length);
    text_append(out, bytes + end, length - end);
    return true;
}

bool explain_next(struct explain *explain, struct tree *tree)
{
    for (; !explain->many && explain->place < explain->count; explain->place++, explain->which = 0) {
        const struct explain_place *place = &explain->places[explain->place];
        size_t most = place->showing > 0 ? 0 : LEAF_NEIGHBOURS + place->other_count;
        for (; explain->which < most; explain->which++) {
            cleanup_text struct text beside = {0};
            if (!explain_value(place, tree, explain->which, &beside))
                continue;
            const char *bytes = tree_text(tree, place->node, &explain->length);
            explain->bytes = memory_copy_bytes(bytes, explain->length);
            tree_change(tree, place->node, text_string(&beside), beside.length);
            return true;
        }
    }
    return false;
}

void explain_tell(struct explain *explain, struct tree *tree, bool shows, bool counts)
{
    struct explain_place *place = &explain->places[explain->place];
    place->asked += counts;
    place->showing += shows;
    explain->which++;
    tree_change(tree, place->node, explain->bytes, explain->length);
    free(STEAL(explain->bytes));
}

static void explain_append(const struct explain_place *place, const struct tree *tree, struct text *words)
{
    size_t length;
    const char *bytes = tree_text(tree, place->node, &length);
    length = explain_trim(tree, place->node, bytes, length);
    size_t shown = length < EXPLAIN_VALUE ? length : EXPLAIN_VALUE;
    while (shown < length && shown > 0 && ((unsigned char)bytes[shown] & 0xc0) == 0x80)
        shown--;
    text_printf(words, "%s%s is ", words->length > 0 ? " and " : "", place->name);
    text_append(words, bytes, shown);
    text_append_string(words, shown < length ? "…" : length == 0 ? "empty" : "");
}

/* An option and its value have one name. */
static bool explain_is_one(const struct explain *explain)
{
    for (size_t i = 1; i < explain->count; i++)
        if (strcmp(explain->places[i].name, explain->places[0].name) != 0)
            return false;
    return explain->count > 0;
}

char *explain_words(const struct explain *explain, const struct tree *tree)
{
    cleanup_text struct text words = {0};
    size_t named = 0;
    for (size_t i = 0; i < explain->count; i++) {
        const struct explain_place *place = &explain->places[i];
        if (place->asked == 0 || place->showing > 0)
            continue;
        if (++named <= EXPLAIN_NAMED)
            explain_append(place, tree, &words);
    }
    if (explain->many || named > EXPLAIN_NAMED)
        return NULL;
    if (named == 0 && explain_is_one(explain))
        text_printf(&words, "%s is there", explain->places[0].name);
    return words.length > 0 ? text_take(&words) : NULL;
}

void explain_fini(struct explain *explain)
{
    for (size_t i = 0; i < explain->count; i++) {
        free(explain->places[i].name);
        for (size_t k = 0; k < explain->places[i].other_count; k++)
            text_fini(&explain->places[i].others[k]);
    }
    free(explain->bytes);
    *explain = (struct explain){0};
}
