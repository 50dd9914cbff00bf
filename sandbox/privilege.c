#include "sandbox/privilege.h"

#include "base/cleanup.h"
#include "sandbox/sandbox.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Root of a user namespace can neither make device nodes nor overlays with trusted attributes: an ordinary
 * user with another name (user_namespaces(7)). */
static bool privilege_is_mapped(void)
{
    unsigned long inside;
    unsigned long outside;
    unsigned long count;
    cleanup_file FILE *file = fopen("/proc/self/uid_map", "re");
    return file && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
           (inside != 0 || outside != 0 || count < UINT32_MAX);
}

bool privilege_is_root(void)
{
    static const int needed[] = {CAP_SYS_ADMIN, CAP_SETUID,    CAP_SETGID,
                                 CAP_CHOWN,     CAP_NET_ADMIN, CAP_SETPCAP};
    if (geteuid() != 0 || privilege_is_mapped())
        return false;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    if (syscall(SYS_capget, &header, data) < 0)
        return false;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!(data[CAP_TO_INDEX(needed[i])].effective & CAP_TO_MASK(needed[i])))
            return false;
    return true;
}

void sandbox_layer_owner(uid_t *uid, gid_t *gid)
{
    bool root = privilege_is_root();
    *uid = root ? PRIVILEGE_LAYER_ID : geteuid();
    *gid = root ? PRIVILEGE_LAYER_ID : getegid();
}
