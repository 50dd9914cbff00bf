/*
 * What a service needs besides its run: sockets of its network namespace, and a pause. Both are questions to
 * the slot's lane, which answers within microseconds, so that the caller waits for it.
 */
#include "base/cleanup.h"
#include "base/text.h"
#include "sandbox/channel.h"
#include "sandbox/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define SERVICE_ANSWER_MS 10000 /* a lane that is just being started takes milliseconds */

/* `out`: where the answer's descriptor goes, or NULL when none is wanted. Returns 0 or an errno. */
static int service_ask(const struct client_lane *lane, uint32_t kind, uint64_t number, int *out)
{
    int ends[2];
    int code = channel_pair(ends);
    if (code < 0)
        return -code;
    cleanup_fd int here = ends[0];
    cleanup_fd int there = ends[1];
    cleanup_text struct text command = {0};
    wire_encode_command(kind, number, &command);
    code = channel_send(lane->socket, command.data, command.length, &there, 1);
    close(STEAL_FD(there));
    if (code < 0)
        return -code;
    struct pollfd polled = {.fd = here, .events = POLLIN};
    int ready;
    do {
        ready = poll(&polled, 1, SERVICE_ANSWER_MS);
    } while (ready < 0 && errno == EINTR);
    struct channel_message message;
    if (ready != 1)
        return ETIMEDOUT;
    code = channel_receive(here, &message, MSG_DONTWAIT);
    if (code != 1)
        return code == -EMSGSIZE ? EMFILE : EPIPE; /* a descriptor had no place, or the lane ended */
    int32_t error = EPROTO;
    if (message.length == sizeof error)
        memcpy(&error, message.bytes, sizeof error);
    if (!error && out && !message.fd_count)
        error = EPROTO;
    if (!error && out) {
        *out = message.fds[0];
        message.fd_count = 0;
    }
    channel_close_fds(&message);
    return error;
}

int sandbox_socket(struct sandbox *sandbox, unsigned slot, int domain, int type, int *out, struct err *err)
{
    struct client_lane *lane;
    if (sandbox->closing)
        return err_set(err, ERR_CANCELLED, "the sandbox is closing");
    if (client_lane_find(sandbox, slot, &lane, err) < 0)
        return err->code;
    uint64_t kind = (uint64_t)(uint32_t)domain << 32 | (uint32_t)type;
    int error = service_ask(lane, WIRE_SOCKET, kind, out);
    return error ? err_set_errno(err, error, "make a socket in slot %u of the sandbox", slot) : 0;
}

static int service_stop(const struct sandbox_run *run, uint32_t kind, const char *what, struct err *err)
{
    int error = service_ask(run->lane, kind, run->id, NULL);
    if (error == EBUSY)
        return err_set(err, ERR_INVALID, "%s a run: the program did not stand still", what);
    return error ? err_set_errno(err, error, "%s a run", what) : 0;
}

int sandbox_run_freeze(struct sandbox_run *run, struct err *err)
{
    return service_stop(run, WIRE_FREEZE, "freeze", err);
}

int sandbox_run_thaw(struct sandbox_run *run, struct err *err)
{
    return service_stop(run, WIRE_THAW, "thaw", err);
}
