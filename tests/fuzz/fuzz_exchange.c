/* A worker writes what it likes, in whatever pieces; a sample asks with any JSON. */
#include "workloads/worker/exchange.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

/* A line made of a document is the same document, and stays as it is when it is made again. */
static void fuzz_request(const char *bytes, size_t size, struct request_id *id)
{
    struct json_document *document = NULL;
    struct json_document *again = NULL;
    struct json_error error;
    size_t length = 0;
    size_t second = 0;
    if (json_read(bytes, size, NULL, &document, &error) < 0)
        return;
    char *line = request_make_line(bytes, size, &length);
    fuzz_require(memchr(line, '\n', length) == line + length - 1);
    fuzz_require(json_read(line, length, NULL, &again, &error) == 0);
    fuzz_require(json_count_leaves(document) == json_count_leaves(again));
    char *same = request_make_line(line, length, &second);
    fuzz_require(second == length && memcmp(same, line, length) == 0);
    request_id_fini(id);
    request_read_id(id, json_root(document));
    free(line);
    free(same);
    json_free(document);
    json_free(again);
}

static void fuzz_settle(struct exchange *exchange, bool whole)
{
    struct exchange_reading reading;
    char *line = NULL;
    size_t length = 0;
    exchange_read(exchange, whole, &reading);
    if (exchange_settle(exchange, &reading, &line, &length))
        fuzz_require(!memchr(line, '\n', length));
    free(line);
}

/* Pieces of 1 to 16 bytes, by the first byte's bits;
 * asked again whenever it is quiet and the piece is odd. */
static void fuzz_conversation(const uint8_t *data, size_t size, const struct request_id *id)
{
    struct exchange exchange;
    exchange_init(&exchange);
    for (size_t at = 1; at < size;) {
        size_t piece = 1 + (data[0] + at) % 16;
        piece = piece < size - at ? piece : size - at;
        if (exchange.state == EXCHANGE_QUIET && piece % 2)
            exchange_ask(&exchange, id);
        enum exchange_state before = exchange.state;
        exchange_take(&exchange, (const char *)data + at, piece);
        fuzz_require(before != EXCHANGE_FAULTY || exchange.state == EXCHANGE_FAULTY);
        fuzz_require(before != EXCHANGE_QUIET || exchange.state == EXCHANGE_FAULTY);
        fuzz_require(exchange.state != EXCHANGE_FAULTY || *exchange.fault);
        if (exchange.state == EXCHANGE_ANSWERED)
            fuzz_settle(&exchange, piece % 3 == 0);
        at += piece;
    }
    exchange_fini(&exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request_id id = {.type = JSON_NULL};
    const uint8_t *split = size ? memchr(data, '\0', size) : NULL;
    size_t asked = split ? (size_t)(split - data) : size;
    fuzz_request((const char *)data, asked, &id);
    if (split)
        fuzz_conversation(split + 1, size - asked - 1, &id);
    request_id_fini(&id);
    return 0;
}
