#include "orchestrator/difference/input.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_FIRST ((size_t)64 << 10) /* bytes asked for where no size is known */

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int input_open(const char *path, struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
    return err_set_errno(err, errno, "open %s", input_name(path));
}

/* Room for a file's size at once: growing by doubling would need up to twice as much. */
static int input_find_size(int fd, const char *name, size_t *size, struct err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return err_set_errno(err, errno, "read %s", name);
    if (S_ISDIR(status.st_mode))
        return err_set(err, ERR_INVALID, "%s: is a folder, a file was expected", name);
    *size = S_ISREG(status.st_mode) && status.st_size > 0 ? (size_t)status.st_size + 1 : INPUT_FIRST;
    return 0;
}

int input_read(const char *path, size_t limit, char **bytes, size_t *length, struct err *err)
{
    const char *name = input_name(path);
    size_t capacity = 0;
    size_t used = 0;
    cleanup_fd int fd = input_open(path, err);
    if (fd < 0 || input_find_size(fd, name, &capacity, err) < 0)
        return err->code;
    capacity = capacity > limit ? limit + 1 : capacity; /* one more byte shows that it is too long */
    cleanup_free char *buffer = memory_resize(NULL, capacity + JSON_PADDING, 1);
    for (;;) {
        ssize_t got = read(fd, buffer + used, capacity - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read %s", name);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit)
            return err_set(err, ERR_LIMIT, "%s: longer than %zu bytes, which is the limit", name, limit);
        if (used == capacity) {
            capacity = capacity * 2 > limit ? limit + 1 : capacity * 2;
            buffer = memory_resize(buffer, capacity + JSON_PADDING, 1);
        }
    }
    memset(buffer + used, 0, JSON_PADDING);
    *bytes = STEAL(buffer);
    *length = used;
    return 0;
}
