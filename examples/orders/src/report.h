/* Answers as JSON on standard output. */
#ifndef ORDERS_REPORT_H
#define ORDERS_REPORT_H

#include "query.h"

/* {"matched", "skipped", "orders": […]}, the page that the query asks for. */
void report_list(const struct query *query, const struct store *store, const struct matches *matches);

/* Counts and totals a status, and the customers that spent most, `limit` of them (0: all). */
int report_summary(const struct query *query, const struct store *store, const struct matches *matches);

#endif
