#include "sandbox/corpus/isolate.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static bool isolate_write(const char *path, const char *words)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words);
}

static bool isolate_read_name(const char *path, char name[static 64])
{
    ssize_t length = readlink(path, name, 63);
    name[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static bool isolate_map_own_ids(unsigned uid, unsigned gid)
{
    char map[64];
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    if (!isolate_write("/proc/self/setgroups", "deny") || !isolate_write("/proc/self/gid_map", map))
        return false;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    return isolate_write("/proc/self/uid_map", map);
}

int isolate_mounts(struct err *err)
{
    char before[64];
    char after[64];
    char first[64];
    unsigned uid = geteuid();
    unsigned gid = getegid();
    if (!isolate_read_name("/proc/self/ns/mnt", before))
        return err_set(err, ERR_UNAVAILABLE, "no mount namespace of our own: /proc/self/ns/mnt: %s",
                       strerror(errno));
    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
        (uid != 0 && !isolate_map_own_ids(uid, gid)) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return err_set(err, ERR_UNAVAILABLE, "no mount namespace of our own: %s", strerror(errno));
    if (!isolate_read_name("/proc/self/ns/mnt", after) || strcmp(before, after) == 0 ||
        (isolate_read_name("/proc/1/ns/mnt", first) && strcmp(first, after) == 0))
        return err_set(err, ERR_UNAVAILABLE, "no mount namespace of our own: still in the machine's");
    return 0;
}
