#include "workloads/edge/places.h"

#include "base/cleanup.h"
#include "base/json_pointer.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_DEPTH 64    /* of JSON that is looked into */
#define PLACES_ITEMS 64    /* of an array that are looked at: patterns repeat */
#define PLACES_LOOKS 20000 /* at values of a document */

/* One document on its way to places. */
struct places_walk {
    struct edge_places *places;
    const struct json_document *document; /* borrowed, as its */
    const char *text;
    enum edge_carrier carrier;
    size_t argument;
    const char *prefix; /* of names: which argument; "" for stdin and requests */
    bool lines;         /* the root is a list of records, no array that stands in the text */
    size_t looks;       /* at values so far */
    struct text pattern;
    struct text pointer;
};

struct edge_place *edge_places_add(struct edge_places *places)
{
    MEMORY_GROW(places->items, places->count, places->capacity);
    struct edge_place *place = &places->items[places->count++];
    *place = (struct edge_place){0};
    return place;
}

struct edge_place *edge_places_find_pattern(const struct edge_places *places, const char *prefix,
                                            const char *pattern)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < places->count; i++)
        if (strncmp(places->items[i].pattern, prefix, length) == 0 &&
            strcmp(places->items[i].pattern + length, pattern) == 0)
            return &places->items[i];
    return NULL;
}

/* The last key of a pointer, as it is in the pattern; NULL where that is no key. */
static const char *places_key_of(const char *pattern)
{
    const char *slash = strrchr(pattern, '/');
    return slash && slash[1] && strcmp(slash, "/*") != 0 ? slash + 1 : NULL;
}

/* "status" for a key on top, else the whole pointer; what the root is for the whole. */
static void places_name(const struct places_walk *walk, struct edge_place *place)
{
    static const char *const roots[] = {
        [EDGE_ARGUMENT] = "", [EDGE_STDIN] = "stdin", [EDGE_REQUEST] = "request", [EDGE_VARIABLE] = ""};
    const char *pattern = text_string(&walk->pattern);
    const char *pointer = text_string(&walk->pointer);
    const char *key = places_key_of(pattern);
    bool on_top = key == pattern + 1 && !*walk->prefix;
    const char *gap = *walk->prefix && *pointer ? " " : "";
    place->pattern = memory_format("%s%s%s", walk->prefix, gap, pattern);
    place->name = memory_format("%s%s%s", walk->prefix, gap,
                                on_top     ? key
                                : *pointer ? pointer
                                           : roots[walk->carrier]);
    place->word = memory_copy_string(key ? key : place->name);
}

/* What the place of the same pattern could be set to. */
static void places_note_again(const struct places_walk *walk, struct edge_place *place,
                              struct json_extent extent)
{
    size_t length = extent.end - extent.start;
    bool same = length == place->end - place->start &&
                memcmp(walk->text + extent.start, walk->text + place->start, length) == 0;
    if (place->again_end > 0 || same || place->argument != walk->argument)
        return;
    place->again_start = extent.start;
    place->again_end = extent.end;
}

/* Unless there are enough, or one of that pattern. */
static void places_add_value(struct places_walk *walk, const struct json_value *value,
                             const struct edge_place *around)
{
    const char *pattern = text_string(&walk->pattern);
    cleanup_free char *prefix = memory_format("%s%s", walk->prefix, *walk->prefix && *pattern ? " " : "");
    struct edge_place *place = edge_places_find_pattern(walk->places, prefix, pattern);
    if (place && place->json) /* and not the argument that the document stands in */
        places_note_again(walk, place, json_extent(walk->document, value));
    if (place || walk->places->count >= EDGE_PLACES_MOST)
        return;
    place = edge_places_add(walk->places);
    *place = *around;
    place->carrier = walk->carrier;
    place->json = true;
    place->argument = walk->argument;
    struct json_extent extent = json_extent(walk->document, value);
    place->start = extent.start;
    place->end = extent.end;
    place->type = json_type(value);
    bool container = place->type == JSON_ARRAY || place->type == JSON_OBJECT;
    place->count = container ? json_count(value) : 0;
    if (place->type == JSON_ARRAY && place->count > 0) {
        extent = json_extent(walk->document, json_element(value, 0));
        place->first_start = extent.start;
        place->first_end = extent.end;
    }
    places_name(walk, place);
    if (place->type == JSON_STRING)
        edge_places_of_string(walk->places, place, walk->text);
}

/* What leaves with what stands from `first` to `last`: the comma to its neighbour, too. */
static void places_cut(const struct places_walk *walk, struct edge_place *around,
                       const struct json_value *first, const struct json_value *last,
                       const struct json_value *before, const struct json_value *next)
{
    const struct json_document *document = walk->document;
    around->cut_start =
        before && !next ? json_extent(document, before).end : json_extent(document, first).start;
    around->cut_end = next ? json_extent(document, next).start : json_extent(document, last).end;
}

static void places_walk_value(struct places_walk *walk, const struct json_value *value,
                              const struct edge_place *around, int depth);

static void places_walk_object(struct places_walk *walk, const struct json_value *object, int depth)
{
    size_t count = json_count(object);
    for (size_t i = 0; i < count && walk->places->count < EDGE_PLACES_MOST; i++) {
        size_t pattern_length = walk->pattern.length;
        size_t pointer_length = walk->pointer.length;
        size_t length = 0;
        const char *bytes = NULL;
        const struct json_value *value = json_member(object, i, &bytes, &length);
        const struct json_value *key = json_key(object, i);
        struct json_extent name = json_extent(walk->document, key);
        struct edge_place around = {.name_start = name.start, .name_end = name.end};
        bool identity = walk->carrier == EDGE_REQUEST && depth == 0 && length == 2 && !memcmp(bytes, "id", 2);
        if (identity || memchr(bytes, 0, length)) /* what an answer is known by; what C strings can't hold */
            continue;
        places_cut(walk, &around, key, value, i > 0 ? json_member(object, i - 1, NULL, NULL) : NULL,
                   i + 1 < count ? json_key(object, i + 1) : NULL);
        json_pointer_append(&walk->pattern, bytes, length);
        json_pointer_append(&walk->pointer, bytes, length);
        places_walk_value(walk, value, &around, depth + 1);
        walk->pattern.data[walk->pattern.length = pattern_length] = '\0';
        walk->pointer.data[walk->pointer.length = pointer_length] = '\0';
    }
}

static void places_walk_array(struct places_walk *walk, const struct json_value *array, int depth)
{
    size_t count = json_count(array);
    size_t looked = count < PLACES_ITEMS ? count : PLACES_ITEMS;
    for (size_t i = 0; i < looked && walk->places->count < EDGE_PLACES_MOST; i++) {
        size_t pattern_length = walk->pattern.length;
        size_t pointer_length = walk->pointer.length;
        const struct json_value *item = json_element(array, i);
        struct edge_place around = {0};
        /* A line goes with its end, which comes behind it or, of the last line, before it. */
        places_cut(walk, &around, item, item, i > 0 ? json_element(array, i - 1) : NULL,
                   i + 1 < count ? json_element(array, i + 1) : NULL);
        text_append_string(&walk->pattern, "/*");
        text_printf(&walk->pointer, "/%zu", i);
        places_walk_value(walk, item, &around, depth + 1);
        walk->pattern.data[walk->pattern.length = pattern_length] = '\0';
        walk->pointer.data[walk->pointer.length = pointer_length] = '\0';
    }
}

/* Goes no deeper than the reader does: PLACES_DEPTH. */
static void places_walk_value(struct places_walk *walk, const struct json_value *value,
                              const struct edge_place *around, int depth)
{
    if (walk->looks++ >= PLACES_LOOKS)
        return;
    if (depth > 0 || !walk->lines)
        places_add_value(walk, value, around);
    if (json_type(value) == JSON_OBJECT)
        places_walk_object(walk, value, depth);
    else if (json_type(value) == JSON_ARRAY)
        places_walk_array(walk, value, depth);
}

static bool places_read(const char *text, size_t length, bool lines, struct json_document **document)
{
    const struct json_options options = {.max_depth = PLACES_DEPTH, .max_bytes = EDGE_TEXT_MOST};
    struct json_error ignored;
    return (lines ? json_read_lines : json_read)(text, length, &options, document, &ignored) == 0;
}

static void places_walk_document(struct edge_places *places, enum edge_carrier carrier, size_t argument,
                                 const char *prefix, const struct json_document *document, const char *text,
                                 bool lines)
{
    struct places_walk walk = {.places = places,
                               .document = document,
                               .text = text,
                               .carrier = carrier,
                               .argument = argument,
                               .prefix = prefix,
                               .lines = lines};
    struct edge_place whole = {0};
    if (carrier == EDGE_STDIN) { /* nothing at all can be said there, too */
        whole.cut_start = json_extent(document, json_root(document)).start;
        whole.cut_end = json_extent(document, json_root(document)).end;
    }
    places_walk_value(&walk, json_root(document), &whole, 0);
    text_fini(&walk.pattern);
    text_fini(&walk.pointer);
}

void edge_places_of_json_argument(struct edge_places *places, const struct edge_place *around,
                                  const char *text)
{
    cleanup_json struct json_document *document = NULL;
    const char *value = text + around->start;
    size_t before = places->count;
    cleanup_free char *prefix = memory_copy_string(around->name);
    size_t start = around->start;
    size_t argument = around->argument;
    bool apart = around->apart;
    if ((*value != '{' && *value != '[') || !places_read(value, strlen(value), false, &document))
        return;
    places_walk_document(places, EDGE_ARGUMENT, argument, prefix, document, value, false);
    for (size_t i = before; i < places->count; i++) { /* offsets are the argument's */
        struct edge_place *field = &places->items[i];
        size_t *const offsets[] = {
            &field->start,    &field->end,         &field->cut_start, &field->cut_end,     &field->name_start,
            &field->name_end, &field->first_start, &field->first_end, &field->again_start, &field->again_end};
        for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++)
            *offsets[k] += start;
        field->apart = apart;
    }
}

void edge_places_of_json(struct edge_places *places, enum edge_carrier carrier, const char *text,
                         size_t length)
{
    cleanup_json struct json_document *document = NULL;
    if (places_read(text, length, false, &document))
        places_walk_document(places, carrier, 0, "", document, text, false);
    else if (carrier == EDGE_STDIN && places_read(text, length, true, &document))
        places_walk_document(places, carrier, 0, "", document, text, true);
}

const struct edge_place *edge_places_find(const struct edge_places *places, const char *name)
{
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->items[i].name, name) == 0)
            return &places->items[i];
    return NULL;
}

void edge_places_fini(struct edge_places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        free(places->items[i].pattern);
        free(places->items[i].name);
        free(places->items[i].word);
    }
    free(places->items);
    *places = (struct edge_places){0};
}
