/*
 * Happy path: the timer tries at once, then every LOCK_POLL_MS; with the lock, an error, the timeout or a
 * cancellation the timer is closed, and `done` comes from its close callback.
 *
 * Failure modes: the timeout is an error that names the holder of the last try. Errors of the lock file are
 * passed on.
 *
 * Close: there is nothing besides; a lock that `done` does not steal is released behind it.
 */
#include "orchestrator/ledger/lock.h"

#include <assert.h>
#include <string.h>

static void lock_wait_on_closed(uv_handle_t *handle)
{
    struct lock_wait *wait = handle->data;
    struct lock lock = wait->lock;
    wait->lock.fd = -1;
    /* `done` may free the wait. */
    struct err err = wait->err;
    wait->request.done(wait->request.data, &lock, &err);
    lock_release(&lock);
}

static void lock_wait_end(struct lock_wait *wait)
{
    if (!uv_is_closing((uv_handle_t *)&wait->timer))
        uv_close((uv_handle_t *)&wait->timer, lock_wait_on_closed);
}

static void lock_wait_tell(struct lock_wait *wait, const struct lock_owner *holder)
{
    if (wait->told && memcmp(&wait->shown, holder, sizeof *holder) == 0)
        return;
    wait->told = true;
    wait->shown = *holder;
    if (wait->request.held)
        wait->request.held(wait->request.data, holder);
}

static void lock_wait_give_up(struct lock_wait *wait, const struct lock_owner *holder)
{
    char who[LOCK_COMMAND_MAX + 160];
    lock_describe(holder, who, sizeof who);
    err_set(&wait->err, ERR_SYSTEM, "%s is held by %s; waited %.1f s", wait->request.path, who,
            (double)wait->request.timeout_ms / 1000);
    lock_wait_end(wait);
}

static void lock_wait_on_timer(uv_timer_t *timer)
{
    struct lock_wait *wait = timer->data;
    struct lock_owner holder;
    int taken = lock_try(&wait->lock, wait->request.path, wait->request.command, &holder, &wait->err);
    if (taken <= 0) {
        lock_wait_end(wait);
        return;
    }
    uint64_t now = uv_now(timer->loop);
    if (now >= wait->deadline_ms) {
        lock_wait_give_up(wait, &holder);
        return;
    }
    uint64_t left = wait->deadline_ms - now;
    uv_timer_start(timer, lock_wait_on_timer, left < LOCK_POLL_MS ? left : LOCK_POLL_MS, 0);
    lock_wait_tell(wait, &holder); /* last: it may cancel */
}

void lock_wait_start(struct lock_wait *wait, uv_loop_t *loop, const struct lock_request *request)
{
    *wait = (struct lock_wait){.request = *request, .lock = LOCK_NONE};
    uv_update_time(loop);
    uint64_t now = uv_now(loop);
    wait->deadline_ms = request->timeout_ms > UINT64_MAX - now ? UINT64_MAX : now + request->timeout_ms;
    int failed = uv_timer_init(loop, &wait->timer);
    wait->timer.data = wait;
    if (failed == 0)
        failed = uv_timer_start(&wait->timer, lock_wait_on_timer, 0, 0);
    assert(failed == 0);
    (void)failed;
}

void lock_wait_cancel(struct lock_wait *wait)
{
    if (uv_is_closing((uv_handle_t *)&wait->timer))
        return;
    err_set(&wait->err, ERR_CANCELLED, "waiting for %s was cancelled", wait->request.path);
    lock_wait_end(wait);
}
