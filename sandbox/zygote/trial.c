#include "sandbox/zygote/trial.h"

#include "base/cleanup.h"
#include "sandbox/zygote/identity.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/task.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define TRIAL_POINT "/work"

struct trial {
    const struct wire_setup *setup;  /* root or not */
    const struct template *template; /* where it happens */
    int layer_map;                   /* user namespace to map a layer by, or -1 */
    bool detached;                   /* the layer is mounted nowhere */
    bool opaque;                     /* a lower folder can be replaced */
    int error;                       /* errno of the refused step, or 0 */
};

/* The stage's tmpfs once more, with its ids mapped when there is a map: detached, or at TEMPLATE_STAGE/0. */
static int trial_show(const struct trial *trial, char path[static 64])
{
    int fd = kernel_open_tree(AT_FDCWD, TEMPLATE_STAGE "/upper",
                              KERNEL_OPEN_TREE_CLONE | KERNEL_OPEN_TREE_CLOEXEC);
    struct kernel_mount_attr attr = {.set = KERNEL_MOUNT_ATTR_NOSUID};
    if (trial->layer_map >= 0) {
        attr.set |= KERNEL_MOUNT_ATTR_IDMAP;
        attr.userns = (uint64_t)trial->layer_map;
    }
    if (fd < 0 || kernel_mount_setattr(fd, "", KERNEL_AT_EMPTY_PATH, &attr) < 0)
        return -1;
    /* Never closed here: the trial's process ends soon. */
    snprintf(path, 64, trial->detached ? "/proc/self/fd/%d" : TEMPLATE_STAGE "/0", fd);
    return trial->detached ? 0 : kernel_attach(fd, TEMPLATE_STAGE "/0");
}

/* An overlay on tmpfs, and rmdir + mkdir over a lower folder:
 * before Linux 6.6 tmpfs lacks user.* attributes. */
static int trial_overlay(struct trial *trial)
{
    static const char *const folders[] = {"/up", "/work", "/lower", "/lower/folder"};
    char shown[64];
    char options[512];
    if (setns(trial->template->namespace_fd, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ||
        mount("tmpfs", TEMPLATE_STAGE "/upper", "tmpfs", 0, "mode=755") < 0)
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, TEMPLATE_STAGE "/upper%s", folders[i]);
        if (mkdir(path, 0755) < 0)
            return -1;
    }
    if (trial_show(trial, shown) < 0)
        return -1;
    snprintf(options, sizeof options, "volatile,lowerdir=%s/lower,upperdir=%s/up,workdir=%s/work%s", shown,
             shown, shown, trial->setup->root ? "" : ",userxattr");
    if (mount("overlay", TRIAL_POINT, "overlay", MS_NOSUID | MS_NODEV, options) < 0)
        return -1;
    trial->opaque = rmdir(TRIAL_POINT "/folder") == 0 && mkdir(TRIAL_POINT "/folder", 0755) == 0;
    return 0;
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
              bool *detached, struct wire_failed *failed)
{
    struct trial trial = {.setup = setup, .template = template, .layer_map = -1, .detached = true};
    int error = trial_start(&trial);
    if (error) {
        trial.detached = false;
        error = trial_start(&trial);
    }
    if (error)
        return failure_set(failed, WIRE_LAYER_OVERLAY, error, "try an overlay on a tmpfs");
    hello->overlay = trial.opaque;
    *detached = trial.detached;
    if (!setup->root)
        return 0;
    cleanup_fd int map = -1;
    struct identity_map ids = {.inside = setup->layer_uid,
                               .uid = setup->layer_uid + 1,
                               .gid = setup->layer_gid + 1,
                               .keep_root = true};
    if (identity_make(&ids, &map, failed) < 0)
        return -1;
    trial.layer_map = map;
    hello->id_mapped = trial_start(&trial) == 0 && trial.opaque;
    return 0;
}
