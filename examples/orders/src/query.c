#include "query.h"

#include <stdlib.h>
#include <string.h>

static const char *const sort_names[SORT_COUNT] = {
    [SORT_NEWEST] = "newest", [SORT_OLDEST] = "oldest", [SORT_TOTAL] = "total"};

enum sort sort_from_name(const char *name)
{
    for (int i = 0; i < SORT_COUNT; i++)
        if (strcmp(name, sort_names[i]) == 0)
            return (enum sort)i;
    return SORT_COUNT;
}

static int query_matches(const struct query *query, const struct order *order)
{
    if (query->status && *query->status && strcmp(status_name(order->status), query->status) != 0)
        return 0;
    if (query->customer && order->customer != query->customer)
        return 0;
    if (query->min_total && order->total_cents < query->min_total)
        return 0;
    return !query->since || order_time(order->placed_at) >= query->since;
}

/* Equal keys fall back to the id, so that every sort gives one order only. */
static int query_by_id(const struct order *a, const struct order *b)
{
    return (a->id > b->id) - (a->id < b->id);
}

static int query_by_oldest(const void *left, const void *right)
{
    const struct order *a = *(const struct order *const *)left, *b = *(const struct order *const *)right;
    int64_t x = order_time(a->placed_at), y = order_time(b->placed_at);
    return x != y ? (x > y) - (x < y) : query_by_id(a, b);
}

static int query_by_newest(const void *left, const void *right)
{
    return query_by_oldest(right, left);
}

static int query_by_total(const void *left, const void *right)
{
    const struct order *a = *(const struct order *const *)left, *b = *(const struct order *const *)right;
    if (a->total_cents != b->total_cents)
        return (a->total_cents < b->total_cents) - (a->total_cents > b->total_cents);
    return query_by_newest(left, right);
}

int query_run(const struct query *query, const struct store *store, struct matches *matches)
{
    static int (*const compare[SORT_COUNT])(const void *, const void *) = {
        [SORT_NEWEST] = query_by_newest, [SORT_OLDEST] = query_by_oldest, [SORT_TOTAL] = query_by_total};

    matches->count = 0;
    matches->orders = malloc((store->count + 1) * sizeof(const struct order *));
    if (!matches->orders)
        return -1;
    for (size_t i = 0; i < store->count; i++)
        if (query_matches(query, &store->orders[i]))
            matches->orders[matches->count++] = &store->orders[i];
    qsort(matches->orders, matches->count, sizeof(const struct order *), compare[query->sort]);
    return 0;
}

void matches_free(struct matches *matches)
{
    free(matches->orders);
}
