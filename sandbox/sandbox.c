/*
 * The client of one zygote.
 *
 * Happy path: sandbox_open() spawns the zygote and reads its hello; the first run of a slot opens a lane, a
 * channel of its own to a process of its own; results arrive there and go to run.c by their id.
 *
 * Failure modes: a lane that ends fails its runs with an infrastructure error, later runs of that slot too; a
 * zygote that ends takes its lanes along, so that the same happens.
 *
 * Close: cancels every run, and when the last callback has been called hangs up on lanes and zygote, waits
 * for the guard process on the loop, removes groups and lease, and calls back.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/client.h"
#include "sandbox/privilege.h"
#include "sandbox/remedy.h"
#include "sandbox/talk.h"
#include "sandbox/task_clock.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void client_lane_break(struct client_lane *lane, const struct err *why)
{
    lane->broken = true;
    lane->why = *why;
    uv_poll_stop(&lane->poll);
    run_fail_lane(lane->sandbox, lane);
}

/* One message of a lane; false when there is none now, or never again. */
static bool client_lane_read(struct client_lane *lane)
{
    struct channel_message message;
    struct wire_result result;
    struct wire_started started;
    struct wire_failed failed;
    struct err why = {0};
    int got = channel_receive(lane->socket, &message, MSG_DONTWAIT);
    if (got == -EAGAIN)
        return false;
    if (got != 1) {
        err_set(&why, ERR_SYSTEM, "the sandbox's process for slot %u ended unexpectedly", lane->slot);
        client_lane_break(lane, &why);
        return false;
    }
    if (wire_decode_result(message.bytes, message.length, &result) == 0) {
        int workspace = message.fd_count ? message.fds[0] : -1;
        message.fd_count = 0;
        run_take_result(lane->sandbox, &result, workspace);
    } else if (wire_decode_started(message.bytes, message.length, &started) == 0) {
        talk_take_started(lane->sandbox, &started, &message);
    } else if (wire_decode_failed(message.bytes, message.length, &failed) == 0) {
        remedy_explain(&failed, &why);
        client_lane_break(lane, &why);
    } else {
        err_set(&why, ERR_UNAVAILABLE,
                "cupel-sandbox answers in words that this cupel doesn't know: install the two together");
        client_lane_break(lane, &why);
    }
    channel_close_fds(&message);
    return !lane->broken;
}

static void client_lane_on_readable(uv_poll_t *poll, int status, int events)
{
    struct client_lane *lane = poll->data;
    (void)status;
    (void)events;
    while (client_lane_read(lane))
        continue;
}

static int client_lane_open(struct sandbox *sandbox, unsigned slot, struct client_lane **out, struct err *err)
{
    cleanup_text struct text command = {0};
    int ends[2];
    int code = channel_pair(ends);
    if (code < 0)
        return err_set_errno(err, -code, "make a channel");
    wire_encode_command(WIRE_LANE, slot, &command);
    code = channel_send(sandbox->zygote.socket, command.data, command.length, &ends[1], 1);
    close(ends[1]);
    struct client_lane *lane = MEMORY_NEW(struct client_lane);
    if (code < 0 || (code = uv_poll_init(sandbox->loop, &lane->poll, ends[0])) < 0) {
        close(ends[0]);
        free(lane);
        return err_set_errno(err, -code, "open slot %u of the sandbox", slot);
    }
    lane->sandbox = sandbox;
    lane->slot = slot;
    lane->socket = ends[0];
    lane->poll.data = lane;
    lane->next = sandbox->lanes;
    sandbox->lanes = lane;
    uv_poll_start(&lane->poll, UV_READABLE | UV_DISCONNECT, client_lane_on_readable);
    /* A lane alone keeps no loop alive; its runs do. */
    uv_unref((uv_handle_t *)&lane->poll);
    *out = lane;
    return 0;
}

int client_lane_find(struct sandbox *sandbox, unsigned slot, struct client_lane **out, struct err *err)
{
    if (slot >= PRIVILEGE_SLOTS)
        return err_set(err, ERR_LIMIT, "sandbox slot %u: there are %d", slot, PRIVILEGE_SLOTS);
    for (struct client_lane *lane = sandbox->lanes; lane; lane = lane->next)
        if (lane->slot == slot) {
            *out = lane;
            if (lane->broken) {
                *err = lane->why;
                return err->code;
            }
            return 0;
        }
    return client_lane_open(sandbox, slot, out, err);
}

/* The v2 controller counts the peak since Linux 5.19; before, the largest process has to do. */
static bool sandbox_has_peak2(const struct groups *groups)
{
    cleanup_free char *path = memory_format("%s/memory.peak", groups_folder(groups, GROUPS_V2));
    return groups->memory2 && access(path, R_OK) == 0;
}

static void sandbox_describe_isolation(struct sandbox *sandbox)
{
    const struct groups *groups = &sandbox->groups;
    struct sandbox_isolation *isolation = &sandbox->isolation;
    isolation->root = privilege_is_root();
    isolation->cpu_source = groups_folder(groups, GROUPS_V2)[0]    ? SANDBOX_CPU_CGROUP2
                            : groups_folder(groups, GROUPS_CPU)[0] ? SANDBOX_CPU_CGROUP1
                            : task_clock_works()                   ? SANDBOX_CPU_TASK_CLOCK
                                                                   : SANDBOX_CPU_NONE;
    isolation->peak_source = sandbox_has_peak2(groups)                 ? SANDBOX_PEAK_CGROUP2
                             : groups_folder(groups, GROUPS_MEMORY)[0] ? SANDBOX_PEAK_CGROUP1
                                                                       : SANDBOX_PEAK_RUSAGE;
    isolation->level = isolation->cpu_source == SANDBOX_CPU_NONE ? "reduced" : "full";
}

static void sandbox_finish_handle(struct sandbox *sandbox)
{
    if (--sandbox->handles)
        return;
    void (*closed)(void *) = sandbox->closed;
    void *data = sandbox->closed_data;
    while (sandbox->lanes) {
        struct client_lane *lane = sandbox->lanes;
        sandbox->lanes = lane->next;
        close(lane->socket);
        free(lane);
    }
    zygote_client_kill(&sandbox->zygote);
    groups_close(&sandbox->groups);
    free(sandbox->buffer);
    free(sandbox);
    if (closed)
        closed(data);
}

static void sandbox_on_handle_closed(uv_handle_t *handle)
{
    sandbox_finish_handle(handle->data);
}

static void sandbox_on_lane_closed(uv_handle_t *handle)
{
    struct client_lane *lane = handle->data;
    sandbox_finish_handle(lane->sandbox);
}

static void sandbox_on_guard_ended(uv_poll_t *poll, int status, int events)
{
    struct sandbox *sandbox = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    if (!sandbox->hung_up)
        return; /* the lanes' channels end too and fail their runs */
    for (struct client_lane *lane = sandbox->lanes; lane; lane = lane->next) {
        sandbox->handles++;
        uv_close((uv_handle_t *)&lane->poll, sandbox_on_lane_closed);
    }
    sandbox->handles++;
    uv_close((uv_handle_t *)&sandbox->guard, sandbox_on_handle_closed);
}

int sandbox_open(struct sandbox **out, uv_loop_t *loop, const struct sandbox_options *options,
                 struct err *err)
{
    struct sandbox *sandbox = MEMORY_NEW(struct sandbox);
    struct wire_hello hello;
    struct wire_failed failed = {0};
    int code = groups_open(&sandbox->groups, options->state, err);
    if (code == 0)
        code = zygote_client_open(&sandbox->zygote, options, &sandbox->groups, &hello, &failed, err);
    if (code == 0) {
        int status = uv_poll_init(loop, &sandbox->guard, sandbox->zygote.pidfd);
        if (status < 0) {
            code = err_set_errno(err, -status, "watch cupel-sandbox");
            zygote_client_kill(&sandbox->zygote);
        }
    }
    if (code < 0) {
        groups_close(&sandbox->groups);
        free(sandbox);
        return code;
    }
    sandbox->loop = loop;
    sandbox->disk_upper = !hello.overlay;
    sandbox->buffer = memory_zeroed(CLIENT_READ_BYTES);
    sandbox->guard.data = sandbox;
    sandbox_describe_isolation(sandbox);
    sandbox->isolation.shared_system = hello.shared;
    uv_poll_start(&sandbox->guard, UV_READABLE, sandbox_on_guard_ended);
    uv_unref((uv_handle_t *)&sandbox->guard);
    *out = sandbox;
    return 0;
}

const struct sandbox_isolation *sandbox_isolation(const struct sandbox *sandbox)
{
    return &sandbox->isolation;
}

/* The last run is over: the zygote ends when its channel does, and its end is that of all lanes. */
static void sandbox_hang_up(struct sandbox *sandbox)
{
    sandbox->hung_up = true;
    shutdown(sandbox->zygote.socket, SHUT_RDWR);
    uv_ref((uv_handle_t *)&sandbox->guard);
    uv_poll_start(&sandbox->guard, UV_READABLE, sandbox_on_guard_ended);
}

void sandbox_close(struct sandbox *sandbox, void (*closed)(void *data), void *data)
{
    assert(!sandbox->closing);
    sandbox->closing = true;
    sandbox->closed = closed;
    sandbox->closed_data = data;
    if (sandbox->runs)
        run_cancel_all(sandbox);
    else
        sandbox_hang_up(sandbox);
}

void client_run_begins(struct client_lane *lane)
{
    if (lane->runs++ == 0)
        uv_ref((uv_handle_t *)&lane->poll);
}

void client_run_over(struct client_lane *lane)
{
    struct sandbox *sandbox = lane->sandbox;
    if (--lane->runs == 0)
        uv_unref((uv_handle_t *)&lane->poll);
    if (sandbox->closing && !sandbox->runs && !sandbox->hung_up)
        sandbox_hang_up(sandbox);
}
