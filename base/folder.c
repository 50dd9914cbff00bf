#include "base/folder.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int folder_make(const char *path, mode_t mode, struct err *err)
{
    cleanup_free char *copy = memory_copy_string(path);
    for (char *slash = copy + 1;; slash++) {
        if (*slash != '/' && *slash != '\0')
            continue;
        char kept = *slash;
        *slash = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return err_set_errno(err, errno, "make folder %s", copy);
        *slash = kept;
        if (kept == '\0')
            break;
    }
    struct stat status;
    if (stat(path, &status) < 0)
        return err_set_errno(err, errno, "make folder %s", path);
    if (!S_ISDIR(status.st_mode))
        return err_set(err, ERR_INVALID, "%s: is there and is no folder", path);
    return 0;
}

static bool folder_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Empties folder `name` of `top`: files go, folders in it move up into `top` under new names. */
static int folder_flatten(int top, const char *name, unsigned long *serial, struct err *err)
{
    fchmodat(top, name, 0700, 0);
    int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "open %s to remove it", name);
    cleanup_dir DIR *inside = fdopendir(fd);
    if (!inside) {
        close(fd);
        return err_set_errno(err, errno, "list %s", name);
    }
    struct dirent *entry;
    while ((entry = readdir(inside))) {
        if (folder_is_dots(entry->d_name))
            continue;
        if (unlinkat(fd, entry->d_name, 0) == 0 || unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0)
            continue;
        /* A folder that is moved must be writable itself: its ".." changes. */
        fchmodat(fd, entry->d_name, 0700, 0);
        char moved[48];
        int failed;
        do {
            snprintf(moved, sizeof moved, ".cupel-remove-%lu", (*serial)++);
            failed = renameat2(fd, entry->d_name, top, moved, RENAME_NOREPLACE);
        } while (failed < 0 && errno == EEXIST);
        if (failed < 0)
            return err_set_errno(err, errno, "remove %s in %s", entry->d_name, name);
    }
    if (unlinkat(top, name, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY && errno != EEXIST)
        return err_set_errno(err, errno, "remove folder %s", name);
    return 0;
}

int folder_empty(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "open %s", path);
    cleanup_dir DIR *top = fdopendir(fd);
    if (!top) {
        close(fd);
        return err_set_errno(err, errno, "list %s", path);
    }
    unsigned long serial = 0;
    for (bool found = true; found;) {
        found = false;
        rewinddir(top);
        struct dirent *entry;
        while ((entry = readdir(top))) {
            if (folder_is_dots(entry->d_name))
                continue;
            found = true;
            if (unlinkat(fd, entry->d_name, 0) == 0 || unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0)
                continue;
            if (folder_flatten(fd, entry->d_name, &serial, err) < 0)
                return err_wrap(err, "empty %s", path);
        }
    }
    return 0;
}

int folder_remove(const char *path, struct err *err)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : err_set_errno(err, errno, "remove %s", path);
    if (!S_ISDIR(status.st_mode))
        return unlink(path) < 0 ? err_set_errno(err, errno, "remove %s", path) : 0;
    chmod(path, 0700);
    if (folder_empty(path, err) < 0)
        return err->code;
    return rmdir(path) < 0 ? err_set_errno(err, errno, "remove folder %s", path) : 0;
}

int folder_read_file(const char *path, size_t limit, char **bytes, size_t *length, struct err *err)
{
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "%s: no such file", path);
    if (fd < 0)
        return err_set_errno(err, errno, "open %s", path);
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        return err_set(err, ERR_INVALID, "%s: is a folder, a file was expected", path);
    size_t capacity = 65536;
    size_t used = 0;
    cleanup_free char *buffer = memory_resize(NULL, capacity + 1, 1);
    for (;;) {
        ssize_t got = read(fd, buffer + used, capacity - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "read %s", path);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit)
            return err_set(err, ERR_LIMIT, "%s: longer than %zu bytes, which is the limit", path, limit);
        if (used == capacity) {
            capacity *= 2;
            buffer = memory_resize(buffer, capacity + 1, 1);
        }
    }
    buffer[used] = '\0';
    *bytes = STEAL(buffer);
    *length = used;
    return 0;
}

int folder_write_all(int fd, const void *bytes, size_t length)
{
    const char *rest = bytes;
    while (length > 0) {
        ssize_t put = write(fd, rest, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        rest += put;
        length -= (size_t)put;
    }
    return 0;
}

int folder_replace_file(const char *path, const void *bytes, size_t length, struct err *err)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent =
        slash ? memory_copy_bytes(path, (size_t)(slash - path)) : memory_copy_string(".");
    cleanup_free char *temporary = memory_format("%s.%ld.tmp", path, (long)getpid());
    cleanup_fd int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return err_set_errno(err, errno, "create %s", temporary);
    if (folder_write_all(fd, bytes, length) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0) {
        int saved = errno;
        unlink(temporary);
        return err_set_errno(err, saved, "write %s", path);
    }
    cleanup_fd int folder = open(*parent ? parent : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || fsync(folder) < 0)
        return err_set_errno(err, errno, "sync the folder of %s", path);
    return 0;
}
