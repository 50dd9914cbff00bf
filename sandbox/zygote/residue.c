#include "sandbox/zygote/residue.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESIDUE_NO_ENTRIES 48 /* bytes of "." and "..", as getdents(2) gives them */

/* The ipc namespace's message queues; -1 where the kernel has none (mq_overview(7)). */
static int residue_open_queues(void)
{
    cleanup_fd int context = (int)syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC);
    if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    cleanup_fd int mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    return mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int residue_look_at_pipe(int fd, struct residue_pipe *out)
{
    struct stat status;
    out->flags = fcntl(fd, F_GETFL);
    out->bytes = fcntl(fd, F_GETPIPE_SZ);
    if (out->flags < 0 || out->bytes < 0 || fstat(fd, &status) < 0)
        return -1;
    out->mode = status.st_mode;
    return 0;
}

int residue_open(struct residue *residue, int upper)
{
    struct residue_folder *folders = residue->folders;
    folders[RESIDUE_TMP].fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folders[RESIDUE_SHM].fd = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folders[RESIDUE_UPPER].fd = upper;
    folders[RESIDUE_QUEUES].fd = residue_open_queues();
    const bool no_queues = folders[RESIDUE_QUEUES].fd < 0 && errno == ENODEV;
    for (int i = 0; i < RESIDUE_PLACES; i++)
        if (!(i == RESIDUE_QUEUES && no_queues) && fstat(folders[i].fd, &folders[i].first) < 0)
            return -1;
    for (int i = 0; i < 2; i++)
        if (residue_look_at_pipe(1 + i, &residue->pipes[i]) < 0)
            return -1;
    residue->policy = sched_getscheduler(0);
    return residue->policy < 0 ? -1 : 0;
}

static bool residue_is_empty(const struct residue_folder *folder)
{
    char entries[512];
    struct stat now;
    if (folder->fd < 0)
        return true;
    if (fstat(folder->fd, &now) < 0 || now.st_mode != folder->first.st_mode ||
        lseek(folder->fd, 0, SEEK_SET) < 0)
        return false;
    ssize_t length = syscall(SYS_getdents64, folder->fd, entries, sizeof entries);
    return length >= 0 && length <= RESIDUE_NO_ENTRIES;
}

/* The workspace is the program's own, so that its other attributes can carry something as well. */
static bool residue_is_untouched(const struct residue_folder *folder)
{
    struct stat now;
    return fstat(folder->fd, &now) == 0 && now.st_ctim.tv_sec == folder->first.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == folder->first.st_ctim.tv_nsec;
}

static bool residue_is_same_pipe(int fd, const struct residue_pipe *first)
{
    struct residue_pipe now;
    return residue_look_at_pipe(fd, &now) == 0 && now.flags == first->flags && now.bytes == first->bytes &&
           now.mode == first->mode;
}

static bool residue_has_objects(void)
{
    struct shm_info memory;
    struct seminfo semaphores;
    struct msginfo messages;
    return shmctl(0, SHM_INFO, (struct shmid_ds *)&memory) < 0 || memory.used_ids ||
           semctl(0, 0, SEM_INFO, &semaphores) < 0 || semaphores.semusz ||
           msgctl(0, MSG_INFO, (struct msqid_ds *)&messages) < 0 || messages.msgpool;
}

bool residue_is_none(const struct residue *residue)
{
    for (int i = 0; i < RESIDUE_PLACES; i++)
        if (!residue_is_empty(&residue->folders[i]))
            return false;
    for (int i = 0; i < 2; i++)
        if (!residue_is_same_pipe(1 + i, &residue->pipes[i]))
            return false;
    return residue_is_untouched(&residue->folders[RESIDUE_UPPER]) && !residue_has_objects() &&
           sched_getscheduler(0) == residue->policy;
}
