/* Documents by a seeded generator: made, copied, shuffled, changed in one place, and written. For tests. */
#ifndef CUPEL_TESTS_BASE_RANDOM_JSON_H
#define CUPEL_TESTS_BASE_RANDOM_JSON_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* never 0 */
    bool tame;      /* strings without NULs and lone surrogates, which other readers can't hold */
};

size_t random_below(struct random *random, size_t below);

enum node_type { NODE_SCALAR, NODE_ARRAY, NODE_OBJECT };

struct node {
    enum node_type type;
    char *key;          /* of a member: JSON text with quotes; NULL: no member; owned */
    char *text;         /* of a scalar: JSON text; owned */
    struct node *items; /* of a container; owned; keys of an object differ from each other */
    size_t count;
};

/* A container of containers, `depth` levels at most. node_fini() it. */
void node_make(struct random *random, int depth, struct node *out);
void node_copy(const struct node *node, struct node *out);
void node_fini(struct node *node);
/* Puts the members of every object in another order. */
void node_shuffle(struct random *random, struct node *node);
/* One place becomes another value, type or length, a member comes or goes. Never what it was. */
void node_change(struct random *random, struct node *root);
/* As JSON; with `spaces`, random white space where it may stand. */
void node_write(const struct node *node, struct random *spaces, struct text *out);

#endif
