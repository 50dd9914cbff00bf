#include "sandbox/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int channel_pair(int ends[static 2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

union channel_control {
    struct cmsghdr header;                                 /* alignment */
    char bytes[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))]; /* room for every descriptor */
};

int channel_send(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count)
{
    if (fd_count > CHANNEL_FDS_MAX)
        return -E2BIG;
    char copy[sizeof((struct channel_message *)0)->bytes];
    if (length > sizeof copy)
        return -EMSGSIZE;
    memcpy(copy, bytes, length);
    union channel_control control = {0};
    struct iovec part = {.iov_base = copy, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    }
    for (;;) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

static void channel_take_fds(struct msghdr *header, struct channel_message *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (count > CHANNEL_FDS_MAX)
            count = CHANNEL_FDS_MAX;
        memcpy(message->fds, CMSG_DATA(c), count * sizeof(int));
        message->fd_count = count;
    }
}

int channel_receive(int socket, struct channel_message *message, int flags)
{
    union channel_control control = {0};
    struct iovec part = {.iov_base = message->bytes, .iov_len = sizeof message->bytes};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    message->length = 0;
    message->fd_count = 0;
    ssize_t got;
    do {
        got = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == ECONNRESET ? 0 : -errno;
    channel_take_fds(&header, message);
    if (got == 0 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        channel_close_fds(message);
        return got == 0 ? 0 : -EMSGSIZE;
    }
    message->length = (size_t)got;
    return 1;
}

void channel_close_fds(struct channel_message *message)
{
    for (size_t i = 0; i < message->fd_count; i++)
        if (message->fds[i] >= 0)
            close(message->fds[i]);
    message->fd_count = 0;
}
