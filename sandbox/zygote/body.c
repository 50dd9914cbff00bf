#include "sandbox/zygote/body.h"

#include "base/memory.h"

#include <sys/stat.h>
#include <unistd.h>

int body_read(int fd, struct body *out)
{
    struct stat status;
    *out = (struct body){.fds = 1};
    if (fstat(fd, &status) < 0 || status.st_size <= 0 || status.st_size > (off_t)WIRE_BODY_MAX)
        return -1;
    out->length = (size_t)status.st_size;
    out->owned = memory_zeroed(out->length);
    out->bytes = out->owned;
    return pread(fd, out->owned, out->length, 0) == status.st_size ? 0 : -1;
}

int body_open(const struct channel_message *message, struct body *out)
{
    uint32_t kind;
    uint64_t number;
    *out = (struct body){0};
    if (wire_decode_order(message->bytes, message->length, &kind, &number, &out->bytes, &out->length) < 0)
        return -1;
    if (out->length)
        return 0;
    return message->fd_count ? body_read(message->fds[0], out) : -1;
}

void body_close(struct body *body)
{
    free(body->owned);
    *body = (struct body){0};
}
