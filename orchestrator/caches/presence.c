#include "orchestrator/caches/presence.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

static int presence_open(const char *path, int flags)
{
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

int presence_enter(const char *state, int *fd, struct err *err)
{
    cleanup_free char *path = memory_format("%s/" PRESENCE_NAME, state);
    cleanup_fd int opened = presence_open(path, O_CREAT);
    int failed;
    do {
        failed = opened < 0 || flock(opened, LOCK_SH) < 0;
    } while (failed && errno == EINTR);
    if (failed)
        return err_set_errno(err, errno, "lock %s", path);
    *fd = STEAL_FD(opened);
    return 0;
}

int presence_claim(const char *state, bool only_look, int *fd, struct err *err)
{
    cleanup_free char *path = memory_format("%s/" PRESENCE_NAME, state);
    cleanup_fd int opened = presence_open(path, only_look ? 0 : O_CREAT);
    *fd = -1;
    if (opened < 0 && errno == ENOENT && only_look)
        return 0;
    if (opened >= 0 && flock(opened, LOCK_EX | LOCK_NB) == 0) {
        *fd = STEAL_FD(opened);
        return 0;
    }
    return opened >= 0 && errno == EWOULDBLOCK ? 1 : err_set_errno(err, errno, "lock %s", path);
}
