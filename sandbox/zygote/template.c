#include "sandbox/zygote/template.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/zygote/etc.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/system.h"
#include "sandbox/zygote/task.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define TEMPLATE_BASE  "/tmp" /* is there on every host, and nothing of it is wanted inside */
#define TEMPLATE_EMPTY TEMPLATE_BASE TEMPLATE_STAGE /* until the stage is mounted there */

struct template_work {
    struct template *out;       /* descriptors for the caller */
    struct wire_failed *failed; /* why not */
    bool root;                  /* device nodes can be made */
};

struct template_device {
    const char *name; /* below /dev */
    unsigned minor;   /* its number */
    unsigned major;   /* its driver */
};

static const struct template_device template_devices[] = {
    {"null", 3, 1}, {"zero", 5, 1}, {"full", 7, 1}, {"random", 8, 1}, {"urandom", 9, 1}, {"tty", 0, 5},
};

static const char *const template_folders[] = {"usr",  "etc", "dev", "proc", "tmp",
                                               "work", "run", "var", "sys",  ".stage"};

/* On merged-usr systems these are links into /usr, elsewhere folders of their own. */
static const char *const template_system[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

static int template_fail(struct template_work *work, const char *step)
{
    return failure_set(work->failed, WIRE_LAYER_MOUNTS, errno, "template: %s", step);
}

static int template_make_base(struct template_work *work)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return template_fail(work, "mount namespace");
    work->out->namespace_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (work->out->namespace_fd < 0)
        return template_fail(work, "open the mount namespace");
    if (mount("tmpfs", TEMPLATE_BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=32m,nr_inodes=65536") < 0)
        return template_fail(work, "mount the root");
    work->out->root_fd = open(TEMPLATE_BASE, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (work->out->root_fd < 0)
        return template_fail(work, "open the root");
    for (size_t i = 0; i < sizeof template_folders / sizeof template_folders[0]; i++)
        if (mkdirat(work->out->root_fd, template_folders[i], 0755) < 0)
            return template_fail(work, template_folders[i]);
    if (symlinkat("/tmp", work->out->root_fd, "var/tmp") < 0)
        return template_fail(work, "link /var/tmp");
    /* A second mount of the same tmpfs becomes the root and read-only; the first one stays ours. */
    if (mount(TEMPLATE_BASE, TEMPLATE_BASE, NULL, MS_BIND, NULL) < 0)
        return template_fail(work, "bind the root");
    return 0;
}

static int template_mount_system(struct template_work *work)
{
    bool *shared = &work->out->shared;
    if (system_show("/usr", TEMPLATE_BASE "/usr", TEMPLATE_EMPTY, shared) < 0)
        return template_fail(work, "mount /usr");
    for (size_t i = 0; i < sizeof template_system / sizeof template_system[0]; i++) {
        cleanup_free char *from = memory_format("/%s", template_system[i]);
        cleanup_free char *to = memory_format(TEMPLATE_BASE "/%s", template_system[i]);
        struct stat status;
        if (lstat(from, &status) < 0)
            continue;
        char target[PATH_MAX];
        ssize_t length = readlink(from, target, sizeof target - 1);
        if (length >= 0) {
            target[length] = '\0';
            if (symlink(target, to) < 0)
                return template_fail(work, from);
        } else if (mkdir(to, 0755) < 0 || system_show(from, to, TEMPLATE_EMPTY, shared) < 0) {
            return template_fail(work, from);
        }
    }
    return etc_fill(TEMPLATE_BASE, TEMPLATE_EMPTY, shared, work->failed);
}

static int template_make_stage(struct template_work *work)
{
    if (mount("tmpfs", TEMPLATE_BASE TEMPLATE_STAGE, "tmpfs", MS_NOSUID | MS_NODEV,
              "mode=700,nr_inodes=128") < 0)
        return template_fail(work, "mount the stage");
    for (int i = 0; i < TEMPLATE_LAYERS; i++) {
        char path[64];
        snprintf(path, sizeof path, TEMPLATE_BASE TEMPLATE_STAGE "/%d", i);
        if (mkdir(path, 0700) < 0)
            return template_fail(work, path);
    }
    if (mkdir(TEMPLATE_BASE TEMPLATE_STAGE "/upper", 0700) < 0)
        return template_fail(work, "folders of the stage");
    /* An ordinary user may mount a fresh proc only where one is visible
     * already (mount_namespaces(7)). The run's own covers it. */
    if (!work->root &&
        mount("proc", TEMPLATE_BASE "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return failure_set(work->failed, WIRE_LAYER_PROC, errno, "template: mount proc");
    return 0;
}

static int template_make_device(const struct template_work *work, const struct template_device *device)
{
    cleanup_free char *from = memory_format("/dev/%s", device->name);
    cleanup_free char *to = memory_format(TEMPLATE_BASE "/dev/%s", device->name);
    if (work->root)
        return mknod(to, S_IFCHR | 0666, makedev(device->major, device->minor)) == 0 && chmod(to, 0666) == 0
                   ? 0
                   : -1;
    cleanup_fd int fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && mount(from, to, NULL, MS_BIND, NULL) == 0 ? 0 : -1;
}

static int template_make_devices(struct template_work *work)
{
    static const char *const links[][2] = {{"/proc/self/fd", "fd"},
                                           {"/proc/self/fd/0", "stdin"},
                                           {"/proc/self/fd/1", "stdout"},
                                           {"/proc/self/fd/2", "stderr"}};
    if (mount("tmpfs", TEMPLATE_BASE "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC,
              "mode=755,nr_inodes=64,size=64k") < 0)
        return template_fail(work, "mount /dev");
    for (size_t i = 0; i < sizeof template_devices / sizeof template_devices[0]; i++)
        if (template_make_device(work, &template_devices[i]) < 0)
            return template_fail(work, template_devices[i].name);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        cleanup_free char *path = memory_format(TEMPLATE_BASE "/dev/%s", links[i][1]);
        if (symlink(links[i][0], path) < 0)
            return template_fail(work, path);
    }
    if (mkdir(TEMPLATE_BASE "/dev/shm", 0755) < 0)
        return template_fail(work, "/dev/shm");
    return 0;
}

static int template_restrict(struct template_work *work, const char *path, uint64_t attributes)
{
    struct kernel_mount_attr attr = {.set = attributes};
    return kernel_mount_setattr(AT_FDCWD, path, KERNEL_AT_RECURSIVE, &attr) < 0
               ? template_fail(work, "make the system read-only")
               : 0;
}

static int template_enter(struct template_work *work)
{
    if (chdir(TEMPLATE_BASE) < 0 || kernel_pivot_root(".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
        return template_fail(work, "leave the host's root");
    return 0;
}

static int template_body(void *data)
{
    struct template_work *work = data;
    const uint64_t read_only = KERNEL_MOUNT_ATTR_RDONLY | KERNEL_MOUNT_ATTR_NOSUID;
    umask(022);
    if (template_make_base(work) < 0 || template_mount_system(work) < 0 || template_make_stage(work) < 0 ||
        template_restrict(work, TEMPLATE_BASE, read_only | KERNEL_MOUNT_ATTR_NODEV) < 0 ||
        template_make_devices(work) < 0 ||
        template_restrict(work, TEMPLATE_BASE "/dev", read_only | KERNEL_MOUNT_ATTR_NOEXEC) < 0 ||
        template_enter(work) < 0)
        _exit(1);
    _exit(0);
}

int template_build(struct template *out, bool root, struct wire_failed *failed)
{
    struct template_work work = {.out = out, .failed = failed, .root = root};
    *out = (struct template){.namespace_fd = -1, .root_fd = -1};
    pid_t pid = task_start(template_body, &work, CLONE_FILES);
    if (pid < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "template: start");
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
