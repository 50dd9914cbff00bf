/*
 * One SOCK_SEQPACKET message with descriptors (unix(7), SCM_RIGHTS): how client, zygote and lanes talk.
 * Errors are negative errno values, since the zygote has nobody to tell more.
 */
#ifndef CUPEL_SANDBOX_CHANNEL_H
#define CUPEL_SANDBOX_CHANNEL_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

#define CHANNEL_FDS_MAX 8

struct channel_message {
    char bytes[4096];         /* one datagram; larger things travel in a memfd beside it */
    size_t length;            /* bytes in use */
    int fds[CHANNEL_FDS_MAX]; /* received, close-on-exec; the receiver owns them */
    size_t fd_count;          /* of them */
};

/* Both ends close-on-exec and blocking. */
WARN_UNUSED int channel_pair(int ends[static 2]);
/* Never raises SIGPIPE; the descriptors stay the caller's. */
WARN_UNUSED int channel_send(int socket, const void *bytes, size_t length, const int *fds, size_t fd_count);
/* 1 with a message, 0 at the end of the stream, or -errno (-EAGAIN with `flags` MSG_DONTWAIT). */
WARN_UNUSED int channel_receive(int socket, struct channel_message *message, int flags);
void channel_close_fds(struct channel_message *message);

#endif
