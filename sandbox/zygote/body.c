#include "sandbox/zygote/body.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <sys/stat.h>
#include <unistd.h>

static char *body_read(int fd, size_t *length)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || status.st_size <= 0 || status.st_size > (off_t)WIRE_BODY_MAX)
        return NULL;
    *length = (size_t)status.st_size;
    cleanup_free char *bytes = memory_zeroed(*length);
    return pread(fd, bytes, *length, 0) == status.st_size ? STEAL(bytes) : NULL;
}

int body_read_run(int fd, char **bytes, struct wire_run *out)
{
    size_t length;
    *bytes = body_read(fd, &length);
    return *bytes && wire_decode_run(*bytes, length, out) == 0 ? 0 : -1;
}

int body_read_setup(int fd, char **bytes, struct wire_setup *out)
{
    size_t length;
    *bytes = body_read(fd, &length);
    return *bytes && wire_decode_setup(*bytes, length, out) == 0 ? 0 : -1;
}
