/* Records that are behind a command in its datagram, or too large for it, in a memfd. */
#ifndef CUPEL_SANDBOX_BODY_H
#define CUPEL_SANDBOX_BODY_H

#include "sandbox/channel.h"
#include "sandbox/wire.h"

struct body {
    const char *bytes; /* the record */
    size_t length;     /* of it */
    char *owned;       /* its bytes when they came in a memfd, else NULL */
    size_t fds;        /* first descriptors of the message that it took: 0 or 1 */
};

/* Of a memfd, which stays the caller's. -1 when there is none; body_close() is right then too. */
WARN_UNUSED int body_read(int fd, struct body *out);
/* Of WIRE_RUN and WIRE_REPEAT, likewise. */
WARN_UNUSED int body_open(const struct channel_message *message, struct body *out);
void body_close(struct body *body);

#endif
