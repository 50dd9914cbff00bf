/*
 * orders COMMAND [--data FILE] [--status NAME] [--customer N] [--min-total AMOUNT] [--since TIME]
 *                [--sort newest|oldest|total] [--offset N] [--limit N]
 *
 * COMMAND is `list` or `summary`. An option that is empty or 0 filters nothing, as if it were absent.
 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *command;
    const char *data;
    struct query query;
};

static int main_usage(const char *problem, const char *what)
{
    fprintf(stderr, "orders: %s%s\n", problem, what);
    return 2;
}

/* A count or an amount without sign; "" counts as 0. */
static int main_number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *end || text[strspn(text, "0123456789")] ? -1 : 0;
}

/* Whole units or units.cents → cents. */
static int main_amount(const char *text, uint64_t *out)
{
    char *end;
    uint64_t units = strtoull(text, &end, 10), cents = 0;
    if (text[strspn(text, "0123456789.")])
        return -1;
    if (*end == '.') {
        if (strspn(end + 1, "0123456789") != 2 || end[3])
            return -1;
        cents = strtoull(end + 1, NULL, 10);
    }
    *out = units * 100 + cents;
    return 0;
}

static int main_option(struct arguments *arguments, const char *name, const char *value)
{
    struct query *query = &arguments->query;
    uint64_t number = 0;
    if (strcmp(name, "--data") == 0)
        arguments->data = value;
    else if (strcmp(name, "--status") == 0)
        query->status = value;
    else if (strcmp(name, "--customer") == 0)
        return main_number(value, &query->customer);
    else if (strcmp(name, "--min-total") == 0)
        return main_amount(value, &query->min_total);
    else if (strcmp(name, "--since") == 0)
        return *value && (query->since = order_time(value)) == 0 ? -1 : 0;
    else if (strcmp(name, "--sort") == 0)
        return (query->sort = *value ? sort_from_name(value) : SORT_NEWEST) == SORT_COUNT ? -1 : 0;
    else if (strcmp(name, "--offset") == 0 || strcmp(name, "--limit") == 0) {
        if (main_number(value, &number) < 0)
            return -1;
        *(strcmp(name, "--limit") == 0 ? &query->limit : &query->offset) = number;
    } else
        return -1;
    return 0;
}

int main(int count, char **values)
{
    struct arguments arguments = {.data = "-", .query = {.limit = 50}};
    if (count < 2)
        return main_usage("a command is missing: list or summary", "");
    arguments.command = values[1];
    int summary = strcmp(arguments.command, "summary") == 0;
    if (!summary && strcmp(arguments.command, "list") != 0)
        return main_usage("unknown command: ", arguments.command);
    for (int i = 2; i < count; i += 2)
        if (i + 1 == count || main_option(&arguments, values[i], values[i + 1]) < 0)
            return main_usage("bad option: ", values[i]);

    struct store store;
    struct matches matches = {0};
    int result = store_load(&store, arguments.data);
    if (result == 0)
        result = query_run(&arguments.query, &store, &matches);
    if (result == 0 && summary)
        result = report_summary(&arguments.query, &store, &matches);
    else if (result == 0)
        report_list(&arguments.query, &store, &matches);
    matches_free(&matches);
    store_free(&store);
    return result < 0 || fflush(stdout) != 0 ? 1 : 0;
}
