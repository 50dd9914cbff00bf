#include "sandbox/zygote/network.h"

#include "base/cleanup.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int network_isolate(struct wire_failed *failed)
{
    if (unshare(CLONE_NEWNET) < 0)
        return failure_set(failed, WIRE_LAYER_NAMESPACES, errno, "network namespace");
    cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
    memcpy(request.ifr_name, "lo", sizeof "lo");
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        return failure_set(failed, WIRE_LAYER_NAMESPACES, errno, "bring the loopback up");
    return 0;
}

int network_make_socket(int domain, int type)
{
    if ((domain != AF_INET && domain != AF_INET6) || (type != SOCK_STREAM && type != SOCK_DGRAM)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return socket(domain, type | SOCK_CLOEXEC, 0);
}
