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

/* `*out` is the answer's descriptor, or -1. Returns 0 or an errno. */
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
    if (channel_receive(here, &message, MSG_DONTWAIT) != 1)
        return EPIPE;
    int32_t error = EPROTO;
    if (message.length == sizeof error)
        memcpy(&error, message.bytes, sizeof error);
    *out = message.fd_count ? message.fds[0] : -1;
    message.fd_count = 0;
    return error;
}

int sandbox_socket(struct sandbox *sandbox, unsigned slot, int domain, int type, int *out, struct err *err)
{
    struct client_lane *lane;
    if (client_lane_find(sandbox, slot, &lane, err) < 0)
        return err->code;
    int fd = -1;
    uint64_t kind = (uint64_t)(uint32_t)domain << 32 | (uint32_t)type;
    int error = service_ask(lane, WIRE_SOCKET, kind, &fd);
    if (error || fd < 0)
        return err_set_errno(err, error ? error : EPROTO, "make a socket in slot %u of the sandbox", slot);
    *out = fd;
    return 0;
}

static int service_freeze(struct sandbox_run *run, uint32_t kind, const char *what, struct err *err)
{
    int none = -1;
    int error = service_ask(run->lane, kind, run->id, &none);
    return error ? err_set_errno(err, error, "%s a run", what) : 0;
}

int sandbox_run_freeze(struct sandbox_run *run, struct err *err)
{
    return service_freeze(run, WIRE_FREEZE, "freeze", err);
}

int sandbox_run_thaw(struct sandbox_run *run, struct err *err)
{
    return service_freeze(run, WIRE_THAW, "thaw", err);
}
