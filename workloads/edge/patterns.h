/* The samples that are looked at, their places, and which of those are the same place of different samples.
 */
#ifndef CUPEL_WORKLOADS_EDGE_PATTERNS_H
#define CUPEL_WORKLOADS_EDGE_PATTERNS_H

#include "workloads/edge/choose.h"
#include "workloads/edge/fit.h"
#include "workloads/edge/places.h"

struct edge_source {
    const struct sample *sample; /* borrowed */
    size_t index;                /* in the set */
    char *stdin_bytes;           /* wherever they lie; owned; NULL: none, or too many */
    size_t stdin_length;
    struct edge_places places;
    bool used; /* something of it is changed */
};

struct edge_hit {
    size_t source, place; /* index of the source, and of its place */
};

struct edge_pattern {
    const char *name; /* borrowed of the first place, like the word */
    const char *word;
    bool json;                    /* a field, not a parameter */
    const struct edge_list *list; /* of values; the input's, or the patterns' own */
    struct edge_fit fit;          /* of the first value */
    bool leaf;                    /* neither an array, an object nor a flag, in its first sample */
    bool filter;                  /* by its name */
    bool named;                   /* in the patch */
    bool varies;                  /* among samples */
    bool plain;                   /* text that stands alone on a command line */
    double weight;                /* how telling it is; 0: it is not changed */
    uint64_t value;               /* hash of the first value */
    struct edge_hit *hits;        /* owned */
    size_t hit_count;
    size_t hit_capacity;
};

struct edge_patterns {
    struct edge_source *sources; /* owned; in the order in which they are used */
    size_t source_count;
    struct edge_pattern *items; /* owned; as they came */
    size_t count;
    size_t capacity;
    struct table by_name;
    struct edge_list strings;             /* values for strings of JSON; owned */
    size_t held_out, too_long, placeless; /* as in struct edges */
};

#define EDGE_PATTERNS_MOST 4096

void edge_patterns_collect(struct edge_patterns *patterns, const struct edges_input *input);
void edge_patterns_fini(struct edge_patterns *patterns);

/* What holds the place; borrowed. */
const char *edge_source_text(const struct edge_source *source, const struct edge_place *place);

/* All places of a sample. */
void edge_patterns_places(struct edge_places *places, const struct sample *sample, const char *stdin_bytes,
                          size_t stdin_length);

#endif
