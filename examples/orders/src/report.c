#include "report.h"

#include <stdio.h>
#include <stdlib.h>

static void report_order(const struct order *order, int first)
{
    printf("%s\n    {\"id\": %llu, \"placed_at\": \"%s\", \"customer\": %llu, \"status\": \"%s\", \"items\": %u, "
           "\"total\": %llu.%02llu}",
           first ? "" : ",", (unsigned long long)order->id, order->placed_at, (unsigned long long)order->customer,
           status_name(order->status), order->items, (unsigned long long)order->total_cents / 100,
           (unsigned long long)order->total_cents % 100);
}

void report_list(const struct query *query, const struct store *store, const struct matches *matches)
{
    size_t start = query->offset < matches->count ? query->offset : matches->count;
    size_t end = query->limit && query->limit < matches->count - start ? start + query->limit : matches->count;
    printf("{\n  \"matched\": %zu,\n  \"skipped\": %zu,\n  \"orders\": [", matches->count, store->skipped);
    for (size_t i = start; i < end; i++)
        report_order(matches->orders[i], i == start);
    printf("%s]\n}\n", start == end ? "" : "\n  ");
}

struct spender {
    uint64_t customer;
    uint64_t orders;
    uint64_t cents; /* without cancelled and returned orders */
};

struct spenders {
    struct spender *items;
    size_t count;
};

static struct spender *spenders_find(struct spenders *spenders, uint64_t customer)
{
    for (size_t i = 0; i < spenders->count; i++)
        if (spenders->items[i].customer == customer)
            return &spenders->items[i];
    spenders->items[spenders->count] = (struct spender){.customer = customer};
    return &spenders->items[spenders->count++];
}

static int spender_compare(const void *left, const void *right)
{
    const struct spender *a = left, *b = right;
    if (a->cents != b->cents)
        return (a->cents < b->cents) - (a->cents > b->cents);
    return (a->customer > b->customer) - (a->customer < b->customer);
}

static void report_spenders(const struct query *query, const struct spenders *spenders)
{
    size_t shown = query->limit && query->limit < spenders->count ? query->limit : spenders->count;
    printf("  \"customers\": %zu,\n  \"top\": [", spenders->count);
    for (size_t i = 0; i < shown; i++) {
        const struct spender *spender = &spenders->items[i];
        printf("%s\n    {\"customer\": %llu, \"orders\": %llu, \"spent\": %llu.%02llu}", i ? "," : "",
               (unsigned long long)spender->customer, (unsigned long long)spender->orders,
               (unsigned long long)spender->cents / 100, (unsigned long long)spender->cents % 100);
    }
    printf("%s]\n", shown ? "\n  " : "");
}

int report_summary(const struct query *query, const struct store *store, const struct matches *matches)
{
    uint64_t orders[STATUS_COUNT] = {0}, cents[STATUS_COUNT] = {0};
    struct spenders spenders = {.items = calloc(matches->count + 1, sizeof *spenders.items)};
    if (!spenders.items)
        return -1;
    for (size_t i = 0; i < matches->count; i++) {
        const struct order *order = matches->orders[i];
        struct spender *spender = spenders_find(&spenders, order->customer);
        orders[order->status]++;
        cents[order->status] += order->total_cents;
        spender->orders++;
        if (order->status != STATUS_CANCELLED && order->status != STATUS_RETURNED)
            spender->cents += order->total_cents;
    }
    qsort(spenders.items, spenders.count, sizeof *spenders.items, spender_compare);
    printf("{\n  \"matched\": %zu,\n  \"skipped\": %zu,\n  \"statuses\": {", matches->count, store->skipped);
    for (int i = 0; i < STATUS_COUNT; i++)
        printf("%s\n    \"%s\": {\"orders\": %llu, \"total\": %llu.%02llu}", i ? "," : "", status_name((enum status)i),
               (unsigned long long)orders[i], (unsigned long long)cents[i] / 100,
               (unsigned long long)cents[i] % 100);
    printf("\n  },\n");
    report_spenders(query, &spenders);
    printf("}\n");
    free(spenders.items);
    return 0;
}
