/* All orders of one shop's export, the newest line of each id. */
#ifndef ORDERS_STORE_H
#define ORDERS_STORE_H

#include "order.h"

#include <stddef.h>

struct store {
    struct order *orders; /* in order of first appearance */
    size_t count;
    size_t capacity;
    int32_t *index;       /* slot by id → position in `orders`, or -1; STORE_SLOTS of them */
    size_t skipped;       /* lines that were no orders */
};

/* Reads a file, "-" for standard input. Returns 0, or -1 with a line on stderr. */
int store_load(struct store *store, const char *path);
void store_free(struct store *store);

#endif
