/* What can be done with the ends of pipes that a conversation leaves inside, and their twins. */
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Signals for whoever is named, each time that we are written to. */
static long attack_signal_owner(void)
{
    if (fcntl(0, F_SETOWN, 1) < 0)
        return -1;
    return fcntl(0, F_SETFL, O_ASYNC);
}

static long attack_own_flags_twin(void)
{
    int flags = fcntl(0, F_GETFL);
    return flags < 0 || fcntl(0, F_SETFL, flags | O_NONBLOCK) < 0 ? -1 : fcntl(0, F_SETFL, flags);
}

static long attack_send_descriptor(int to)
{
    union {
        struct cmsghdr header;               /* alignment */
        char bytes[CMSG_SPACE(sizeof(int))]; /* room for one */
    } control = {0};
    struct iovec part = {"x", 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    const int fd = 2;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(to, &message, 0);
}

/* Two arms that could hand each other a descriptor would share what is behind it. */
static long attack_pass_descriptor(void)
{
    return attack_send_descriptor(0) < 0 ? attack_send_descriptor(1) : 0;
}

static long attack_pass_descriptor_twin(void)
{
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ? -1 : attack_send_descriptor(ends[0]);
}

/* Whoever wants to say something to us finds the pipe full, for ever; a writer that waits would hang. */
static long attack_fill_input(void)
{
    static const char bytes[4096];
    int end = open("/proc/self/fd/0", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (end < 0)
        return -1;
    (void)!fcntl(end, F_SETPIPE_SZ, 4096);
    while (write(end, bytes, sizeof bytes) > 0)
        continue;
    for (;;)
        pause();
}

/* All that is said, until nobody says more. */
static long attack_listen_twin(void)
{
    static char bytes[65536];
    ssize_t got;
    do {
        got = read(0, bytes, sizeof bytes);
    } while (got > 0);
    return got;
}

const struct attack attacks_on_pipes[] = {
    {"signal-owner", attack_signal_owner},
    {"own-flags", attack_own_flags_twin},
    {"pass-descriptor", attack_pass_descriptor},
    {"pass-own-descriptor", attack_pass_descriptor_twin},
    {"fill-input", attack_fill_input},
    {"listen", attack_listen_twin},
    {NULL, NULL},
};
