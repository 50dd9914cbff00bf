#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static int folder_open_beneath(int root, const char *path, uint64_t flags, uint64_t mode)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static int folder_stamp_owner(int parent, const char *name, const struct folder_stamp *stamp)
{
    return stamp->give_away ? fchownat(parent, name, stamp->uid, stamp->gid, AT_SYMLINK_NOFOLLOW) : 0;
}

/* Opens the parent folder of `path`, making what is missing; *name becomes the last part of the path. */
static int folder_open_parent(int root, const char *path, const char **name, const struct folder_stamp *stamp,
                              struct err *err)
{
    cleanup_fd int folder = folder_open_beneath(root, ".", O_PATH | O_DIRECTORY, 0);
    if (folder < 0)
        return err_set_errno(err, errno, "open the folder for %s", path);
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return STEAL_FD(folder);
    cleanup_free char *parent = memory_copy_bytes(path, (size_t)(slash - path));
    int whole = folder_open_beneath(root, parent, O_PATH | O_DIRECTORY, 0);
    if (whole >= 0)
        return whole;
    if (errno != ENOENT)
        return err_set_errno(err, errno, "open folder %s for %s", parent, path);
    char *rest = NULL;
    for (char *part = strtok_r(parent, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        bool made = mkdirat(folder, part, 0755) == 0;
        if ((!made && errno != EEXIST) || (made && folder_stamp_owner(folder, part, stamp) < 0))
            return err_set_errno(err, errno, "make folder %s for %s", part, path);
        int next = folder_open_beneath(folder, part, O_PATH | O_DIRECTORY, 0);
        if (next < 0)
            return err_set_errno(err, errno, "open folder %s for %s", part, path);
        close(folder);
        folder = next;
    }
    return STEAL_FD(folder);
}

static int folder_write_regular(int parent, const char *name, mode_t mode, const char *bytes, size_t length)
{
    cleanup_fd int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    return folder_write_all(fd, bytes, length) < 0 ? -1 : fchmod(fd, mode);
}

int folder_write_entry(int root, const char *path, uint32_t mode, const void *bytes, size_t length,
                       const struct folder_stamp *stamp, struct err *err)
{
    const char *name;
    cleanup_fd int parent = folder_open_parent(root, path, &name, stamp, err);
    if (parent < 0)
        return err->code;
    int failed;
    if (mode == 0120000) {
        cleanup_free char *target = memory_copy_bytes(bytes, length);
        failed = symlinkat(target, parent, name);
    } else {
        failed = folder_write_regular(parent, name, mode == 0100755 ? 0755 : 0644, bytes, length);
    }
    if (failed < 0 || folder_stamp_owner(parent, name, stamp) < 0)
        return err_set_errno(err, errno, "write %s", path);
    const struct timespec times[2] = {stamp->time, stamp->time};
    if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return err_set_errno(err, errno, "set the time of %s", path);
    return 0;
}

int folder_write_whiteout(int root, const char *path, const struct folder_stamp *stamp, struct err *err)
{
    const char *name;
    cleanup_fd int parent = folder_open_parent(root, path, &name, stamp, err);
    if (parent < 0)
        return err->code;
    if (mknodat(parent, name, S_IFCHR | 0600, makedev(0, 0)) < 0 && errno != EEXIST)
        return err_set_errno(err, errno, "hide %s (overlay whiteout)", path);
    return 0;
}
