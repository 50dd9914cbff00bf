/*
 * The first line is a list of edge values as a team may write one, the rest is stdin, a query string and an
 * argument at once: every change of every place must leave the bytes around it, and JSON must stay JSON.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/edge/mutate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_change(const struct edge_place *place, const struct edge_value *value, const char *text,
                        size_t length)
{
    cleanup_text struct text out = {0};
    fuzz_require(place->start <= place->end && place->end <= length && place->cut_end <= length);
    if (!edge_mutate_text(place, value, text, length, &out)) {
        fuzz_require(out.length == 0);
        return;
    }
    size_t front = place->start;
    front = value->act == EDGE_ABSENT && place->cut_start < front ? place->cut_start : front;
    front = value->act == EDGE_BARE && front > 0 ? front - 1 : front;
    front = value->act == EDGE_BRACKETS ? place->name_end : front;
    fuzz_require(out.length >= front && memcmp(text_string(&out), text, front) == 0);
    bool whole = place->cut_end - place->cut_start == place->end - place->start && value->act == EDGE_ABSENT;
    if ((place->json || (place->query && place->carrier == EDGE_STDIN)) &&
        !whole) { /* lines stay lines, one document stays one */
        struct json_document *document = NULL;
        struct json_error error;
        int code = json_read(out.data, out.length, NULL, &document, &error);
        if (code < 0)
            code = json_read_lines(out.data, out.length, NULL, &document, &error);
        fuzz_require(code == 0);
        json_free(document);
    }
}

static void fuzz_places(const struct edge_places *places, const struct edge_values *values, const char *text,
                        size_t length)
{
    fuzz_require(places->count <= EDGE_PLACES_MOST);
    for (size_t i = 0; i < places->count && i < 16; i++) {
        const struct edge_place *place = &places->items[i];
        const struct edge_list *list = place->json ? &values->json : &values->parameters;
        for (size_t k = 0; k < list->count && k < 64; k++)
            fuzz_change(place, &list->items[k], text, length);
    }
}

static void fuzz_argument(const struct edge_values *values, const char *text, size_t length)
{
    cleanup_free char *argument = memory_copy_bytes(text, length);
    char option[] = "--option";
    char *arguments[] = {argument, option, argument, NULL};
    char *none[] = {NULL};
    const struct sample sample = {.args = arguments, .environment = none, .stratum = option};
    struct edge_places places = {0};
    edge_places_of_arguments(&places, arguments);
    for (size_t i = 0; i < places.count && i < 16; i++) {
        const struct edge_list *list = places.items[i].json ? &values->json : &values->parameters;
        for (size_t k = 0; k < list->count && k < 64; k++) {
            struct sample out;
            if (edge_mutate_sample(&sample, NULL, 0, &places.items[i], &list->items[k], &out))
                sample_fini(&out);
        }
    }
    edge_places_fini(&places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *end = size > 0 ? memchr(bytes, '\n', size) : NULL;
    struct json_file file;
    struct edge_values values = {0};
    struct err err = {0};
    if (!end || json_file_read(&file, "fuzz", bytes, (size_t)(end - bytes), NULL, &err) < 0)
        return 0;
    int code = edge_values_read(&values, &file, json_root(file.document), &err);
    json_file_fini(&file);
    if (code < 0) {
        fuzz_require(err.message[0]);
        edge_values_fini(&values);
        return 0;
    }
    const char *text = end + 1;
    size_t length = size - (size_t)(text - bytes);
    struct edge_places json = {0};
    struct edge_places query = {0};
    edge_places_of_json(&json, EDGE_STDIN, text, length);
    char none[] = "";
    const struct edge_place whole = {.carrier = EDGE_REQUEST, .pattern = none, .name = none, .end = length};
    edge_places_of_query(&query, &whole, text);
    fuzz_places(&json, &values, text, length);
    fuzz_places(&query, &values, text, length);
    fuzz_argument(&values, text, length);
    edge_places_fini(&json);
    edge_places_fini(&query);
    edge_values_fini(&values);
    return 0;
}
