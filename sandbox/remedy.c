#include "sandbox/remedy.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

long remedy_read_setting(const char *path, long absent)
{
    cleanup_file FILE *file = fopen(path, "re");
    long value;
    return file && fscanf(file, "%ld", &value) == 1 ? value : absent;
}

static const char *remedy_for_user_namespaces(void)
{
    if (remedy_read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
        return "Ubuntu restricts user namespaces by AppArmor: allow them for cupel-sandbox with a profile "
               "that "
               "has `userns,` (docs/sandbox.md has one), or for everybody with "
               "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`";
    if (remedy_read_setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
        return "user namespaces are switched off: `sudo sysctl kernel.unprivileged_userns_clone=1`";
    if (remedy_read_setting("/proc/sys/user/max_user_namespaces", 1) == 0)
        return "user namespaces are limited to none: `sudo sysctl user.max_user_namespaces=10000`";
    return "run as root, or where user namespaces are allowed; in a container start it with "
           "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`";
}

const char *remedy_for(enum wire_layer layer, int error)
{
    switch (layer) {
    case WIRE_LAYER_USER_NAMESPACE:
        return remedy_for_user_namespaces();
    case WIRE_LAYER_NAMESPACES:
        return geteuid() == 0 ? "a container needs `--cap-add SYS_ADMIN --security-opt seccomp=unconfined`"
                              : remedy_for_user_namespaces();
    case WIRE_LAYER_MOUNTS:
        return error == ENOSYS ? "the kernel is older than 5.12, which has mount_setattr(2)"
                               : "a container needs `--cap-add SYS_ADMIN --security-opt apparmor=unconfined "
                                 "--security-opt seccomp=unconfined`";
    case WIRE_LAYER_PROC:
        return "something covers parts of /proc, as containers do: start it with "
               "`--security-opt systempaths=unconfined`";
    case WIRE_LAYER_OVERLAY:
        return error == ENODEV ? "the kernel has no overlay file system: `sudo modprobe overlay`"
                               : "overlays by ordinary users need Linux 5.11, and 6.6 for one on tmpfs";
    case WIRE_LAYER_SECCOMP:
        return "the kernel needs CONFIG_SECCOMP_FILTER, and the rows in policies/seccomp/ must be sound";
    default:
        return "";
    }
}

int remedy_explain(const struct wire_failed *failed, struct err *err)
{
    const char *remedy = remedy_for(failed->layer, (int)failed->error);
    if (!*remedy)
        return err_set_errno(err, (int)failed->error, "sandbox: %s", failed->words);
    return err_set(err, ERR_UNAVAILABLE, "sandbox: %s: %s; %s", failed->words, strerror((int)failed->error),
                   remedy);
}
