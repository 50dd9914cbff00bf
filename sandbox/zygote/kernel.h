/*
 * System calls newer than the C library of the oldest distribution that we build on, by their man pages'
 * names. Each returns -1 and sets errno.
 */
#ifndef CUPEL_SANDBOX_KERNEL_H
#define CUPEL_SANDBOX_KERNEL_H

#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define KERNEL_OPEN_TREE_CLONE     1u
#define KERNEL_OPEN_TREE_CLOEXEC   02000000u
#define KERNEL_AT_EMPTY_PATH       0x1000u
#define KERNEL_AT_RECURSIVE        0x8000u
#define KERNEL_MOVE_MOUNT_F_EMPTY  0x4u
#define KERNEL_MOUNT_ATTR_RDONLY   0x1u
#define KERNEL_MOUNT_ATTR_NOSUID   0x2u
#define KERNEL_MOUNT_ATTR_NODEV    0x4u
#define KERNEL_MOUNT_ATTR_NOEXEC   0x8u
#define KERNEL_MOUNT_ATTR_IDMAP    0x100000u
#define KERNEL_CLOSE_RANGE_CLOEXEC 4u

struct kernel_mount_attr {
    uint64_t set;         /* MOUNT_ATTR_* to add */
    uint64_t clear;       /* to take away */
    uint64_t propagation; /* MS_PRIVATE, … or 0 */
    uint64_t userns;      /* descriptor of the user namespace whose maps are applied */
};

static inline int kernel_open_tree(int folder, const char *path, unsigned flags)
{
    return (int)syscall(SYS_open_tree, folder, path, flags);
}

/* Attaches the detached mount `mount` at `path`. */
static inline int kernel_attach(int mount, const char *path)
{
    return (int)syscall(SYS_move_mount, mount, "", -100, path, KERNEL_MOVE_MOUNT_F_EMPTY);
}

static inline int kernel_mount_setattr(int folder, const char *path, unsigned flags,
                                       const struct kernel_mount_attr *attr)
{
    return (int)syscall(SYS_mount_setattr, folder, path, flags, attr, sizeof *attr);
}

static inline int kernel_pivot_root(const char *to, const char *put_old)
{
    return (int)syscall(SYS_pivot_root, to, put_old);
}

static inline pid_t kernel_clone3(struct clone_args *args)
{
    return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

static inline int kernel_pidfd_kill(int pidfd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int kernel_close_range(unsigned first, unsigned last, unsigned flags)
{
    return (int)syscall(SYS_close_range, first, last, flags);
}

#endif
