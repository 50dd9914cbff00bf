/*
 * The ledger of a conversation: one line asked, one line answered, nothing else. Takes bytes as they come and
 * says what they are; no loop, no clock. Pure.
 *
 *     quiet ──ask──► asked ──a whole line──► answered ──settle──► quiet
 *       └───────────────┴───────────────────────┴──► faulty      (for good)
 */
#ifndef CUPEL_WORKLOADS_WORKER_EXCHANGE_H
#define CUPEL_WORKLOADS_WORKER_EXCHANGE_H

#include "base/json.h"
#include "base/text.h"
#include "workloads/answer.h"
#include "workloads/worker/request.h"

enum exchange_state {
    EXCHANGE_QUIET,    /* nothing is asked, nothing may come */
    EXCHANGE_ASKED,    /* a line is awaited */
    EXCHANGE_ANSWERED, /* it is there */
    EXCHANGE_FAULTY,   /* the worker broke the rules: `fault` says how */
};

struct exchange {
    enum exchange_state state;
    struct text line;            /* of the answer, without its '\n' once it is whole */
    size_t asked;                /* requests so far */
    const struct request_id *id; /* of the last request; borrowed until the next one */
    char fault[96];              /* words for a person, about the request that was asked last */
};

void exchange_init(struct exchange *exchange);
void exchange_fini(struct exchange *exchange);
/* `id` may be without one; borrowed until the next call. Only when quiet. */
void exchange_ask(struct exchange *exchange, const struct request_id *id);
/* What the worker wrote; the state says what that makes. */
void exchange_take(struct exchange *exchange, const char *bytes, size_t length);

/* What a line says. */
struct exchange_reading {
    bool is_json;
    struct json_error error; /* why it isn't */
    char fault[96];          /* it answers another request; "": it doesn't */
};
/*
 * Reads the line where the request has an id, or else where `whole`; what is not read counts as JSON. Only
 * when answered; touches nothing but the line and the id, so that it may be done on another thread.
 */
void exchange_read(const struct exchange *exchange, bool whole, struct exchange_reading *reading);
/*
 * Nothing more belongs to the answer, which said this: the line is handed over, and what comes from now on
 * was not asked for. False: it is faulty now, and *line is NULL. Only when answered.
 */
bool exchange_settle(struct exchange *exchange, const struct exchange_reading *reading, char **line,
                     size_t *length);
#endif
