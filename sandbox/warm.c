/*
 * A warm sandbox, seen from outside: a run of the lane that stays (the host), and one program after the other
 * in it, each with a run of its own here.
 *
 * Happy path: the host goes to the lane like any run, with one end of a channel. A program's
 * request goes through that channel to process 1, and its result comes back there, past the lane; what it
 * writes comes by the host's pipes. The rest is as in run.c.
 *
 * Failure modes: killing a program kills the host, and the lane's word of that ends both. A program that left
 * something behind is the host's last. In each case the next program gets a new one. A lane that ends fails
 * both.
 *
 * Close: cancels the program or the host, and waits for the end of both.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/client.h"
#include "sandbox/order.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define WARM_VERDICT_MS 10000 /* a machine that is that busy gets a fresh sandbox */

/* One sandbox of several that a warm one may need, one after the other. */
struct warm_host {
    struct sandbox_warm *warm; /* owner */
    struct sandbox_run *run;   /* the lane's */
    uv_poll_t poll;            /* readable: results */
    int socket;                /* to process 1 */
    bool settled;              /* process 1 has said how the last program left the sandbox */
    bool spent;                /* not as it was: nobody follows */
    bool held;                 /* `last` waits for what is found on the disk */
    struct wire_result last;   /* of `held` */
};

struct sandbox_warm {
    struct sandbox *sandbox;     /* borrowed */
    struct warm_host *host;      /* or NULL: the next program gets one */
    unsigned hosts;              /* that have not ended, that one and some that were killed */
    struct sandbox_run *current; /* the program in flight, or NULL */
    struct text place;           /* record of the first run, which the others must fit */
    sandbox_run_cb done;         /* of `current`, the caller's */
    void *data;                  /* likewise */
    uv_timer_t later;            /* its close is the last callback; never started */
    bool closing;                /* sandbox_warm_close() was called */
    void (*closed)(void *data);  /* the caller's */
    void *closed_data;           /* likewise */
};

static void warm_on_closed(uv_handle_t *handle)
{
    struct sandbox_warm *warm = handle->data;
    void (*closed)(void *) = warm->closed;
    void *data = warm->closed_data;
    text_fini(&warm->place);
    free(warm);
    if (closed)
        closed(data);
}

static void warm_tick(struct sandbox_warm *warm)
{
    if (warm->closing && !warm->hosts && !warm->current && !uv_is_closing((uv_handle_t *)&warm->later))
        uv_close((uv_handle_t *)&warm->later, warm_on_closed);
}

static void warm_on_poll_closed(uv_handle_t *handle)
{
    struct warm_host *host = handle->data;
    close(host->socket);
    free(host);
}

static void warm_take_result(struct warm_host *host, const struct wire_result *result)
{
    host->held = watch_is_on(&host->run->watch);
    if (host->held)
        host->last = *result;
    else
        run_take_result(host->warm->sandbox, result, -1);
}

static void warm_take_verdict(struct warm_host *host, bool spent)
{
    host->settled = true;
    host->spent = spent;
    if (!host->held || spent)
        return;
    host->held = false;
    run_take_result(host->warm->sandbox, &host->last, -1);
}

/* What process 1 has said; false when it says no more. */
static bool warm_read(struct warm_host *host)
{
    struct channel_message message;
    struct wire_result result;
    uint32_t kind;
    uint64_t program;
    int got;
    while ((got = channel_receive(host->socket, &message, MSG_DONTWAIT)) == 1) {
        channel_close_fds(&message);
        if (wire_decode_result(message.bytes, message.length, &result) == 0)
            warm_take_result(host, &result);
        else if (wire_decode_command(message.bytes, message.length, &kind, &program) == 0)
            warm_take_verdict(host, kind != WIRE_READY);
    }
    host->spent |= got != -EAGAIN;
    return got == -EAGAIN;
}

/* The verdict follows the result within microseconds, so that the caller waits for it. */
static void warm_settle(struct warm_host *host)
{
    struct pollfd polled = {.fd = host->socket, .events = POLLIN};
    while (warm_read(host) && !host->settled)
        if (poll(&polled, 1, WARM_VERDICT_MS) == 0)
            host->spent = host->settled = true;
}

/* How the program ended that ran, or was to run, when the host did. */
static void warm_end_current(const struct warm_host *host, const struct sandbox_result *result,
                             const struct err *err)
{
    struct sandbox_run *current = host->warm->current;
    struct sandbox_result none = {.end = current->reason};
    struct err why = *err;
    current->host = NULL;
    if (current->has_result)
        return;
    if (host->held && why.code == 0 && result->end != SANDBOX_DISK_LIMIT) {
        run_take_result(host->warm->sandbox, &host->last, -1);
        return;
    }
    bool begun = host->run->program == current->id;
    if (!begun && !current->killed && why.code == 0)
        err_set(&why, ERR_SYSTEM, "process 1 of a warm sandbox ended between two programs");
    run_end_with(current, begun ? result : &none, &why);
}

static void warm_on_host_end(struct sandbox_run *run, const struct sandbox_result *result,
                             const struct err *err, void *data)
{
    struct warm_host *host = data;
    struct sandbox_warm *warm = host->warm;
    (void)warm_read(host);
    warm->hosts--;
    if (warm->host == host)
        warm->host = NULL;
    if (warm->current && warm->current->host == run)
        warm_end_current(host, result, err);
    uv_close((uv_handle_t *)&host->poll, warm_on_poll_closed);
    warm_tick(warm);
}

static void warm_on_run_end(struct sandbox_run *run, const struct sandbox_result *result,
                            const struct err *err, void *data)
{
    struct sandbox_warm *warm = data;
    warm->current = NULL;
    if (run->host)
        run->host->guest = NULL;
    warm->done(run, result, err, warm->data);
    warm_tick(warm);
}

static void warm_on_readable(uv_poll_t *poll, int status, int events)
{
    struct warm_host *host = poll->data;
    (void)status;
    (void)events;
    /* The lane sees the end of process 1 as well. */
    if (!warm_read(host))
        uv_poll_stop(poll);
}

static int warm_start_host(struct sandbox_warm *warm, const struct sandbox_spec *spec, struct err *err)
{
    int ends[2];
    int code = channel_pair(ends);
    if (code < 0)
        return err_set_errno(err, -code, "make a channel");
    struct warm_host *host = MEMORY_NEW(struct warm_host);
    host->warm = warm;
    host->socket = ends[0];
    host->settled = true;
    host->poll.data = host;
    code = uv_poll_init(warm->sandbox->loop, &host->poll, ends[0]);
    if (code < 0) {
        close(ends[0]);
        close(ends[1]);
        free(host);
        return err_set_errno(err, -code, "watch a warm sandbox");
    }
    code = run_start(warm->sandbox, spec, ends[1], warm_on_host_end, host, &host->run, err);
    close(ends[1]);
    if (code < 0) {
        uv_close((uv_handle_t *)&host->poll, warm_on_poll_closed);
        return code;
    }
    uv_poll_start(&host->poll, UV_READABLE | UV_DISCONNECT, warm_on_readable);
    uv_unref((uv_handle_t *)&host->poll);
    warm->host = host;
    warm->hosts++;
    return 0;
}

static int warm_check(struct sandbox_warm *warm, const struct sandbox_spec *spec, struct err *err)
{
    cleanup_text struct text place = {0};
    if (order_check(warm->sandbox, spec, err) < 0)
        return err->code;
    if (warm->current)
        return err_set(err, ERR_INVALID, "a program runs in this warm sandbox already");
    if (spec->upper || spec->stdin_file || spec->keep_workspace || spec->counting || spec->calls_most)
        return err_set(err, ERR_INVALID,
                       "a warm sandbox has no upper folder, keeps no workspace and counts no calls");
    if (spec->talks)
        return err_set(err, ERR_INVALID, "a warm sandbox has no conversations");
    order_encode(spec, true, &place);
    if (!warm->place.length)
        text_append(&warm->place, place.data, place.length);
    if (place.length != warm->place.length || memcmp(place.data, warm->place.data, place.length) != 0)
        return err_set(err, ERR_INVALID, "another place than this warm sandbox's");
    return 0;
}

static int warm_send(const struct warm_host *host, const struct sandbox_run *run,
                     const struct sandbox_spec *spec, struct err *err)
{
    cleanup_text struct text body = {0};
    cleanup_fd int input = spec->stdin_length ? order_open_stdin(spec, err) : -1;
    if (spec->stdin_length && input < 0)
        return err->code;
    order_encode_program(spec, &body);
    return order_send(host->socket, WIRE_REPEAT, run->id, &body, &input, input < 0 ? 0 : 1, err);
}

int sandbox_warm_run(struct sandbox_warm *warm, const struct sandbox_spec *spec, sandbox_run_cb done,
                     void *data, struct sandbox_run **out, struct err *err)
{
    if (warm_check(warm, spec, err) < 0)
        return err->code;
    if (warm->host)
        warm_settle(warm->host);
    /* A kill may have come behind the last program's own end, and an idle host may have died. */
    const bool fresh = !warm->host || warm->host->spent || warm->host->run->killed;
    if (fresh && warm_start_host(warm, spec, err) < 0)
        return err->code;
    warm->host->settled = false;
    struct sandbox_run *run = run_new(warm->sandbox, warm->host->run->lane, warm_on_run_end, warm);
    run->output_bytes = spec->limits.output_bytes;
    if (warm_send(warm->host, run, spec, err) < 0) {
        run_give_up(run);
        return err_wrap(err, "start %s", spec->argv[0]);
    }
    run->host = warm->host->run;
    run->host->guest = run;
    warm->current = run;
    warm->done = done;
    warm->data = data;
    run_go(run, spec->limits.wall_ms);
    *out = run;
    return 0;
}

struct sandbox_warm *sandbox_warm_open(struct sandbox *sandbox)
{
    struct sandbox_warm *warm = MEMORY_NEW(struct sandbox_warm);
    warm->sandbox = sandbox;
    warm->later.data = warm;
    uv_timer_init(sandbox->loop, &warm->later);
    return warm;
}

void sandbox_warm_close(struct sandbox_warm *warm, void (*closed)(void *data), void *data)
{
    assert(!warm->closing);
    warm->closing = true;
    warm->closed = closed;
    warm->closed_data = data;
    if (warm->current)
        sandbox_run_cancel(warm->current);
    else if (warm->host)
        sandbox_run_cancel(warm->host->run);
    warm_tick(warm);
}
