/* A change of a whole sample: a copy, of which one text is another or an argument is gone. */
#include "workloads/edge/mutate.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static size_t mutate_count(char *const *strings)
{
    size_t count = 0;
    while (strings[count])
        count++;
    return count;
}

static char **mutate_copy_strings(char *const *strings)
{
    size_t count = mutate_count(strings);
    char **copy = memory_zeroed((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = memory_copy_string(strings[i]);
    return copy;
}

static void mutate_copy(const struct sample *sample, const char *stdin_bytes, size_t stdin_length,
                        struct sample *out)
{
    const struct request_id *id = &sample->request_id;
    *out = (struct sample){.args = mutate_copy_strings(sample->args),
                           .environment = mutate_copy_strings(sample->environment),
                           .stratum = memory_copy_string(sample->stratum),
                           .request_id = {.type = id->type, .length = id->length}};
    if (!stdin_bytes && sample->stdin_file) {
        out->stdin_file = memory_copy_string(sample->stdin_file);
    } else if (!stdin_bytes && sample->stdin_bytes) {
        stdin_bytes = sample->stdin_bytes;
        stdin_length = sample->stdin_length;
    }
    if (stdin_bytes) {
        out->stdin_bytes = memory_copy_bytes(stdin_bytes, stdin_length);
        out->stdin_length = stdin_length;
    }
    if (sample->request) {
        out->request = memory_copy_bytes(sample->request, sample->request_length);
        out->request_length = sample->request_length;
    }
    if (id->bytes)
        out->request_id.bytes = memory_copy_bytes(id->bytes, id->length);
}

/* The text that holds the place, or NULL. */
static char **mutate_carrier(struct sample *sample, const struct edge_place *place, size_t *length)
{
    switch (place->carrier) {
    case EDGE_ARGUMENT:
        *length = strlen(sample->args[place->argument]);
        return &sample->args[place->argument];
    case EDGE_STDIN:
        *length = sample->stdin_length;
        return &sample->stdin_bytes;
    case EDGE_REQUEST:
        *length = sample->request_length;
        return &sample->request;
    case EDGE_VARIABLE:
        *length = strlen(sample->environment[place->argument]);
        return &sample->environment[place->argument];
    }
    return NULL;
}

static void mutate_replace(struct sample *sample, const struct edge_place *place, struct text *text)
{
    size_t ignored = 0;
    size_t length = text->length;
    char **carrier = mutate_carrier(sample, place, &ignored);
    free(*carrier);
    *carrier = text_take(text);
    if (place->carrier == EDGE_STDIN)
        sample->stdin_length = length;
    else if (place->carrier == EDGE_REQUEST)
        sample->request_length = length;
}

static void mutate_remove(char **strings, size_t at, size_t count)
{
    size_t total = mutate_count(strings);
    for (size_t i = at; i < at + count; i++)
        free(strings[i]);
    memmove(strings + at, strings + at + count, (total + 1 - at - count) * sizeof *strings);
}

/* The option once more behind itself, with 0. */
static void mutate_repeat_option(struct sample *sample, const struct edge_place *place)
{
    size_t total = mutate_count(sample->args);
    size_t at = place->argument + 1;
    size_t more = place->apart ? 2 : 1;
    sample->args = memory_resize(sample->args, total + more + 1, sizeof *sample->args);
    memmove(sample->args + at + more, sample->args + at, (total + 1 - at) * sizeof *sample->args);
    sample->args[at] = place->apart ? memory_copy_string(place->name) : memory_format("%s=0", place->name);
    if (place->apart)
        sample->args[at + 1] = memory_copy_string("0");
}

/* What edge_mutate_text() can't do: other arguments come or go. */
static bool mutate_arguments(struct sample *sample, const struct edge_place *place, enum edge_act act)
{
    bool option = place->name[0] == '-';
    switch (act) {
    case EDGE_ABSENT:
        mutate_remove(sample->args, place->argument - place->apart, 1 + (size_t)place->apart);
        return true;
    case EDGE_BARE:
        if (place->apart)
            mutate_remove(sample->args, place->argument, 1);
        return place->apart;
    case EDGE_TWICE:
        if (option && !place->flag)
            mutate_repeat_option(sample, place);
        return option && !place->flag;
    default:
        return false;
    }
}

static bool mutate_text(struct sample *sample, const struct edge_place *place, const struct edge_value *value)
{
    cleanup_text struct text text = {0};
    size_t length = 0;
    char **carrier = mutate_carrier(sample, place, &length);
    if (!carrier || !edge_mutate_text(place, value, *carrier, length, &text))
        return false;
    mutate_replace(sample, place, &text);
    return true;
}

bool edge_mutate_sample(const struct sample *sample, const char *stdin_bytes, size_t stdin_length,
                        const struct edge_place *place, const struct edge_value *value, struct sample *out)
{
    mutate_copy(sample, stdin_bytes, stdin_length, out);
    bool whole = !place->json && !place->query;
    bool variable = whole && place->carrier == EDGE_VARIABLE && value->act == EDGE_ABSENT;
    if (variable)
        mutate_remove(out->environment, place->argument, 1);
    if (variable || (whole && place->carrier == EDGE_ARGUMENT && mutate_arguments(out, place, value->act)) ||
        mutate_text(out, place, value))
        return true;
    sample_fini(out);
    return false;
}

/* The value of one place as something to set the other to. */
static struct edge_value mutate_value_of(struct sample *sample, const struct edge_place *place)
{
    size_t length = 0;
    char **carrier = mutate_carrier(sample, place, &length);
    length = place->end - place->start;
    return (struct edge_value){
        .act = EDGE_SET, .text = memory_copy_bytes(*carrier + place->start, length), .length = length};
}

bool edge_mutate_range(const struct sample *sample, const char *stdin_bytes, size_t stdin_length,
                       const struct edge_place *low, const struct edge_place *high, struct sample *out)
{
    bool later = low->carrier != high->carrier || low->argument != high->argument || low->start > high->start;
    const struct edge_place *first = later ? low : high; /* what stands behind in the same text goes first */
    const struct edge_place *second = later ? high : low;
    if (low->flag || high->flag || low->json != high->json || low->query != high->query)
        return false;
    mutate_copy(sample, stdin_bytes, stdin_length, out);
    struct edge_value of_first = mutate_value_of(out, first);
    struct edge_value of_second = mutate_value_of(out, second);
    bool changed = mutate_text(out, first, &of_second) && mutate_text(out, second, &of_first);
    free(of_first.text);
    free(of_second.text);
    if (!changed)
        sample_fini(out);
    return changed;
}
