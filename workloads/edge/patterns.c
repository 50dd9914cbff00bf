#include "workloads/edge/patterns.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"
#include "workloads/workload.h"

#include <stdlib.h>
#include <string.h>

#define PATTERNS_BYTES ((size_t)64 << 20) /* of stdin files, together */

/* Sebastiano Vigna's splitmix64 (public domain, 2015): few draws, from a digest. */
static uint64_t patterns_draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void edge_patterns_places(struct edge_places *places, const struct sample *sample, const char *stdin_bytes,
                          size_t stdin_length)
{
    edge_places_of_arguments(places, sample->args);
    edge_places_of_variables(places, sample->environment);
    if (sample->request)
        edge_places_of_json(places, EDGE_REQUEST, sample->request, sample->request_length);
    if (stdin_bytes)
        edge_places_of_json(places, EDGE_STDIN, stdin_bytes, stdin_length);
}

/* A stdin file is read once for all changes of its sample. */
static void patterns_read_stdin(struct edge_patterns *patterns, const struct sample_set *samples,
                                struct edge_source *source, size_t *bytes)
{
    const struct sample *sample = source->sample;
    struct err ignored = {0};
    if (sample->stdin_file) {
        cleanup_free char *path =
            memory_format("%s/%s", samples_folder_of(samples, sample), sample->stdin_file);
        int code =
            folder_read_file(path, EDGE_TEXT_MOST, &source->stdin_bytes, &source->stdin_length, &ignored);
        patterns->too_long += code < 0;
        *bytes += source->stdin_length;
    } else if (sample->stdin_bytes && sample->stdin_length <= EDGE_TEXT_MOST) {
        source->stdin_bytes = memory_copy_bytes(sample->stdin_bytes, sample->stdin_length);
        source->stdin_length = sample->stdin_length;
    } else {
        patterns->too_long += sample->stdin_bytes != NULL;
    }
}

const char *edge_source_text(const struct edge_source *source, const struct edge_place *place)
{
    return place->carrier == EDGE_ARGUMENT   ? source->sample->args[place->argument]
           : place->carrier == EDGE_VARIABLE ? source->sample->environment[place->argument]
           : place->carrier == EDGE_STDIN    ? source->stdin_bytes
                                             : source->sample->request;
}

static struct edge_pattern *patterns_add(struct edge_patterns *patterns, const struct edges_input *input,
                                         const struct edge_place *place, const char *text, uint64_t value)
{
    MEMORY_GROW(patterns->items, patterns->count, patterns->capacity);
    struct edge_pattern *pattern = &patterns->items[patterns->count++];
    bool container = place->json && (place->type == JSON_ARRAY || place->type == JSON_OBJECT);
    const struct edge_list *list = !place->json                 ? &input->values->parameters
                                   : place->type == JSON_STRING ? &patterns->strings
                                                                : &input->values->json;
    *pattern = (struct edge_pattern){.name = place->pattern,
                                     .word = place->word,
                                     .json = place->json,
                                     .list = list,
                                     .fit = edge_fit_of(place, text),
                                     .leaf = !container && !place->flag,
                                     .plain = place->plain,
                                     .filter = edge_words_part(input->values->filters, place->word),
                                     .named = input->words && edge_words_have(input->words, place->word),
                                     .value = value};
    return pattern;
}

static void patterns_add_place(struct edge_patterns *patterns, const struct edges_input *input, size_t source,
                               size_t place)
{
    const struct edge_source *from = &patterns->sources[source];
    const struct edge_place *at = &from->places.items[place];
    const char *text = edge_source_text(from, at);
    if (!at->json && strstr(text, "${samples}")) /* a file that is the input, and no value */
        return;
    uint64_t key = hash_bytes(hash_seed() + at->carrier * 2 + at->json, at->pattern, strlen(at->pattern));
    uint64_t value = hash_bytes(hash_seed(), text + at->start, at->end - at->start);
    int64_t index = table_find(&patterns->by_name, key);
    if (index < 0 && patterns->count >= EDGE_PATTERNS_MOST)
        return;
    if (index < 0) {
        table_add(&patterns->by_name, key, (uint32_t)patterns->count);
        patterns_add(patterns, input, at, text, value);
        index = (int64_t)patterns->count - 1;
    }
    struct edge_pattern *pattern = &patterns->items[index];
    pattern->varies |= pattern->value != value;
    MEMORY_GROW(pattern->hits, pattern->hit_count, pattern->hit_capacity);
    pattern->hits[pattern->hit_count++] = (struct edge_hit){source, place};
}

/*
 * What a patch names is most telling; a filter, and what production gives several values, come next. A word
 * that stands alone in all samples is most likely the program's, as a command of it.
 */
static void patterns_weigh(struct edge_patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        struct edge_pattern *pattern = &patterns->items[i];
        pattern->varies |= pattern->hit_count < patterns->source_count;
        pattern->weight = 1 + 4.0 * pattern->named + 2.0 * pattern->filter + 1.0 * pattern->varies;
        if (!pattern->leaf)
            pattern->weight /= 2;
        if (pattern->plain && !pattern->varies)
            pattern->weight = 0;
        for (size_t k = 0; k < pattern->hit_count; k++)
            patterns->sources[pattern->hits[k].source].used |= pattern->weight > 0;
    }
    for (size_t i = 0; i < patterns->source_count; i++)
        patterns->placeless += !patterns->sources[i].used;
}

/* Visible samples in an order of the seed's. */
static size_t *patterns_order(struct edge_patterns *patterns, const struct edges_input *input, size_t *count)
{
    const struct sample_set *samples = input->samples;
    size_t *order = memory_zeroed((samples->count + 1) * sizeof *order);
    uint64_t state = 0;
    memcpy(&state, input->seed.bytes, sizeof state);
    *count = 0;
    for (size_t i = 0; i < samples->count; i++) {
        if (samples->items[i].held_out)
            patterns->held_out++;
        else
            order[(*count)++] = i;
    }
    for (size_t i = *count; i > 1; i--) {
        size_t other = (size_t)(patterns_draw(&state) % i);
        size_t index = order[i - 1];
        order[i - 1] = order[other];
        order[other] = index;
    }
    return order;
}

void edge_patterns_collect(struct edge_patterns *patterns, const struct edges_input *input)
{
    size_t count = 0;
    size_t bytes = 0;
    *patterns = (struct edge_patterns){.strings = edge_fit_strings(input->values)};
    cleanup_free size_t *order = patterns_order(patterns, input, &count);
    size_t most = count < EDGES_SAMPLES_MOST ? count : EDGES_SAMPLES_MOST;
    patterns->sources = memory_zeroed((most + 1) * sizeof *patterns->sources);
    for (size_t i = 0; i < most && bytes < PATTERNS_BYTES; i++) {
        struct edge_source *source = &patterns->sources[patterns->source_count++];
        source->index = order[i];
        source->sample = &input->samples->items[order[i]];
        patterns_read_stdin(patterns, input->samples, source, &bytes);
        edge_patterns_places(&source->places, source->sample, source->stdin_bytes, source->stdin_length);
        for (size_t k = 0; k < source->places.count; k++)
            patterns_add_place(patterns, input, i, k);
    }
    patterns_weigh(patterns);
}

void edge_patterns_fini(struct edge_patterns *patterns)
{
    for (size_t i = 0; i < patterns->source_count; i++) {
        free(patterns->sources[i].stdin_bytes);
        edge_places_fini(&patterns->sources[i].places);
    }
    for (size_t i = 0; i < patterns->count; i++)
        free(patterns->items[i].hits);
    free(patterns->sources);
    free(patterns->items);
    table_fini(&patterns->by_name);
    edge_list_fini(&patterns->strings);
    *patterns = (struct edge_patterns){0};
}
