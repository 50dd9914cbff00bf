/* Names that a patch's changed lines speak of: a parameter among them is tried before others. Pure. */
#ifndef CUPEL_WORKLOADS_EDGE_WORDS_H
#define CUPEL_WORKLOADS_EDGE_WORDS_H

#include "workloads/contract/table.h"

#include <stdbool.h>
#include <stddef.h>

struct edge_words {
    struct table names; /* hashes; case, '_' and '-' don't count: maxItems is max-items */
};

/* Identifiers of the lines that a unified diff adds or removes. */
void edge_words_of_patch(struct edge_words *words, const char *diff, size_t length);
bool edge_words_have(const struct edge_words *words, const char *name);
void edge_words_fini(struct edge_words *words);

/* Whether one of the words is a part of the name: "status" of "order_status" and of "orderStatus". */
bool edge_words_part(char *const *words, const char *name);

#endif
