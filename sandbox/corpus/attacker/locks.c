/*
 * What two sandboxes could tell each other through a file that both see and neither can write: locks and
 * watches belong to an inode, and ask for no right to it.
 */
#include "attacker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOCKS_WATCH_MS 1000 /* the other opens the files many times meanwhile */

/* Of the system, generated, a device, and what every run gets as its input. */
static const char *const locks_paths[] = {"/usr/bin/env", "/etc/passwd", "/dev/null", "/proc/self/fd/0", "/"};
enum { LOCKS_SYSTEM, LOCKS_ETC, LOCKS_DEVICE, LOCKS_INPUT, LOCKS_ROOT, LOCKS_PATHS };

void attacker_lock(void)
{
    for (size_t i = 0; i < LOCKS_PATHS; i++) {
        struct flock region = {.l_type = F_RDLCK};
        int file = open(locks_paths[i], O_RDONLY | O_CLOEXEC); /* kept open until the end */
        (void)flock(file, LOCK_EX | LOCK_NB);
        (void)fcntl(file, F_SETLK, &region);
    }
}

void attacker_touch(void)
{
    close(open(locks_paths[LOCKS_SYSTEM], O_RDONLY | O_CLOEXEC));
}

/* 0 when the lock of somebody else can be felt, else -1 and ENOENT. */
static long locks_feel(size_t path)
{
    int file = open(locks_paths[path], O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    int taken = flock(file, LOCK_EX | LOCK_NB);
    if (taken < 0 && errno != EWOULDBLOCK)
        return -1;
    errno = ENOENT;
    return taken < 0 ? 0 : -1;
}

static long attack_find_lock(void)
{
    return locks_feel(LOCKS_SYSTEM);
}

static long attack_find_etc_lock(void)
{
    return locks_feel(LOCKS_ETC) == 0 ? 0 : locks_feel(LOCKS_ROOT);
}

static long attack_find_device_lock(void)
{
    return locks_feel(LOCKS_DEVICE);
}

static long attack_find_input_lock(void)
{
    return locks_feel(LOCKS_INPUT);
}

/* Asking who holds one needs less than taking it: a read-only descriptor may ask for a writer's. */
static long attack_find_region(void)
{
    for (size_t i = 0; i <= LOCKS_ETC; i++) {
        struct flock region = {.l_type = F_WRLCK};
        int file = open(locks_paths[i], O_RDONLY | O_CLOEXEC);
        if (file < 0 || fcntl(file, F_GETLK, &region) < 0)
            return -1;
        if (region.l_type != F_UNLCK)
            return 0;
    }
    errno = ENOENT;
    return -1;
}

static long attack_find_opening(void)
{
    int watch = inotify_init1(IN_CLOEXEC);
    struct pollfd polled = {.fd = watch, .events = POLLIN};
    if (watch < 0 || inotify_add_watch(watch, locks_paths[LOCKS_SYSTEM], IN_OPEN) < 0)
        return -1;
    int ready = poll(&polled, 1, LOCKS_WATCH_MS);
    errno = ENOENT;
    return ready == 1 ? 0 : -1;
}

const struct attack attacks_on_locks[] = {
    {"find-lock", attack_find_lock},
    {"find-etc-lock", attack_find_etc_lock},
    {"find-device-lock", attack_find_device_lock},
    {"find-input-lock", attack_find_input_lock},
    {"find-region", attack_find_region},
    {"find-opening", attack_find_opening},
    {NULL, NULL},
};
