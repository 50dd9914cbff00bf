#include "workloads/edge/choose.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/contract/hash.h"
#include "workloads/edge/mutate.h"
#include "workloads/edge/patterns.h"
#include "workloads/edge/sequence.h"

#include <stdlib.h>
#include <string.h>

#define CHOOSE_ANOTHER_MOST 65536 /* bytes of another sample's value */

/* One choice on its way. */
struct choose {
    const struct edges_input *input;
    struct edges *edges;
    struct edge_patterns patterns;
    struct table asked;   /* hashes of requests: of the samples and of those that were made */
    struct table ids;     /* hashes of what they are called */
    struct table groups;  /* place and sample to number */
    size_t bytes;         /* of what was made */
    size_t capacity;      /* of the edges' items */
    size_t case_capacity; /* of the edges' cases */
};

static uint64_t choose_hash(const struct sample *sample, const char *stdin_bytes, size_t stdin_length)
{
    const char *file = !stdin_bytes && sample->stdin_file ? sample->stdin_file : "";
    uint64_t hash = hash_bytes(hash_seed(), stdin_bytes ? stdin_bytes : "", stdin_length);
    hash = hash_bytes(hash, file, strlen(file));
    hash = hash_bytes(hash, sample->request ? sample->request : "", sample->request_length);
    for (char **variable = sample->environment; *variable; variable++)
        hash = hash_bytes(hash, *variable, strlen(*variable));
    hash = hash_bytes(hash, "", 0);
    for (char **argument = sample->args; *argument; argument++)
        hash = hash_bytes(hash, *argument, strlen(*argument));
    return hash;
}

/* Whether it is new. */
static bool choose_note(struct table *table, uint64_t key)
{
    if (table_find(table, key) >= 0)
        return false;
    table_add(table, key, 0);
    return true;
}

static void choose_note_samples(struct choose *choose)
{
    const struct sample_set *samples = choose->input->samples;
    for (size_t i = 0; i < samples->count; i++)
        if (!samples->items[i].stdin_file)
            choose_note(&choose->asked, choose_hash(&samples->items[i], samples->items[i].stdin_bytes,
                                                    samples->items[i].stdin_length));
    for (size_t i = 0; i < choose->patterns.source_count; i++) {
        const struct edge_source *source = &choose->patterns.sources[i];
        if (source->sample->stdin_file)
            choose_note(&choose->asked,
                        choose_hash(source->sample, source->stdin_bytes, source->stdin_length));
    }
}

static size_t choose_group(struct choose *choose, const struct edge_step *step)
{
    const size_t place[] = {step->source, step->place[0]};
    uint64_t key = hash_bytes(hash_seed(), place, sizeof place);
    int64_t group = table_find(&choose->groups, key);
    if (group >= 0)
        return (size_t)group;
    table_add(&choose->groups, key, (uint32_t)choose->groups.used);
    return choose->groups.used - 1;
}

static size_t choose_weigh(const struct sample *sample)
{
    size_t bytes = sizeof *sample + sample->stdin_length + sample->request_length;
    for (char **argument = sample->args; *argument; argument++)
        bytes += strlen(*argument);
    return bytes;
}

/* Two changes: what stands behind goes first, and then the other place is looked for anew. */
static bool choose_make_pair(const struct edge_source *source, const struct edge_step *step,
                             struct sample *out)
{
    const struct edge_place *first = &source->places.items[step->place[0]];
    const struct edge_place *second = &source->places.items[step->place[1]];
    struct sample half;
    if (step->value[0]->act == EDGE_REVERSED)
        return edge_mutate_range(source->sample, source->stdin_bytes, source->stdin_length, first, second,
                                 out);
    if (!edge_mutate_sample(source->sample, source->stdin_bytes, source->stdin_length, second, step->value[1],
                            &half))
        return false;
    struct edge_places places = {0};
    edge_patterns_places(&places, &half, half.stdin_bytes, half.stdin_length);
    const struct edge_place *again = edge_places_find(&places, first->name);
    bool made =
        again && edge_mutate_sample(&half, half.stdin_bytes, half.stdin_length, again, step->value[0], out);
    edge_places_fini(&places);
    sample_fini(&half);
    return made;
}

static char *choose_name(const struct edge_source *source, const struct edge_step *step)
{
    const struct edge_place *place = &source->places.items[step->place[0]];
    const struct edge_place *other = &source->places.items[step->place[1]];
    if (!step->value[1]) {
        cleanup_free char *words = edge_mutate_words(place, step->value[0]);
        return memory_format("%s %s", source->sample->id, words);
    }
    if (step->value[0]->act == EDGE_REVERSED)
        return memory_format("%s with %s and %s reversed", source->sample->id, place->name, other->name);
    cleanup_free char *first = edge_mutate_words(place, step->value[0]);
    cleanup_free char *second = edge_mutate_words(other, step->value[1]);
    return memory_format("%s %s and %s", source->sample->id, first, second);
}

static void choose_keep(struct choose *choose, const struct edge_source *source, const struct edge_step *step,
                        struct sample *sample)
{
    struct edges *edges = choose->edges;
    const struct edge_value *value = step->value[0];
    MEMORY_GROW(edges->set.items, edges->set.count, choose->capacity);
    MEMORY_GROW(edges->cases, edges->set.count, choose->case_capacity);
    edges->cases[edges->set.count] = (struct edge_case){
        .origin = source->index,
        .group = choose_group(choose, step),
        .word = memory_copy_string(source->places.items[step->place[0]].word),
        .label = value->label ? memory_copy_string(value->label) : NULL,
        .nothing = !step->value[1] && value->nothing && (value->label || value->act == EDGE_ABSENT)};
    choose->bytes += choose_weigh(sample);
    edges->set.items[edges->set.count++] = *sample;
}

/* What another item, or else another sample, has in the place that is changed; false: nothing else. */
static bool choose_another(const struct choose *choose, const struct edge_step *step,
                           struct edge_value *value)
{
    const struct edge_pattern *pattern = &choose->patterns.items[step->pattern[0]];
    const struct edge_source *source = &choose->patterns.sources[step->source];
    const struct edge_place *place = &source->places.items[step->place[0]];
    const char *own = edge_source_text(source, place) + place->start;
    const char *other = edge_source_text(source, place) + place->again_start;
    size_t length = place->again_end - place->again_start;
    size_t at = 0;
    while (pattern->hits[at].source != step->source)
        at++;
    for (size_t i = 1; length == 0 && i < pattern->hit_count; i++) {
        const struct edge_hit *hit = &pattern->hits[(at + i) % pattern->hit_count];
        const struct edge_source *beside = &choose->patterns.sources[hit->source];
        const struct edge_place *there = &beside->places.items[hit->place];
        other = edge_source_text(beside, there) + there->start;
        length = there->end - there->start;
        if (length == place->end - place->start && memcmp(own, other, length) == 0)
            length = 0;
    }
    if (length == 0 || length > CHOOSE_ANOTHER_MOST)
        return false;
    *value = (struct edge_value){.act = EDGE_SET,
                                 .text = memory_copy_bytes(other, length),
                                 .length = length,
                                 .label = edge_value_label(other, length, place->json)};
    return true;
}

/* False where the change doesn't fit, or has been asked already. */
static bool choose_make(struct choose *choose, const struct edge_step *step)
{
    const struct edge_source *source = &choose->patterns.sources[step->source];
    struct sample sample;
    bool made = step->value[1]
                    ? choose_make_pair(source, step, &sample)
                    : edge_mutate_sample(source->sample, source->stdin_bytes, source->stdin_length,
                                         &source->places.items[step->place[0]], step->value[0], &sample);
    if (!made)
        return false;
    sample.id = choose_name(source, step);
    if (!choose_note(&choose->asked, choose_hash(&sample, sample.stdin_bytes, sample.stdin_length)) ||
        !choose_note(&choose->ids, hash_bytes(hash_seed(), sample.id, strlen(sample.id)))) {
        sample_fini(&sample);
        return false;
    }
    choose_keep(choose, source, step, &sample);
    return true;
}

static bool choose_take(struct choose *choose, struct edge_step *step)
{
    struct edge_value another = {0};
    if (step->value[0]->act != EDGE_OF_ANOTHER)
        return choose_make(choose, step);
    if (!choose_another(choose, step, &another))
        return false;
    step->value[0] = &another;
    bool made = choose_make(choose, step);
    free(another.text);
    free(another.label);
    return made;
}

/*
 * Every sequence moves on in steps of 1 / its weight, and whoever is least far comes next: a parameter that
 * weighs twice as much gets twice as many requests, and none waits until another has had all of its own.
 */
static void choose_merge(struct choose *choose, struct edge_sequences *sequences)
{
    struct edges *edges = choose->edges;
    while (edges->set.count < choose->input->most && choose->bytes < EDGES_BYTES_MOST) {
        struct edge_sequence *next = edge_sequences_least(sequences);
        struct edge_step step;
        if (!next)
            break;
        bool made = false;
        while (!made && edge_sequence_step(next, &choose->patterns, &step))
            made = choose_take(choose, &step);
        next->made += made;
    }
    edges->possible = sequences->possible;
    edges->left_out = edge_sequences_left(sequences);
}

void edges_choose(struct edges *edges, const struct edges_input *input)
{
    struct choose choose = {.input = input, .edges = edges};
    struct edge_sequences sequences = {0};
    *edges = (struct edges){0};
    edges->set.path = memory_copy_string(input->samples->path ? input->samples->path : "");
    edges->set.folder = memory_copy_string(input->samples->folder ? input->samples->folder : "");
    if (input->most == 0)
        return;
    edge_patterns_collect(&choose.patterns, input);
    edges->held_out = choose.patterns.held_out;
    edges->too_long = choose.patterns.too_long;
    edges->placeless = choose.patterns.placeless;
    edges->looked = choose.patterns.source_count;
    choose_note_samples(&choose);
    edge_sequences_make(&sequences, &choose.patterns, input->values);
    choose_merge(&choose, &sequences);
    edge_sequences_fini(&sequences);
    edge_patterns_fini(&choose.patterns);
    table_fini(&choose.asked);
    table_fini(&choose.ids);
    table_fini(&choose.groups);
}

void edges_fini(struct edges *edges)
{
    for (size_t i = 0; i < edges->set.count; i++) {
        free(edges->cases[i].word);
        free(edges->cases[i].label);
    }
    free(edges->cases);
    samples_fini(&edges->set);
    *edges = (struct edges){0};
}
