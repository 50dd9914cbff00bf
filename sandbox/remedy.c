#include "sandbox/remedy.h"

#include "base/cleanup.h"
#include "sandbox/landlock.h"
#include "sandbox/privilege.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REMEDY_SETTINGS "/proc/sys/kernel/"
#define REMEDY_SCOPE    "start cupel by `systemd-run --user --scope -p Delegate=yes cupel …`, or as root"

/* Layers as bits. */
#define REMEDY_LAYER(layer) (1u << WIRE_LAYER_##layer)
#define REMEDY_NAMESPACES   (REMEDY_LAYER(USER_NAMESPACE) | REMEDY_LAYER(NAMESPACES))
#define REMEDY_MOUNTS       (REMEDY_LAYER(MOUNTS) | REMEDY_LAYER(PROC) | REMEDY_LAYER(OVERLAY))

/* The first that fits is it. */
struct remedy_rule {
    unsigned layers;       /* REMEDY_LAYER()s that it may explain */
    int error;             /* errno of the refusal, or 0 for any */
    bool (*applies)(void); /* the machine is so; NULL: no more is asked */
    struct remedy remedy;  /* then */
};

long remedy_read_setting(const char *path, long absent)
{
    cleanup_file FILE *file = fopen(path, "re");
    long value;
    return file && fscanf(file, "%ld", &value) == 1 ? value : absent;
}

static bool remedy_is_apparmor(void)
{
    return !privilege_is_root() &&
           remedy_read_setting(REMEDY_SETTINGS "apparmor_restrict_unprivileged_userns", 0) == 1;
}

static bool remedy_is_switched_off(void)
{
    return !privilege_is_root() && remedy_read_setting(REMEDY_SETTINGS "unprivileged_userns_clone", 1) == 0;
}

static bool remedy_is_limited(void)
{
    return remedy_read_setting("/proc/sys/user/max_user_namespaces", 1) == 0;
}

/* The bounding set of a container that is not privileged. */
static bool remedy_lacks_admin(void)
{
    return geteuid() == 0 && prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0;
}

static bool remedy_is_filtered(void)
{
    char line[256];
    cleanup_file FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strcmp(line, "Seccomp:\t2\n") == 0)
            return true;
    return false;
}

static const struct remedy_rule remedy_rules[] = {
    {REMEDY_NAMESPACES | REMEDY_MOUNTS,
     0,
     remedy_is_apparmor,
     {"apparmor-userns", "Ubuntu restricts user namespaces by AppArmor: load the profile that comes with "
                         "cupel by `sudo apparmor_parser "
                         "-r /etc/apparmor.d/cupel-sandbox`, or allow them for everybody by `sudo sysctl "
                         "kernel.apparmor_restrict_unprivileged_userns=0`"}},
    {REMEDY_NAMESPACES,
     0,
     remedy_is_switched_off,
     {"userns-switched-off",
      "user namespaces are switched off: `sudo sysctl kernel.unprivileged_userns_clone=1`"}},
    {REMEDY_NAMESPACES,
     0,
     remedy_is_limited,
     {"userns-limit-zero",
      "user namespaces are limited to none: `sudo sysctl user.max_user_namespaces=10000`"}},
    {REMEDY_LAYER(MOUNTS),
     ENOSYS,
     NULL,
     {"kernel-mount-setattr", "mount_setattr(2) is missing: Linux 5.12 or newer; in a container "
                              "`--security-opt seccomp=unconfined`"}},
    {REMEDY_NAMESPACES | REMEDY_MOUNTS,
     0,
     remedy_lacks_admin,
     {"container-no-sys-admin", "this container may not make namespaces: start it with `--cap-add SYS_ADMIN "
                                "--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
                                "--security-opt systempaths=unconfined`, or run cupel outside"}},
    {REMEDY_LAYER(PROC),
     0,
     NULL,
     {"proc-masked", "something covers parts of /proc, as containers do: start it with `--security-opt "
                     "systempaths=unconfined` (podman: `--security-opt unmask=ALL`)"}},
    {REMEDY_LAYER(OVERLAY),
     ENODEV,
     NULL,
     {"overlay-missing", "the kernel has no overlay file system: `sudo modprobe overlay`"}},
    {REMEDY_NAMESPACES | REMEDY_MOUNTS,
     EPERM,
     remedy_is_filtered,
     {"container-seccomp",
      "a seccomp filter from outside refuses it: start the container with `--security-opt "
      "seccomp=unconfined`"}},
    {REMEDY_LAYER(OVERLAY),
     0,
     NULL,
     {"kernel-overlay-old",
      "overlays by ordinary users need Linux 5.11, and 6.6 for one on tmpfs: a newer kernel, or "
      "run as root"}},
    {REMEDY_LAYER(MOUNTS),
     EACCES,
     NULL,
     {"container-apparmor", "a profile from outside refuses mounts: start the container with `--security-opt "
                            "apparmor=unconfined`"}},
    {REMEDY_LAYER(SECCOMP),
     0,
     NULL,
     {"seccomp-filter",
      "the kernel needs CONFIG_SECCOMP_FILTER, and the rows in policies/seccomp/ must be sound"}},
    {REMEDY_NAMESPACES | REMEDY_MOUNTS,
     0,
     NULL,
     {"namespaces-refused", "run as root, or where user namespaces are allowed; in a container start it with "
                            "`--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt "
                            "apparmor=unconfined`"}},
};

const struct remedy *remedy_for(enum wire_layer layer, int error)
{
    for (size_t i = 0; i < sizeof remedy_rules / sizeof remedy_rules[0]; i++) {
        const struct remedy_rule *rule = &remedy_rules[i];
        if ((rule->layers & 1u << layer) && (!rule->error || rule->error == error) &&
            (!rule->applies || rule->applies()))
            return &rule->remedy;
    }
    return NULL;
}

int remedy_explain(const struct wire_failed *failed, struct err *err)
{
    const struct remedy *remedy = remedy_for(failed->layer, (int)failed->error);
    if (!remedy)
        return err_set_errno(err, (int)failed->error, "sandbox: %s", failed->words);
    return err_set(err, ERR_UNAVAILABLE, "sandbox: %s: %s; %s", failed->words, strerror((int)failed->error),
                   remedy->words);
}

/* Is a file system of this type in view, and can it be written? */
static bool remedy_has_mount(const char *type, bool *writable)
{
    char line[2 * PATH_MAX];
    bool found = false;
    cleanup_file FILE *file = fopen("/proc/self/mounts", "re");
    while (file && fgets(line, sizeof line, file)) {
        char point[PATH_MAX];
        char name[32];
        struct statvfs status;
        if (sscanf(line, "%*s %4095s %31s", point, name) != 2 || strcmp(name, type) != 0)
            continue;
        found = true;
        *writable |= statvfs(point, &status) == 0 && !(status.f_flag & ST_RDONLY);
    }
    return found;
}

const struct remedy *remedy_for_groups(const struct groups *groups)
{
    static const struct remedy none = {
        "cgroup-none",
        "no control groups are mounted: `sudo mount -t cgroup2 none /sys/fs/cgroup`; start a container with "
        "`--cgroupns=private` and a writable /sys/fs/cgroup"};
    static const struct remedy read_only = {
        "cgroup-read-only",
        "control groups are mounted read-only, as containers do: start it with "
        "`--cgroupns=private --privileged` (podman: `--security-opt unmask=/sys/fs/cgroup`)"};
    static const struct remedy bare = {"cgroup2-no-controllers",
                                       "the version 2 hierarchy has no controllers for us: boot with "
                                       "systemd.unified_cgroup_hierarchy=1, or " REMEDY_SCOPE};
    static const struct remedy undelegated = {"cgroup2-not-delegated",
                                              "the group that we are in is not ours: " REMEDY_SCOPE};
    static const struct remedy old = {"cgroup1-only",
                                      "there is no version 2 hierarchy, and version 1 can't be "
                                      "delegated: run as root, or boot with "
                                      "systemd.unified_cgroup_hierarchy=1"};
    bool writable = false;
    bool first = remedy_has_mount("cgroup", &writable);
    bool second = remedy_has_mount("cgroup2", &writable);
    if (!first && !second)
        return &none;
    if (!writable)
        return &read_only;
    if (groups->places[GROUPS_V2].parent)
        return &bare;
    return second ? &undelegated : &old;
}

const struct remedy *remedy_for_core(void)
{
    static const struct remedy listener = {
        "core-pattern-socket", "`sudo sysctl kernel.core_pattern=core`, or a pattern that starts with `|`"};
    cleanup_file FILE *file = fopen(REMEDY_SETTINGS "core_pattern", "re");
    return file && fgetc(file) == '@' ? &listener : NULL;
}

const struct remedy *remedy_for_landlock(int version, int error)
{
    static const struct remedy missing = {"landlock-missing",
                                          "Linux 6.12 or newer with CONFIG_SECURITY_LANDLOCK; in a container "
                                          "`--security-opt seccomp=unconfined`"};
    static const struct remedy off = {"landlock-off",
                                      "boot with `landlock` among the words of lsm= (now: `cat "
                                      "/sys/kernel/security/lsm`)"};
    static const struct remedy old = {"landlock-old", "Linux 6.12 or newer"};
    return version ? &old : error == EOPNOTSUPP ? &off : &missing;
}

const struct remedy *remedy_for_cpu(void)
{
    static const struct remedy counter = {"no-cpu-counter",
                                          "`sudo sysctl kernel.perf_event_paranoid=2`, or " REMEDY_SCOPE};
    return &counter;
}
