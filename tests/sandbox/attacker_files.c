/* The file system: what is outside the workspace, and how much fits in. */
#include "attacker.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static long attack_open_by_handle(void)
{
    uint32_t handle[8] = {8, 1};
    return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
}

static long attack_mount(void)
{
    return mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

static long attack_umount(void)
{
    return umount2("/proc", MNT_DETACH);
}

static long attack_pivot(void)
{
    return syscall(SYS_pivot_root, "/tmp", "/tmp");
}

static long attack_chroot(void)
{
    return chroot("/tmp");
}

static long attack_mknod(void)
{
    return mknod("/tmp/device", S_IFCHR | 0600, makedev(1, 1));
}

static long attack_mkfifo_twin(void)
{
    return mkfifo("/tmp/fifo", 0600);
}

static long attack_write_usr(void)
{
    return open("/usr/bin/planted", O_WRONLY | O_CREAT, 0755);
}

static long attack_write_etc(void)
{
    return open("/etc/passwd", O_WRONLY);
}

static long attack_write_work_twin(void)
{
    return open("/work/made", O_WRONLY | O_CREAT, 0644);
}

static long attack_core_pattern(void)
{
    return open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static long attack_sysrq(void)
{
    return open("/proc/sysrq-trigger", O_WRONLY);
}

static long attack_kcore(void)
{
    return open("/proc/kcore", O_RDONLY);
}

static long attack_init_memory(void)
{
    return open("/proc/1/mem", O_RDWR);
}

static long attack_own_memory_twin(void)
{
    return open("/proc/self/mem", O_RDWR);
}

static long attack_descriptors(void)
{
    for (int fd = 3; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0) {
            errno = EEXIST;
            return -1;
        }
    return 0;
}

static long attack_fill(const char *path)
{
    static char block[1 << 16];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 1 << 16; i++)
        if (write(fd, block, sizeof block) != sizeof block)
            return -1;
    return 0;
}

static long attack_fill_tmp(void)
{
    return attack_fill("/tmp/full");
}

static long attack_fill_shm(void)
{
    return attack_fill("/dev/shm/full");
}

static long attack_fill_work(void)
{
    return attack_fill("/work/full");
}

static long attack_fill_inodes(void)
{
    for (int i = 0; i < 1000000; i++) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/i%d", i);
        if (mknod(path, S_IFIFO | 0600, 0) < 0)
            return -1;
    }
    return 0;
}

/* What a collector would like to read: a way out, and a pipe that nobody writes. */
static long attack_plant(void)
{
    return symlink("/etc/hostname", "/work/link") < 0 || symlink("..", "/work/up") < 0 ||
                   mkfifo("/work/fifo", 0644) < 0
               ? -1
               : close(open("/work/honest", O_WRONLY | O_CREAT, 0644));
}

const struct attack attacks_on_files[] = {
    {"open-by-handle", attack_open_by_handle},
    {"mount", attack_mount},
    {"umount", attack_umount},
    {"pivot-root", attack_pivot},
    {"chroot", attack_chroot},
    {"mknod", attack_mknod},
    {"mkfifo", attack_mkfifo_twin},
    {"write-usr", attack_write_usr},
    {"write-etc", attack_write_etc},
    {"write-work", attack_write_work_twin},
    {"core-pattern", attack_core_pattern},
    {"sysrq", attack_sysrq},
    {"kcore", attack_kcore},
    {"init-memory", attack_init_memory},
    {"own-memory", attack_own_memory_twin},
    {"descriptors", attack_descriptors},
    {"fill-tmp", attack_fill_tmp},
    {"fill-shm", attack_fill_shm},
    {"fill-work", attack_fill_work},
    {"fill-inodes", attack_fill_inodes},
    {"plant", attack_plant},
    {NULL, NULL},
};
