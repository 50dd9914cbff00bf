/* A state folder of its own for each test, and short ways to fill and read its ledger. */
#ifndef CUPEL_TESTS_LEDGER_PLACE_H
#define CUPEL_TESTS_LEDGER_PLACE_H

#include "orchestrator/ledger/ledger.h"

struct place {
    char folder[64]; /* the state folder */
    char file[96];   /* its ledger */
};

/* cmocka's set-up and tear-down; *state is the struct place. */
int place_make(void **state);
int place_remove(void **state);

struct ledger *place_open(const struct place *place);
/* Fails with exactly this code; the message has `words` in it. */
void place_refuses(const struct place *place, const struct ledger_options *options, int code,
                   const char *words);

/* `count` stage entries of one batch, in one transaction, with bodies of about `size` bytes. */
void place_fill(struct ledger *ledger, int count, size_t size);
/* Plain SQL on the file, as somebody without cupel would do it; the first error, or "" */
const char *place_tamper(const struct place *place, const char *sql);
/* In a child: holds the ledger's write lock from a byte on `ready` until one on `finish`; does not return. */
void place_hold(const struct place *place, int ready, int finish) __attribute__((noreturn));
/* The same behind the triggers' back: they are there again afterwards. */
void place_forge(const struct place *place, const char *sql);
/* How many entries a query shows; the second may fail. */
int64_t place_count(struct ledger *ledger, const struct ledger_query *query);
int64_t place_try_count(struct ledger *ledger, const struct ledger_query *query, struct err *err);

#endif
