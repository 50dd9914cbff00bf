/* What the base taught: paths whose value alone differs from answer to answer. */
#ifndef CUPEL_WORKLOADS_CONTRACT_NOISE_H
#define CUPEL_WORKLOADS_CONTRACT_NOISE_H

#include "workloads/contract/compare/path.h"
#include "workloads/contract/table.h"

#include <stdbool.h>
#include <stdint.h>

struct noise_entry {
    size_t evidence; /* base answers that differed there */
    size_t stamp;    /* the last comparison that counted */
};

struct noise {
    struct noise_entry *entries; /* owned */
    size_t count;
    size_t capacity;
    struct table by_key;    /* part and path to entry */
    struct table by_sample; /* part, path and sample to entry: where the base itself differed */
    size_t asked;           /* base answers held against their sample's first one */
    char ***forbidden;      /* split patterns under which nothing is learned; owned */
    size_t forbidden_count;
    size_t forbidden_capacity;
};

/* Takes over the NULL-terminated segments. */
void noise_forbid(struct noise *noise, char **segments);
bool noise_is_forbidden(const struct noise *noise, const struct path *path);
/* One more base answer to that sample differs there (path_hash_noise()); counted once for each value of
 * noise->asked. */
void noise_learn(struct noise *noise, const char *part, uint64_t path, uint64_t sample);
/* The entry of that place, or NULL; with a sample (not 0), only where the base differed at that sample. */
const struct noise_entry *noise_find(const struct noise *noise, const char *part, struct path *path,
                                     uint64_t sample);
/* What a sample's id is called here; never 0. */
uint64_t noise_sample(const char *id);
void noise_fini(struct noise *noise);

#endif
