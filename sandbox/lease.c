#include "sandbox/lease.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

/* Dying processes leave their group a little later: on a machine under load, seconds. */
#define LEASE_PATIENCE_MS 10000
#define LEASE_PAUSE_MAX   50 /* ms; the first pause is one */

int lease_take(const char *path)
{
    cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    return STEAL_FD(fd);
}

int lease_add(int lease, const char *folder)
{
    cleanup_free char *line = memory_format("%s\n", folder);
    return write(lease, line, strlen(line)) == (ssize_t)strlen(line) ? 0 : -1;
}

static void lease_kill(const char *folder)
{
    cleanup_free char *path = memory_format("%s/cgroup.kill", folder);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)!write(fd, "1", 1); /* v1 and old kernels lack it; the pid namespace has killed them already */
}

/* A group folder holds only groups, one level of them; their files go with them. */
static bool lease_remove_once(const char *folder)
{
    cleanup_dir DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            (void)!unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    return rmdir(folder) == 0 || errno == ENOENT;
}

static bool lease_is_group(const char *folder)
{
    cleanup_free char *members = memory_format("%s/cgroup.procs", folder);
    return access(members, F_OK) == 0;
}

static bool lease_remove(const char *folder)
{
    const char *name = strrchr(folder, '/');
    if (!name || strncmp(name, "/cupel-", 7) != 0)
        return true; /* nothing of ours */
    if (!lease_is_group(folder)) {
        struct err ignored;
        return folder_remove(folder, &ignored) == 0;
    }
    lease_kill(folder);
    int pause = 1;
    for (int waited = 0; !lease_remove_once(folder); waited += pause) {
        if (waited >= LEASE_PATIENCE_MS)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = pause * 1000000L}, NULL);
        pause = pause < LEASE_PAUSE_MAX ? 2 * pause : LEASE_PAUSE_MAX;
    }
    return true;
}

void lease_release(const char *path)
{
    cleanup_file FILE *file = fopen(path, "re");
    if (!file || flock(fileno(file), LOCK_EX | LOCK_NB) < 0)
        return;
    bool clean = true;
    char line[PATH_MAX];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        clean = lease_remove(line) && clean;
    }
    if (clean)
        unlink(path);
}

void lease_sweep(const char *folder)
{
    cleanup_dir DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, "cupel-", 6) != 0)
            continue;
        cleanup_free char *path = memory_format("%s/%s", folder, entry->d_name);
        lease_release(path);
    }
}
