#include "sandbox/zygote/plan.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A detached copy of the mount at `path`, restricted by `attr`. -1 and errno. */
static int plan_detach(const char *path, unsigned flags, const struct kernel_mount_attr *attr)
{
    cleanup_fd int fd =
        kernel_open_tree(AT_FDCWD, path, KERNEL_OPEN_TREE_CLONE | KERNEL_OPEN_TREE_CLOEXEC | flags);
    if (fd < 0 || kernel_mount_setattr(fd, "", KERNEL_AT_EMPTY_PATH | flags, attr) < 0)
        return -1;
    return STEAL_FD(fd);
}

static struct kernel_mount_attr plan_attributes(const struct plan *plan, bool writable)
{
    struct kernel_mount_attr attr = {.set = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV};
    if (!writable)
        attr.set |= KERNEL_MOUNT_ATTR_RDONLY;
    if (plan->lane->layer_map >= 0) {
        attr.set |= KERNEL_MOUNT_ATTR_IDMAP;
        attr.userns = (uint64_t)plan->lane->layer_map;
    }
    return attr;
}

static int plan_open_layers(struct plan *plan, struct wire_failed *failed)
{
    struct kernel_mount_attr attr = plan_attributes(plan, false);
    for (size_t i = 0; plan->run->layers[i]; i++) {
        if (i == TEMPLATE_LAYERS)
            return failure_set(failed, WIRE_LAYER_INTERNAL, E2BIG, "more than %d layers", TEMPLATE_LAYERS);
        plan->layers[i] = plan_detach(plan->run->layers[i], 0, &attr);
        if (plan->layers[i] < 0)
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "layer %s", plan->run->layers[i]);
        plan->layer_count = i + 1;
    }
    return 0;
}

static int plan_open_upper(struct plan *plan, struct wire_failed *failed)
{
    if (!plan->run->upper[0])
        return 0;
    const char *slash = strrchr(plan->run->upper, '/');
    cleanup_free char *parent = memory_copy_bytes(plan->run->upper, (size_t)(slash - plan->run->upper));
    /* Of an earlier run with this folder: it would refuse a second mount, in case the host had crashed
     * between (overlayfs.rst, "Volatile mount"). Layers are digested before they are trusted. */
    cleanup_free char *marker = memory_format("%s/work/incompat/volatile", plan->run->upper_work);
    cleanup_free char *dirty = memory_format("%s/dirty", marker);
    if ((unlink(dirty) < 0 && errno != ENOENT) || (rmdir(marker) < 0 && errno != ENOENT))
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "clear %s", marker);
    struct kernel_mount_attr attr = plan_attributes(plan, true);
    plan->upper = plan_detach(parent, 0, &attr);
    if (plan->upper < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "upper folder %s", plan->run->upper);
    return 0;
}

/* One folder further down; made when absent. A link is refused: it could lead anywhere. */
static int plan_descend(int at, const char *name)
{
    if (mkdirat(at, name, 0755) < 0 && errno != EEXIST && errno != EROFS)
        return -1;
    return openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Makes the mount point `target` as far as it lies on the template's own file system: the run sees that only
 * read-only. Elsewhere (/work, /tmp) the run makes it itself.
 */
static int plan_make_target(const struct plan *plan, const char *target, bool folder)
{
    static const char *const own[] = {"work", "tmp", "usr", "proc", "dev"};
    cleanup_free char *copy = memory_copy_string(target);
    cleanup_fd int at = dup(plan->lane->template->root_fd);
    char *rest = copy;
    for (char *name = strsep(&rest, "/"); name && at >= 0; name = strsep(&rest, "/")) {
        if (!*name)
            continue;
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            if (name - copy <= 1 && strcmp(name, own[i]) == 0)
                return 0;
        if (!rest && !folder) {
            cleanup_fd int file = openat(at, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0444);
            return file < 0 ? -1 : 0;
        }
        int next = plan_descend(at, name);
        close(at);
        at = next;
    }
    return at < 0 ? -1 : 0;
}

static int plan_open_mounts(struct plan *plan, struct wire_failed *failed)
{
    plan->mounts = memory_zeroed((plan->run->mount_count + 1) * sizeof *plan->mounts);
    for (size_t i = 0; i < plan->run->mount_count; i++)
        plan->mounts[i] = -1;
    for (size_t i = 0; i < plan->run->mount_count; i++) {
        const struct wire_mount *mount = &plan->run->mounts[i];
        struct kernel_mount_attr attr = {.set = KERNEL_MOUNT_ATTR_NOSUID | KERNEL_MOUNT_ATTR_NODEV};
        /* Only what is writable needs the slot's ids; the rest stays as the host shows it. */
        if (mount->writable)
            attr = plan_attributes(plan, true);
        else
            attr.set |= KERNEL_MOUNT_ATTR_RDONLY;
        struct stat status;
        if (stat(mount->source, &status) < 0 ||
            (plan->mounts[i] = plan_detach(mount->source, KERNEL_AT_RECURSIVE, &attr)) < 0)
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "mount %s", mount->source);
        if (plan_make_target(plan, mount->target, S_ISDIR(status.st_mode)) < 0)
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "mount point %s", mount->target);
    }
    return 0;
}

/* By a read-only mount: a program of the same user could open /proc/self/fd/0 again for writing. */
static int plan_open_stdin(struct plan *plan, struct wire_failed *failed)
{
    const char *path = plan->run->stdin_file;
    if (!path[0])
        return 0;
    struct kernel_mount_attr attr = {.set = KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NODEV};
    struct stat status;
    cleanup_fd int mount = plan_detach(path, 0, &attr);
    if (mount < 0 || fstat(mount, &status) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "stdin from %s", path);
    if (!S_ISREG(status.st_mode))
        return failure_set(failed, WIRE_LAYER_INTERNAL, EINVAL, "stdin from %s", path);
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", mount);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "stdin from %s", path);
    close(plan->stdio[0]);
    plan->stdio[0] = fd;
    return 0;
}

/* Pipes are their maker's: /dev/stdout and /dev/stdin could not be opened by the slot's user (pipe(7),
 * inode(7)). What is no pipe stays as it is. */
static int plan_give_streams(const struct plan *plan, struct wire_failed *failed)
{
    for (size_t i = 0; plan->lane->root && i < 3; i++) {
        struct stat status;
        if (fstat(plan->stdio[i], &status) < 0 ||
            (S_ISFIFO(status.st_mode) && fchown(plan->stdio[i], plan->lane->uid, plan->lane->gid) < 0))
            return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "give descriptor %zu to the run", i);
    }
    return 0;
}

int plan_open(struct plan *plan, struct wire_failed *failed)
{
    plan->upper = -1;
    plan->layer_count = 0;
    plan->mounts = NULL;
    if (plan_open_stdin(plan, failed) < 0 || plan_give_streams(plan, failed) < 0 ||
        plan_open_layers(plan, failed) < 0 || plan_open_upper(plan, failed) < 0)
        return -1;
    return plan_open_mounts(plan, failed);
}

void plan_close(struct plan *plan)
{
    for (size_t i = 0; i < plan->layer_count; i++)
        close(plan->layers[i]);
    if (plan->upper >= 0)
        close(plan->upper);
    for (size_t i = 0; plan->mounts && i < plan->run->mount_count; i++)
        if (plan->mounts[i] >= 0)
            close(plan->mounts[i]);
    free(plan->mounts);
    for (size_t i = 0; i < 3; i++)
        if (plan->stdio[i] >= 0)
            close(plan->stdio[i]);
    if (plan->requests >= 0)
        close(plan->requests);
}
