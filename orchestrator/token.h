/*
 * The measuring token: at most one timed run at a time, among all cupels of one user on this machine. Within
 * a process those who want it queue in order; between processes `<cupel state>/measuring.lock` decides, taken
 * in turns, so that a long batch keeps the cupel beside it waiting for the run under way and a few polls
 * (LOCK_POLL_MS), not for its end.
 *
 * Happy path: token_take() queues; `granted` comes on the loop; token_give() passes it on.
 * Failure: only the lock files can fail; `granted` comes with ERR_SYSTEM. A process that dies gives it back.
 * Close: token_close() needs that nobody holds it; who still waits is told ERR_CANCELLED, then the callback.
 */
#ifndef CUPEL_ORCHESTRATOR_TOKEN_H
#define CUPEL_ORCHESTRATOR_TOKEN_H

#include "orchestrator/ledger/lock.h"

#include <stdbool.h>

/* One who wants the token; embedded in its owner, in use from token_take() until token_give() or an error. */
struct token_claim {
    struct token_claim *next;                           /* in the queue */
    void (*granted)(void *data, const struct err *err); /* once; never from inside take or cancel */
    void *data;                                         /* borrowed */
    bool cancelled;                                     /* told so by token_cancel() */
};

struct token; /* one a process */

/* `state` is the folder of all of cupel's state, made where it is missing; `command` is shown to others. */
struct token *token_open(uv_loop_t *loop, const char *state, const char *command);

/* `held` is told who has it while a claim of ours waits for another process; may be NULL. */
void token_watch(struct token *token, void (*held)(void *data, const struct lock_owner *holder), void *data);

void token_take(struct token *token, struct token_claim *claim, void (*granted)(void *, const struct err *),
                void *data);
/* By the claim that holds it. The next claim in the queue is granted later, on the loop. */
void token_give(struct token *token, struct token_claim *claim);
/* A claim that still waits: `granted` comes with ERR_CANCELLED. Not for one that was granted. */
void token_cancel(struct token *token, struct token_claim *claim);

/* Frees the token; `on_close` comes once, last. */
void token_close(struct token *token, void (*on_close)(void *data), void *data);

#endif
