#include "policies/policy/price.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRICE_CURRENCY_MAX 8 /* bytes */

static const char *const price_keys[] = {"cpu_hour", "requests_a_day", "currency", NULL};

void policy_price_init(struct policy_price *price)
{
    *price = (struct policy_price){.cpu_hour = -1, .requests_a_day = -1};
}

void policy_price_fini(struct policy_price *price)
{
    free(price->currency);
    *price = (struct policy_price){0};
}

static int price_read_figure(double *figure, const struct json_file *file, const struct json_value *value,
                             struct err *err)
{
    if (!value)
        return 0;
    if (json_type(value) != JSON_NULL)
        return json_want_number(file, value, 1e-9, 1e15, figure, err);
    *figure = -1;
    return 0;
}

static int price_read_currency(struct policy_price *price, const struct json_file *file,
                               const struct json_value *value, struct err *err)
{
    const char *currency;
    int code = value ? json_want_string(file, value, &currency, err) : 0;
    if (!value || code < 0)
        return code;
    if (!*currency || strlen(currency) > PRICE_CURRENCY_MAX)
        return json_complain(file, value, err, "must be 1 to %d bytes, such as \"EUR\"", PRICE_CURRENCY_MAX);
    free(price->currency);
    price->currency = memory_copy_string(currency);
    return 0;
}

int policy_price_read(struct policy_price *price, const struct json_file *file,
                      const struct json_value *object, struct err *err)
{
    if (!object)
        return 0;
    int code = json_want_object(file, object, err);
    if (code == 0)
        code = json_check_keys(file, object, price_keys, err);
    if (code == 0)
        code = price_read_figure(&price->cpu_hour, file, json_find(object, "cpu_hour"), err);
    if (code == 0)
        code = price_read_figure(&price->requests_a_day, file, json_find(object, "requests_a_day"), err);
    return code < 0 ? code : price_read_currency(price, file, json_find(object, "currency"), err);
}

/* Policies without a price keep the digest that they had before there were prices. */
void policy_price_digest(const struct policy_price *price, struct digest_stream *stream)
{
    char words[64];
    if (price->cpu_hour < 0 && price->requests_a_day < 0 && !price->currency)
        return;
    snprintf(words, sizeof words, "price %.17g %.17g", price->cpu_hour, price->requests_a_day);
    digest_add_field(stream, words, strlen(words));
    digest_add_field(stream, price->currency ? price->currency : "",
                     price->currency ? strlen(price->currency) : 0);
}
