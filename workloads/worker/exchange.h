/*
 * The ledger of a conversation: one line asked, one line answered, nothing else. Takes bytes as they come and
 * says what they are; no loop, no clock. Pure.
 *
 *     quiet ──ask──► asked ──a whole line──► answered ──settle──► quiet
 *       └───────────────┴───────────────────────┴──► faulty      (for good)
 */
#ifndef CUPEL_WORKLOADS_WORKER_EXCHANGE_H
#define CUPEL_WORKLOADS_WORKER_EXCHANGE_H

#include "base/text.h"
#include "workloads/worker/request.h"

enum exchange_state {
    EXCHANGE_QUIET,    /* nothing is asked, nothing may come */
    EXCHANGE_ASKED,    /* a line is awaited */
    EXCHANGE_ANSWERED, /* it is there */
    EXCHANGE_FAULTY,   /* the worker broke the rules: `fault` says how */
};

#define EXCHANGE_LINE_MOST ((size_t)64 << 20) /* bytes of one answer */

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
/*
 * Nothing more belongs to the answer: the line is handed over, and what comes from now on was not asked for.
 * Checks the id, so the line is read as JSON where the request has one. False: it is faulty now, and *line is
 * NULL. Only when answered.
 */
bool exchange_settle(struct exchange *exchange, char **line, size_t *length);
#endif
