/*
 * Folded arrays: reading checks every element, but keeps only where each window of them begins. Who asks for
 * an element gets its window read once more; the windows used last are kept.
 */
#include "base/json_fold.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>

#define FOLD_KEPT 4 /* windows: two sides of a pair may stand in two of one array's */

/* Where a window begins. */
struct json_window {
    uint32_t start; /* source offset of its first element */
    uint32_t first; /* index of it */
};

/* A window that was read. */
struct json_kept {
    struct json_document *document; /* an array of its elements; owned; NULL: none */
    size_t window;
    uint64_t used; /* when it was asked for last, by json_fold.clock */
};

struct json_fold {
    const struct json_document *document; /* whose source it stands in; borrowed */
    struct json_window *windows;          /* owned; one more than there are, where the array ends */
    size_t count;                         /* windows */
    size_t capacity;
    struct json_kept kept[FOLD_KEPT];
    struct json_kept *last; /* asked for last; NULL: none was */
    uint64_t clock;         /* windows asked for */
    struct json_fold *next; /* of the document */
};

struct json_cut json_cut_begin(const struct json_parser *parser, const char *at)
{
    struct json_block *newest = parser->document->blocks;
    return (struct json_cut){
        .block = newest, .used = newest ? newest->used : 0, .start = (uint32_t)(at - parser->source)};
}

static void json_fold_mark(struct json_fold *fold, size_t start, size_t first)
{
    MEMORY_GROW(fold->windows, fold->count, fold->capacity);
    fold->windows[fold->count++] = (struct json_window){.start = (uint32_t)start, .first = (uint32_t)first};
}

/* Takes the arena back to where the array began. */
static void json_cut_forget(struct json_parser *parser, const struct json_cut *cut)
{
    struct json_document *document = parser->document;
    while (document->blocks != cut->block) {
        struct json_block *block = document->blocks;
        document->blocks = block->next;
        block->next = NULL;
        json_block_release(document->pool, block);
    }
    if (cut->block)
        cut->block->used = cut->used;
}

void json_cut_window(struct json_parser *parser, struct json_cut *cut, size_t base, const char *at)
{
    if (!cut->fold) {
        cut->fold = MEMORY_NEW(struct json_fold);
        cut->fold->document = parser->document;
        cut->fold->next = parser->document->folds;
        parser->document->folds = cut->fold;
    }
    json_fold_mark(cut->fold, cut->start, cut->first);
    cut->first += parser->count - base;
    cut->start = (uint32_t)(at - parser->source);
    parser->count = base;
    json_cut_forget(parser, cut);
}

struct json_value json_cut_finish(struct json_parser *parser, struct json_cut *cut, size_t base,
                                  struct json_extent extent)
{
    json_cut_window(parser, cut, base, parser->source + extent.end);
    json_fold_mark(cut->fold, cut->start, cut->first);
    cut->fold->count--; /* the end is no window */
    struct json_value *items =
        (struct json_value *)(void *)json_parser_room(parser, 2 * sizeof(struct json_value));
    items[0] = (struct json_value){.extent = extent};
    items[1] = (struct json_value){0};
    memcpy(&items[1].bytes, &cut->fold, sizeof cut->fold);
    return (struct json_value){
        .meta = JSON_ARRAY | JSON_META_FOLDED, .count = (uint32_t)cut->first, .items = items + 1};
}

static struct json_fold *json_fold_of(const struct json_value *array)
{
    struct json_fold *fold;
    memcpy(&fold, &array->items[0].bytes, sizeof fold);
    return fold;
}

/* The last one that begins at the index or before it. */
static size_t json_fold_find(const struct json_fold *fold, size_t index)
{
    size_t low = 0;
    size_t high = fold->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (fold->windows[middle].first <= index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* A window's elements as an array. It was read before, so nothing in it fails. */
static struct json_document *json_fold_read(const struct json_fold *fold, size_t window)
{
    const struct json_document *whole = fold->document;
    struct json_options options = {.views = true,
                                   .borrow = true,
                                   .max_depth = UINT32_MAX,
                                   .max_bytes = whole->length,
                                   .pool = whole->pool};
    struct json_parser parser;
    struct json_error error;
    struct json_document *document = NULL;
    if (json_parser_init(&parser, whole->source, whole->length, &options, &error) < 0)
        abort();
    const char *at = parser.source + fold->windows[window].start;
    size_t count = fold->windows[window + 1].first - fold->windows[window].first;
    json_parser_begin_array(&parser);
    while (at && parser.count <= count) {
        if (whole->lines) {
            at = json_parser_push_line(&parser, at);
            continue;
        }
        at = json_skip_space(&parser, at);
        at += *at == ',';
        at = json_parse_value(&parser, json_skip_space(&parser, at));
    }
    if (!at)
        abort();
    json_parser_finish_array(&parser, &document);
    json_parser_fini(&parser);
    return document;
}

/* In place of the one that was used longest ago. */
static struct json_kept *json_fold_keep(struct json_fold *fold, size_t window)
{
    struct json_kept *oldest = &fold->kept[0];
    for (size_t i = 0; i < FOLD_KEPT; i++) {
        struct json_kept *kept = &fold->kept[i];
        if (kept->document && kept->window == window)
            return kept;
        if (kept->used < oldest->used)
            oldest = kept;
    }
    json_free(oldest->document);
    *oldest = (struct json_kept){.window = window, .document = json_fold_read(fold, window)};
    return oldest;
}

const struct json_value *json_folded_element(const struct json_value *array, size_t index)
{
    struct json_fold *fold = json_fold_of(array);
    struct json_kept *kept = fold->last;
    if (!kept || index < fold->windows[kept->window].first ||
        index >= fold->windows[kept->window + 1].first) {
        kept = json_fold_keep(fold, json_fold_find(fold, index));
        kept->used = ++fold->clock;
        fold->last = kept;
    }
    return json_element(json_root(kept->document), index - fold->windows[kept->window].first);
}

bool json_is_window(const struct json_value *array, size_t index)
{
    if (!(array->meta & JSON_META_FOLDED))
        return false;
    const struct json_fold *fold = json_fold_of(array);
    return fold->windows[json_fold_find(fold, index)].first == index;
}

size_t json_same_window(const struct json_value *array, size_t index, const struct json_document *other,
                        uint32_t *at)
{
    if (!json_is_window(array, index))
        return 0;
    const struct json_fold *fold = json_fold_of(array);
    size_t window = json_fold_find(fold, index);
    uint32_t start = fold->windows[window].start;
    uint32_t length = fold->windows[window + 1].start - start;
    /* What ends the last window's last element may stand behind it. */
    if (window + 1 == fold->count || length > other->length - *at ||
        memcmp(fold->document->source + start, other->source + *at, length) != 0)
        return 0;
    *at += length;
    return fold->windows[window + 1].first - index;
}

void json_folds_free(struct json_fold *folds)
{
    while (folds) {
        struct json_fold *next = folds->next;
        for (size_t i = 0; i < FOLD_KEPT; i++)
            json_free(folds->kept[i].document);
        free(folds->windows);
        free(folds);
        folds = next;
    }
}
