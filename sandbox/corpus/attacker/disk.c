/* How much fits in: bytes, names and sizes, in memory and on disk. */
#include "attacker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
    return attack_fill("/tmp/cupel-attack-full");
}

static long attack_fill_shm(void)
{
    return attack_fill("/dev/shm/cupel-attack-full");
}

static long attack_fill_work(void)
{
    return attack_fill("/work/cupel-attack-full");
}

static long attack_fill_names(const char *folder)
{
    for (int i = 0; i < 1000000; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/i%d", folder, i);
        if (mknod(path, S_IFIFO | 0600, 0) < 0)
            return -1;
    }
    return 0;
}

static long attack_fill_inodes(void)
{
    return attack_fill_names("/tmp");
}

static long attack_fill_work_inodes(void)
{
    return attack_fill_names("/work");
}

/* Goes on for as long as it may: what stops it looks some times a second. */
static long attack_fill_disk(void)
{
    static char block[1 << 20];
    for (int i = 0; i < 4096; i++) {
        char path[64];
        snprintf(path, sizeof path, "/work/cupel-attack-%d", i);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        if (write(fd, block, sizeof block) != sizeof block || close(fd) < 0)
            return -1;
        usleep(1000);
    }
    return 0;
}

static long attack_some_files_twin(void)
{
    for (int i = 0; i < 1000; i++) {
        char path[64];
        snprintf(path, sizeof path, "/work/i%d", i);
        if (mknod(path, S_IFIFO | 0600, 0) < 0)
            return -1;
    }
    return 0;
}

static long attack_sparse(off_t length)
{
    signal(SIGXFSZ, SIG_IGN);
    int fd = open("/work/cupel-attack-sparse", O_WRONLY | O_CREAT, 0600);
    return pwrite(fd, "x", 1, length) == 1 ? 0 : -1;
}

static long attack_huge_file(void)
{
    return attack_sparse((off_t)1 << 40);
}

static long attack_sparse_file_twin(void)
{
    return attack_sparse((off_t)4 << 20);
}

const struct attack attacks_on_disk[] = {
    {"fill-tmp", attack_fill_tmp},
    {"fill-shm", attack_fill_shm},
    {"fill-work", attack_fill_work},
    {"fill-inodes", attack_fill_inodes},
    {"fill-work-inodes", attack_fill_work_inodes},
    {"fill-disk", attack_fill_disk},
    {"fill-disk-inodes", attack_fill_work_inodes},
    {"fill-disk-file", attack_fill_work},
    {"some-files", attack_some_files_twin},
    {"huge-file", attack_huge_file},
    {"sparse-file", attack_sparse_file_twin},
    {NULL, NULL},
};
