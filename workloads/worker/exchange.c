#include "workloads/worker/exchange.h"

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
    if (part > ANSWER_PART_MOST - exchange->line.length) {
        exchange_fail(exchange, "an answer of more than 128 MiB");
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

/* An id where there is one, and another one than was asked: only that is a fault. */
static void exchange_check_id(const struct request_id *asked, const struct json_value *answer,
                              struct exchange_reading *reading)
{
    struct request_id answered;
    request_read_id(&answered, answer);
    if (!request_ids_agree(asked, &answered)) {
        char wanted[20];
        char shown[20];
        request_id_describe(asked, wanted);
        request_id_describe(&answered, shown);
        snprintf(reading->fault, sizeof reading->fault, "answered out of order, id %s for %s", shown, wanted);
    }
    request_id_fini(&answered);
}

void exchange_read(const struct exchange *exchange, bool whole, struct exchange_reading *reading)
{
    struct json_document *document = NULL;
    *reading = (struct exchange_reading){.is_json = true};
    if (!whole && !exchange->id->bytes)
        return;
    reading->is_json =
        json_read(text_string(&exchange->line), exchange->line.length, NULL, &document, &reading->error) == 0;
    if (reading->is_json)
        exchange_check_id(exchange->id, json_root(document), reading);
    json_free(document);
}

bool exchange_settle(struct exchange *exchange, const struct exchange_reading *reading, char **line,
                     size_t *length)
{
    assert(exchange->state == EXCHANGE_ANSWERED);
    *line = NULL;
    *length = 0;
    if (*reading->fault) {
        exchange_fail(exchange, reading->fault);
        return false;
    }
    *length = exchange->line.length;
    *line = text_take(&exchange->line);
    exchange->state = EXCHANGE_QUIET;
    return true;
}
