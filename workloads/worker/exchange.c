#include "workloads/worker/exchange.h"

#include "base/json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void exchange_init(struct exchange *exchange)
{
    *exchange = (struct exchange){.state = EXCHANGE_QUIET};
}

void exchange_fini(struct exchange *exchange)
{
    text_fini(&exchange->line);
}

static void exchange_fail(struct exchange *exchange, const char *fault)
{
    exchange->state = EXCHANGE_FAULTY;
    snprintf(exchange->fault, sizeof exchange->fault, "%s", fault);
}

void exchange_ask(struct exchange *exchange, const struct request_id *id)
{
    assert(exchange->state == EXCHANGE_QUIET);
    exchange->state = EXCHANGE_ASKED;
    exchange->asked++;
    exchange->id = id;
    text_clear(&exchange->line);
}

/* The line that is awaited, or a part of it. */
static void exchange_take_answer(struct exchange *exchange, const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length);
    size_t part = end ? (size_t)(end - bytes) : length;
    if (part > EXCHANGE_LINE_MOST - exchange->line.length) {
        exchange_fail(exchange, "an answer of more than 64 MiB");
        return;
    }
    text_append(&exchange->line, bytes, part);
    if (!end)
        return;
    exchange->state = EXCHANGE_ANSWERED;
    if (part + 1 < length)
        exchange_fail(exchange, "answered twice");
}

void exchange_take(struct exchange *exchange, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    switch (exchange->state) {
    case EXCHANGE_QUIET:
        exchange_fail(exchange, "answered twice"); /* or before it was asked, which comes to the same */
        break;
    case EXCHANGE_ASKED:
        exchange_take_answer(exchange, bytes, length);
        break;
    case EXCHANGE_ANSWERED:
        exchange_fail(exchange, "answered twice");
        break;
    case EXCHANGE_FAULTY:
        break;
    }
}

/* Where the answer is no JSON the contract says so better than we could. */
static void exchange_check_id(struct exchange *exchange)
{
    struct json_document *document = NULL;
    struct json_error error;
    struct request_id answered;
    const char *bytes = text_string(&exchange->line);
    if (!exchange->id->bytes || json_read(bytes, exchange->line.length, NULL, &document, &error) < 0)
        return;
    request_read_id(&answered, json_root(document));
    if (!request_ids_agree(exchange->id, &answered)) {
        char asked[20];
        char shown[20];
        request_id_describe(exchange->id, asked);
        request_id_describe(&answered, shown);
        exchange->state = EXCHANGE_FAULTY;
        snprintf(exchange->fault, sizeof exchange->fault, "answered out of order, id %s for %s", shown,
                 asked);
    }
    request_id_fini(&answered);
    json_free(document);
}

bool exchange_settle(struct exchange *exchange, char **line, size_t *length)
{
    assert(exchange->state == EXCHANGE_ANSWERED);
    *line = NULL;
    *length = 0;
    exchange_check_id(exchange);
    if (exchange->state == EXCHANGE_FAULTY)
        return false;
    *length = exchange->line.length;
    *line = text_take(&exchange->line);
    exchange->state = EXCHANGE_QUIET;
    return true;
}
