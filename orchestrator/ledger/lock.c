#include "orchestrator/ledger/lock.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "orchestrator/ledger/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_FILE_MAX 1024 /* bytes of a lock file that are read */

/* What others print on their terminal is made harmless where it is written and where it is read. */
static void lock_copy_printable(char *out, size_t size, const char *bytes, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < size; i++)
        out[used++] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?';
    out[used] = '\0';
}

static void lock_write_owner(int fd, const char *command)
{
    char host[sizeof((struct lock_owner *)0)->host] = "";
    char since[STAMP_MAX];
    char shown[LOCK_COMMAND_MAX + 1];
    gethostname(host, sizeof host - 1);
    stamp_now(since);
    lock_copy_printable(shown, sizeof shown, command, strlen(command));
    cleanup_free char *text =
        memory_format("pid %ld\nhost %s\nsince %s\ncommand %s\n", (long)getpid(), host, since, shown);
    /* For messages alone: a full disk must not keep anybody from the lock. */
    if (ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 && folder_write_all(fd, text, strlen(text)) < 0)
        (void)!ftruncate(fd, 0);
}

static void lock_parse_line(const char *line, size_t length, struct lock_owner *owner)
{
    char value[LOCK_COMMAND_MAX + 1];
    const char *space = memchr(line, ' ', length);
    if (!space)
        return;
    size_t name = (size_t)(space - line);
    lock_copy_printable(value, sizeof value, space + 1, length - name - 1);
    if (name == 3 && memcmp(line, "pid", name) == 0)
        owner->pid = strtoll(value, NULL, 10) > 0 ? strtoll(value, NULL, 10) : 0;
    else if (name == 4 && memcmp(line, "host", name) == 0)
        snprintf(owner->host, sizeof owner->host, "%.*s", (int)sizeof owner->host - 1, value);
    else if (name == 5 && memcmp(line, "since", name) == 0)
        snprintf(owner->since, sizeof owner->since, "%.*s", (int)sizeof owner->since - 1, value);
    else if (name == 7 && memcmp(line, "command", name) == 0)
        memcpy(owner->command, value, sizeof owner->command);
}

void lock_parse_owner(const char *bytes, size_t length, struct lock_owner *owner)
{
    *owner = (struct lock_owner){0};
    while (length > 0) {
        const char *newline = memchr(bytes, '\n', length);
        size_t line = newline ? (size_t)(newline - bytes) : length;
        lock_parse_line(bytes, line, owner);
        size_t used = newline ? line + 1 : line;
        bytes += used;
        length -= used;
    }
}

static void lock_read_owner(int fd, struct lock_owner *owner)
{
    char bytes[LOCK_FILE_MAX];
    ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    lock_parse_owner(bytes, got > 0 ? (size_t)got : 0, owner);
}

int lock_try(struct lock *lock, const char *path, const char *command, struct lock_owner *holder,
             struct err *err)
{
    cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    lock->fd = -1;
    *holder = (struct lock_owner){0};
    if (fd < 0)
        return err_set_errno(err, errno, "make lock %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK)
            return err_set_errno(err, errno, "lock %s", path);
        lock_read_owner(fd, holder);
        return 1;
    }
    lock_write_owner(fd, command);
    lock->fd = STEAL_FD(fd);
    return 0;
}

void lock_release(struct lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

void lock_describe(const struct lock_owner *owner, char *text, size_t size)
{
    if (owner->pid == 0)
        snprintf(text, size, "a process that has not said who it is");
    else
        snprintf(text, size, "pid %" PRId64 " on %s (%s), since %s", owner->pid, owner->host, owner->command,
                 owner->since);
}
