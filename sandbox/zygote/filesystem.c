#include "sandbox/zygote/filesystem.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define FILESYSTEM_INODES 200000 /* of /tmp and /dev/shm each: enough for any build's scratch files */

static int filesystem_copy_template(const struct plan *plan, struct wire_failed *failed)
{
    if (setns(plan->lane->template->namespace_fd, CLONE_NEWNS) < 0 ||
        unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
        return failure_set(failed, WIRE_LAYER_NAMESPACES, errno, "mount namespace of the run");
    return 0;
}

static int filesystem_mount_proc(struct wire_failed *failed)
{
    /* Other processes' entries are hidden, ours first of all (proc(5), hidepid). */
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2") < 0)
        return failure_set(failed, WIRE_LAYER_PROC, errno, "mount a fresh /proc");
    return 0;
}

static int filesystem_mount_scratch(const struct plan *plan, struct wire_failed *failed)
{
    char options[128];
    snprintf(options, sizeof options, "mode=1777,size=%" PRIu64 ",nr_inodes=%d", plan->run->scratch_bytes,
             FILESYSTEM_INODES);
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0 ||
        mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "mount /tmp and /dev/shm");
    return 0;
}

/* An upper that lives as long as the run: folders up and work of a tmpfs of the allowed size. It is mounted
 * where the run's own /tmp will cover it for good. */
static int filesystem_make_upper(const struct plan *plan, struct text *options)
{
    char limits[128];
    snprintf(limits, sizeof limits, "mode=755,size=%" PRIu64 ",nr_inodes=%" PRIu64,
             plan->run->workspace_bytes, plan->run->workspace_files);
    text_append_string(options, ",upperdir=/tmp/up,workdir=/tmp/work");
    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, limits) < 0 || mkdir("/tmp/up", 0755) < 0 ||
        mkdir("/tmp/work", 0755) < 0)
        return -1;
    return chown("/tmp/up", plan->lane->uid, plan->lane->gid);
}

/* A folder by its descriptor: the name that the state folder gave it may hold any character. */
static int filesystem_name_folder(int parent, const char *path, struct text *options)
{
    int fd = openat(parent, strrchr(path, '/') + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        text_printf(options, "/proc/self/fd/%d", fd);
    return fd;
}

static int filesystem_add_upper(struct plan *plan, struct text *options, int fds[static 3])
{
    if (plan->upper < 0) {
        if (filesystem_make_upper(plan, options) < 0)
            return -1;
        plan->upper_view = plan->run->warm ? open("/tmp/up", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        return 0;
    }
    int parent = plan->upper;
    if (!plan->lane->detached) {
        if (kernel_attach(plan->upper, TEMPLATE_STAGE "/upper") < 0)
            return -1;
        parent = fds[2] = open(TEMPLATE_STAGE "/upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    text_append_string(options, ",upperdir=");
    fds[0] = filesystem_name_folder(parent, plan->run->upper, options);
    if (plan->run->warm)
        plan->upper_view = openat(fds[0], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_append_string(options, ",workdir=");
    fds[1] = filesystem_name_folder(parent, plan->run->upper_work, options);
    return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

/* Since Linux 6.15 an overlay takes detached mounts; before, they must stand somewhere. */
static int filesystem_add_layers(const struct plan *plan, struct text *options)
{
    text_append_string(options, ",lowerdir=");
    for (size_t i = 0; i < plan->layer_count; i++) {
        char path[64];
        if (plan->lane->detached) {
            snprintf(path, sizeof path, "/proc/self/fd/%d", plan->layers[i]);
        } else {
            snprintf(path, sizeof path, TEMPLATE_STAGE "/%zu", i);
            if (kernel_attach(plan->layers[i], path) < 0)
                return -1;
        }
        text_printf(options, "%s%s", i ? ":" : "", path);
    }
    return 0;
}

static int filesystem_mount_workspace(struct plan *plan, struct wire_failed *failed)
{
    cleanup_text struct text options = {0};
    text_append_string(&options, "volatile,uuid=off,xino=off,index=off,metacopy=off,redirect_dir=nofollow");
    if (!plan->lane->root)
        text_append_string(&options, ",userxattr");
    int fds[3] = {-1, -1, -1};
    int code = filesystem_add_layers(plan, &options);
    if (code == 0)
        code = filesystem_add_upper(plan, &options, fds);
    if (code == 0)
        code = mount("overlay", SANDBOX_WORKSPACE, "overlay", MS_NOSUID | MS_NODEV, text_string(&options));
    int error = errno;
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return code < 0 ? failure_set(failed, WIRE_LAYER_OVERLAY, error, "mount the workspace (%s)",
                                  text_string(&options))
                    : 0;
}

/* Walks to the mount point inside, making what is missing as the run's own user. -1 and errno. */
static int filesystem_make_target(const char *target, bool folder)
{
    cleanup_free char *copy = memory_copy_string(target);
    cleanup_fd int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *rest = copy;
    for (char *name = strsep(&rest, "/"); name && at >= 0; name = strsep(&rest, "/")) {
        if (!*name)
            continue;
        bool last_file = !rest && !folder;
        int next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (last_file ? 0 : O_DIRECTORY));
        if (next < 0 && errno == ENOENT) {
            if (last_file)
                next = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
            else if (mkdirat(at, name, 0755) == 0)
                next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        int error = errno;
        close(at);
        at = next;
        errno = error;
    }
    return at < 0 ? -1 : 0;
}

static int filesystem_attach_mounts(const struct plan *plan, struct wire_failed *failed)
{
    for (size_t i = 0; i < plan->run->mount_count; i++) {
        struct stat status;
        if (fstat(plan->mounts[i], &status) < 0)
            return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "mount %s", plan->run->mounts[i].source);
        setfsuid(plan->lane->uid);
        setfsgid(plan->lane->gid);
        int code = filesystem_make_target(plan->run->mounts[i].target, S_ISDIR(status.st_mode));
        int error = errno;
        setfsuid(geteuid());
        setfsgid(getegid());
        if (code < 0)
            return failure_set(failed, WIRE_LAYER_MOUNTS, error, "mount point %s",
                               plan->run->mounts[i].target);
        if (kernel_attach(plan->mounts[i], plan->run->mounts[i].target) < 0)
            return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "mount %s at %s",
                               plan->run->mounts[i].source, plan->run->mounts[i].target);
    }
    return 0;
}

int filesystem_enter(struct plan *plan, struct wire_failed *failed)
{
    umask(022);
    if (filesystem_copy_template(plan, failed) < 0 || filesystem_mount_proc(failed) < 0 ||
        filesystem_mount_workspace(plan, failed) < 0 || filesystem_mount_scratch(plan, failed) < 0)
        return -1;
    /* The overlay holds its own copies of layers and upper; one detach takes the stage with all of them. It
     * waits for every CPU (an RCU grace period), so it is done only where something stands there. */
    if (!plan->lane->detached && umount2(TEMPLATE_STAGE, MNT_DETACH) < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "clear the stage");
    return filesystem_attach_mounts(plan, failed);
}
