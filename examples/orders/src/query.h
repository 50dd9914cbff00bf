/* Which orders are wanted, and in which order. */
#ifndef ORDERS_QUERY_H
#define ORDERS_QUERY_H

#include "store.h"

enum sort { SORT_NEWEST, SORT_OLDEST, SORT_TOTAL, SORT_COUNT };

struct query {
    const char *status;   /* NULL or "": every status */
    uint64_t customer;    /* 0: every customer */
    uint64_t min_total;   /* cents; 0: every total */
    int64_t since;        /* seconds since 1970; 0: from the beginning */
    enum sort sort;
    size_t offset;        /* matches to leave out at the front */
    size_t limit;         /* matches to show; 0: all */
};

/* SORT_COUNT for an unknown name. */
enum sort sort_from_name(const char *name);

struct matches {
    const struct order **orders; /* borrowed from the store, sorted */
    size_t count;
};

/* Returns 0, or -1 when memory ends. */
int query_run(const struct query *query, const struct store *store, struct matches *matches);
void matches_free(struct matches *matches);

#endif
