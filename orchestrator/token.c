/*
 * Happy path: a claim joins the queue and asks for a tick. The tick waits for the turn, then for the lock
 * while it holds the turn, then gives the turn back and grants the first claim. Giving the token back
 * releases the lock and ticks again. Because the turn is taken anew each time, a cupel that waits for the
 * lock holds the turn and is next, however many claims the present holder has queued.
 *
 * Failure modes: what goes wrong with either lock file is the first claim's error; the next one tries again.
 * Cancelled claims leave the queue on the next tick; with nobody left, the wait is cancelled too.
 *
 * Close: every waiting claim is cancelled; when the queue is empty and no wait is under way, the timer is
 * closed and its callback frees the token.
 */
#include "orchestrator/token.h"

#include "base/folder.h"
#include "base/machine.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

#define TOKEN_LOCK_NAME "measuring.lock"
#define TOKEN_TURN_NAME "measuring.turn"

/*
 *   IDLE ──claim──▶ TURN ──turn──▶ LOCK ──lock──▶ HELD ──give──▶ IDLE
 *     ▲              │              │
 *     └── cancelled or failed ──────┘
 */
enum token_state { TOKEN_IDLE, TOKEN_TURN, TOKEN_LOCK, TOKEN_HELD };

static const struct machine_state token_states[] = {
    [TOKEN_IDLE] = {"idle", MACHINE_TO(TOKEN_TURN), "nobody here wants to measure"},
    [TOKEN_TURN] = {"turn", MACHINE_TO(TOKEN_LOCK) | MACHINE_TO(TOKEN_IDLE), "waits for its turn to measure"},
    [TOKEN_LOCK] = {"lock", MACHINE_TO(TOKEN_HELD) | MACHINE_TO(TOKEN_IDLE),
                    "waits for another's measurement"},
    [TOKEN_HELD] = {"held", MACHINE_TO(TOKEN_IDLE), "measures"},
};

struct token {
    uv_loop_t *loop;                                           /* borrowed */
    uv_timer_t timer;                                          /* the next tick, at once */
    struct machine machine;                                    /* where the token is */
    struct lock_wait wait;                                     /* under way in TURN and LOCK */
    struct lock turn;                                          /* held in LOCK */
    struct lock lock;                                          /* held in HELD */
    struct token_claim *queue;                                 /* who waits, in order */
    struct token_claim *holder;                                /* who was granted it; NULL: nobody */
    char *state;                                               /* folder of the lock files; owned */
    char *lock_path;                                           /* owned */
    char *turn_path;                                           /* owned */
    char *command;                                             /* shown to others; owned */
    bool closing;                                              /* token_close() was called */
    void (*held)(void *data, const struct lock_owner *holder); /* of token_watch() */
    void *held_data;                                           /* borrowed */
    void (*on_close)(void *data);                              /* of token_close() */
    void *close_data;                                          /* borrowed */
};

static void token_tick(struct token *token);

static void token_on_timer(uv_timer_t *timer)
{
    token_tick(timer->data);
}

static void token_ask_tick(struct token *token)
{
    uv_timer_start(&token->timer, token_on_timer, 0, 0);
}

static void token_on_held(void *data, const struct lock_owner *holder)
{
    struct token *token = data;
    if (token->held)
        token->held(token->held_data, holder);
}

/* The first claim that still wants the token, taken out of the queue; NULL: none. */
static struct token_claim *token_pop(struct token *token)
{
    for (struct token_claim **at = &token->queue; *at; at = &(*at)->next) {
        struct token_claim *claim = *at;
        if (!claim->cancelled) {
            *at = claim->next;
            return claim;
        }
    }
    return NULL;
}

static void token_fail(struct token *token, const struct err *err)
{
    struct token_claim *claim = err->code == ERR_CANCELLED ? NULL : token_pop(token);
    machine_move(&token->machine, TOKEN_IDLE);
    token_ask_tick(token);
    if (claim)
        claim->granted(claim->data, err);
}

static void token_on_lock(void *data, struct lock *lock, const struct err *err)
{
    struct token *token = data;
    lock_release(&token->turn);
    if (err->code < 0) {
        token_fail(token, err);
        return;
    }
    token->holder = token_pop(token);
    if (!token->holder) {
        const struct err nobody = {.code = ERR_CANCELLED};
        token_fail(token, &nobody);
        return;
    }
    token->lock = lock_steal(lock);
    machine_move(&token->machine, TOKEN_HELD);
    token->holder->granted(token->holder->data, err);
}

static void token_wait(struct token *token, const char *path,
                       void (*done)(void *, struct lock *, const struct err *))
{
    const struct lock_request request = {.path = path,
                                         .command = token->command,
                                         .timeout_ms = LOCK_FOREVER,
                                         .held = token_on_held,
                                         .done = done,
                                         .data = token};
    lock_wait_start(&token->wait, token->loop, &request);
}

static void token_on_turn(void *data, struct lock *lock, const struct err *err)
{
    struct token *token = data;
    if (err->code < 0) {
        token_fail(token, err);
        return;
    }
    token->turn = lock_steal(lock);
    machine_move(&token->machine, TOKEN_LOCK);
    token_wait(token, token->lock_path, token_on_lock);
    if (!token->queue)
        lock_wait_cancel(&token->wait);
}

/* A cancelled claim's owner may free it in the callback, and may take or cancel others. */
static void token_drop_cancelled(struct token *token)
{
    const struct err err = {.code = ERR_CANCELLED,
                            .message = "waiting for the measuring token was cancelled"};
    struct token_claim **at = &token->queue;
    while (*at) {
        struct token_claim *claim = *at;
        if (!claim->cancelled) {
            at = &claim->next;
            continue;
        }
        *at = claim->next;
        claim->granted(claim->data, &err);
        at = &token->queue;
    }
}

static void token_begin(struct token *token)
{
    struct err err = {0};
    machine_move(&token->machine, TOKEN_TURN);
    if (folder_make(token->state, 0700, &err) < 0)
        token_fail(token, &err);
    else
        token_wait(token, token->turn_path, token_on_turn);
}

static void token_on_closed(uv_handle_t *handle)
{
    struct token *token = handle->data;
    void (*on_close)(void *) = token->on_close;
    void *data = token->close_data;
    free(token->state);
    free(token->lock_path);
    free(token->turn_path);
    free(token->command);
    free(token);
    on_close(data);
}

static void token_tick(struct token *token)
{
    token_drop_cancelled(token);
    bool idle = token->machine.state == TOKEN_IDLE;
    if (token->queue && idle)
        token_begin(token);
    else if (!token->queue && (token->machine.state == TOKEN_TURN || token->machine.state == TOKEN_LOCK))
        lock_wait_cancel(&token->wait);
    else if (!token->queue && idle && token->closing && !uv_is_closing((uv_handle_t *)&token->timer))
        uv_close((uv_handle_t *)&token->timer, token_on_closed);
}

struct token *token_open(uv_loop_t *loop, const char *state, const char *command)
{
    struct token *token = MEMORY_NEW(struct token);
    token->loop = loop;
    token->state = memory_copy_string(state);
    token->lock_path = memory_format("%s/" TOKEN_LOCK_NAME, state);
    token->turn_path = memory_format("%s/" TOKEN_TURN_NAME, state);
    token->command = memory_copy_string(command);
    token->turn.fd = -1;
    token->lock.fd = -1;
    machine_init(&token->machine, token_states, sizeof token_states / sizeof *token_states, TOKEN_IDLE);
    int failed = uv_timer_init(loop, &token->timer);
    assert(failed == 0);
    (void)failed;
    token->timer.data = token;
    return token;
}

void token_watch(struct token *token, void (*held)(void *data, const struct lock_owner *holder), void *data)
{
    token->held = held;
    token->held_data = data;
}

void token_take(struct token *token, struct token_claim *claim, void (*granted)(void *, const struct err *),
                void *data)
{
    assert(!token->closing);
    *claim = (struct token_claim){.granted = granted, .data = data};
    struct token_claim **end = &token->queue;
    while (*end)
        end = &(*end)->next;
    *end = claim;
    token_ask_tick(token);
}

void token_give(struct token *token, struct token_claim *claim)
{
    assert(token->holder == claim && claim);
    (void)claim;
    token->holder = NULL;
    lock_release(&token->lock);
    machine_move(&token->machine, TOKEN_IDLE);
    token_ask_tick(token);
}

void token_cancel(struct token *token, struct token_claim *claim)
{
    assert(token->holder != claim);
    claim->cancelled = true;
    token_ask_tick(token);
}

void token_close(struct token *token, void (*on_close)(void *data), void *data)
{
    assert(!token->closing && !token->holder);
    token->closing = true;
    token->on_close = on_close;
    token->close_data = data;
    for (struct token_claim *claim = token->queue; claim; claim = claim->next)
        claim->cancelled = true;
    token_ask_tick(token);
}
