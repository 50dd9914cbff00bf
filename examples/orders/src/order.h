/* One order, as a line of the export: id, placed_at, customer, status, items; tab-separated. */
#ifndef ORDERS_ORDER_H
#define ORDERS_ORDER_H

#include <stdint.h>

enum status { STATUS_OPEN, STATUS_PAID, STATUS_SHIPPED, STATUS_CANCELLED, STATUS_RETURNED, STATUS_COUNT };

struct order {
    uint64_t id;            /* unique, but a later line replaces an earlier one of the same id */
    char placed_at[24];     /* RFC 3339, UTC: 2026-03-14T09:26:53Z */
    uint64_t customer;      /* never 0 in the data */
    enum status status;
    uint32_t items;         /* positions */
    uint64_t total_cents;   /* sum of quantity times price */
};

/* Reads one line without its newline. Returns 0, or -1 if the line is no order. */
int order_parse(struct order *order, const char *line);

/* Seconds since 1970 of an RFC 3339 time in UTC; 0 if it is none. */
int64_t order_time(const char *text);

const char *status_name(enum status status);
/* STATUS_COUNT for an unknown name. */
enum status status_from_name(const char *name);

#endif
