#include "sandbox/zygote/trial.h"

#include "base/cleanup.h"
#include "sandbox/zygote/identity.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/task.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define TRIAL_POINT "/work"

struct trial {
    const struct wire_setup *setup;  /* root or not */
    const struct template *template; /* where it happens */
    int layer_map;                   /* user namespace to map a layer by, or -1 */
    int error;                       /* errno of the refused step, or 0 */
};

static int trial_map_lower(const struct trial *trial)
{
    cleanup_fd int fd = kernel_open_tree(AT_FDCWD, TEMPLATE_STAGE "/upper/lower",
                                         KERNEL_OPEN_TREE_CLONE | KERNEL_OPEN_TREE_CLOEXEC);
    struct kernel_mount_attr attr = {.set = KERNEL_MOUNT_ATTR_IDMAP, .userns = (uint64_t)trial->layer_map};
    if (fd < 0 || kernel_mount_setattr(fd, "", KERNEL_AT_EMPTY_PATH, &attr) < 0)
        return -1;
    return kernel_attach(fd, TEMPLATE_STAGE "/0");
}

/* An overlay on tmpfs, and rmdir + mkdir over a lower folder: before Linux 6.6 tmpfs lacks user.* attributes.
 */
static int trial_overlay(const struct trial *trial)
{
    static const char folder[] = TRIAL_POINT "/folder";
    const char *options =
        trial->setup->root
            ? "volatile,lowerdir=/.stage/0,upperdir=/.stage/upper/up,workdir=/.stage/upper/work"
            : "volatile,userxattr,lowerdir=/.stage/0,upperdir=/.stage/upper/up,"
              "workdir=/.stage/upper/work";
    if (setns(trial->template->namespace_fd, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ||
        mount("tmpfs", TEMPLATE_STAGE "/upper", "tmpfs", 0, "mode=755") < 0 ||
        mkdir(TEMPLATE_STAGE "/upper/up", 0755) < 0 || mkdir(TEMPLATE_STAGE "/upper/work", 0755) < 0 ||
        mkdir(TEMPLATE_STAGE "/upper/lower", 0755) < 0 ||
        mkdir(TEMPLATE_STAGE "/upper/lower/folder", 0755) < 0)
        return -1;
    if (trial->layer_map >= 0
            ? trial_map_lower(trial) < 0
            : mount(TEMPLATE_STAGE "/upper/lower", TEMPLATE_STAGE "/0", NULL, MS_BIND, NULL) < 0)
        return -1;
    if (mount("overlay", TRIAL_POINT, "overlay", MS_NOSUID | MS_NODEV, options) < 0)
        return -1;
    return trial->layer_map >= 0 ? 0 : rmdir(folder) < 0 || mkdir(folder, 0755) < 0 ? -1 : 0;
}

static int trial_body(void *data)
{
    struct trial *trial = data;
    trial->error = trial_overlay(trial) < 0 ? errno : 0;
    _exit(0);
}

static int trial_start(struct trial *trial)
{
    pid_t pid = task_start(trial_body, trial, 0);
    if (pid < 0)
        return errno;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return trial->error;
}

int trial_run(const struct wire_setup *setup, const struct template *template, struct wire_hello *hello,
              struct wire_failed *failed)
{
    struct trial trial = {.setup = setup, .template = template, .layer_map = -1};
    int error = trial_start(&trial);
    if (error)
        return failure_set(failed, WIRE_LAYER_OVERLAY, error, "try an overlay on a tmpfs");
    hello->overlay = 1;
    if (!setup->root)
        return 0;
    cleanup_fd int map = -1;
    if (identity_make(setup->layer_uid, setup->layer_uid + 1, setup->layer_gid + 1, &map, failed) < 0)
        return -1;
    trial.layer_map = map;
    hello->id_mapped = trial_start(&trial) == 0;
    return 0;
}
