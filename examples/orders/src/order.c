#include "order.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const status_names[STATUS_COUNT] = {
    [STATUS_OPEN] = "open",           [STATUS_PAID] = "paid",         [STATUS_SHIPPED] = "shipped",
    [STATUS_CANCELLED] = "cancelled", [STATUS_RETURNED] = "returned",
};

const char *status_name(enum status status)
{
    return status_names[status];
}

enum status status_from_name(const char *name)
{
    for (int i = 0; i < STATUS_COUNT; i++)
        if (strcmp(name, status_names[i]) == 0)
            return (enum status)i;
    return STATUS_COUNT;
}

int64_t order_time(const char *text)
{
    struct tm time = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &time);
    return end && *end == '\0' ? (int64_t)timegm(&time) : 0;
}

/* Copies the field up to the next tab into `field` and returns what follows, or NULL. */
static const char *order_field(const char *line, char *field, size_t size)
{
    const char *end = line + strcspn(line, "\t");
    size_t length = (size_t)(end - line);
    if (length >= size)
        return NULL;
    memcpy(field, line, length);
    field[length] = '\0';
    return *end ? end + 1 : end;
}

/* sku*quantity@cents, comma-separated; none at all is an order of nothing. */
static int order_parse_items(struct order *order, const char *items)
{
    while (*items) {
        const char *star = strchr(items, '*');
        if (!star || star == items)
            return -1;
        char *end;
        uint64_t quantity = strtoull(star + 1, &end, 10);
        if (*end != '@')
            return -1;
        order->total_cents += quantity * strtoull(end + 1, &end, 10);
        order->items++;
        if (*end && *end != ',')
            return -1;
        items = *end ? end + 1 : end;
    }
    return 0;
}

int order_parse(struct order *order, const char *line)
{
    char field[64];
    memset(order, 0, sizeof *order);
    if (!(line = order_field(line, field, sizeof field)))
        return -1;
    order->id = strtoull(field, NULL, 10);
    if (!(line = order_field(line, field, sizeof field)) || strlen(field) >= sizeof order->placed_at)
        return -1;
    strcpy(order->placed_at, field);
    if (!(line = order_field(line, field, sizeof field)))
        return -1;
    order->customer = strtoull(field, NULL, 10);
    if (!(line = order_field(line, field, sizeof field)))
        return -1;
    order->status = status_from_name(field);
    if (order->id == 0 || order_time(order->placed_at) == 0 || order->status == STATUS_COUNT)
        return -1;
    return order_parse_items(order, line);
}
