#include "sandbox/zygote/identity.h"

#include "base/cleanup.h"
#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int identity_write(const char *path, const char *words)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t length = strlen(words);
    return fd >= 0 && write(fd, words, length) == (ssize_t)length ? 0 : -1;
}

int identity_enter_own(struct wire_failed *failed)
{
    char uid_map[64];
    char gid_map[64];
    snprintf(uid_map, sizeof uid_map, "0 %u 1\n", (unsigned)geteuid());
    snprintf(gid_map, sizeof gid_map, "0 %u 1\n", (unsigned)getegid());
    if (unshare(CLONE_NEWUSER) < 0)
        return failure_set(failed, WIRE_LAYER_USER_NAMESPACE, errno, "make a user namespace");
    if (identity_write("/proc/self/setgroups", "deny") < 0 ||
        identity_write("/proc/self/gid_map", gid_map) < 0 ||
        identity_write("/proc/self/uid_map", uid_map) < 0)
        return failure_set(failed, WIRE_LAYER_USER_NAMESPACE, errno,
                           "write the id map of our user namespace");
    return 0;
}

static void identity_hold(void)
{
    /* Our parent writes the maps by /proc/PID, whose files belong to the global root while undumpable. */
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* No user namespace below this one, should a filter ever let the call through (user_namespaces(7)). */
    (void)identity_write("/proc/sys/user/max_user_namespaces", "0");
    raise(SIGSTOP);
    _exit(0);
}

static int identity_map_child(pid_t pid, const struct identity_map *ids)
{
    char path[64];
    char map[64];
    const char *root = ids->keep_root ? "0 0 1\n" : "";
    snprintf(path, sizeof path, "/proc/%d/gid_map", (int)pid);
    snprintf(map, sizeof map, "%s%u %u 1\n", root, (unsigned)ids->inside, (unsigned)ids->gid);
    if (identity_write(path, map) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/uid_map", (int)pid);
    snprintf(map, sizeof map, "%s%u %u 1\n", root, (unsigned)ids->inside, (unsigned)ids->uid);
    if (identity_write(path, map) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

int identity_make(const struct identity_map *ids, int *out, struct wire_failed *failed)
{
    struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    pid_t pid = kernel_clone3(&args);
    if (pid < 0)
        return failure_set(failed, WIRE_LAYER_USER_NAMESPACE, errno, "make a user namespace for a slot");
    if (pid == 0)
        identity_hold();
    int status;
    while (waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR)
        continue;
    int fd = identity_map_child(pid, ids);
    int error = errno;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (fd < 0)
        return failure_set(failed, WIRE_LAYER_USER_NAMESPACE, error, "map the ids of a slot");
    *out = fd;
    return 0;
}
