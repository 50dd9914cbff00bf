#include "sandbox/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of the oldest distribution that we build on (landlock_create_ruleset(2)). */
#define LANDLOCK_NET_ALL     3u /* bind and connect TCP */
#define LANDLOCK_SCOPE_ALL   3u /* abstract unix sockets and signals */
#define LANDLOCK_ASK_VERSION 1u

struct landlock_ruleset {
    uint64_t files;   /* rights that rules must grant; none of ours, since they would cost every open */
    uint64_t network; /* likewise, since version 4 */
    uint64_t scoped;  /* what ends at the domain's border, since version 6 */
};

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);
    return version > 0 ? (int)version : 0;
}

int landlock_make(bool tcp)
{
    int version = landlock_version();
    struct landlock_ruleset ruleset = {0};
    size_t size = offsetof(struct landlock_ruleset, network);
    if (version >= LANDLOCK_NETWORK_VERSION) {
        ruleset.network = tcp ? 0 : LANDLOCK_NET_ALL;
        size = offsetof(struct landlock_ruleset, scoped);
    }
    if (version >= LANDLOCK_SCOPE_VERSION) {
        ruleset.scoped = LANDLOCK_SCOPE_ALL;
        size = sizeof ruleset;
    }
    if (!ruleset.network && !ruleset.scoped) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

int landlock_enter(int ruleset)
{
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
