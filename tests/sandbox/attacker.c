/*
 * The candidate's side of the attempts: `attacker NAME` does one thing that code under test must not be able
 * to do (or its benign twin) and prints "ok" or the name of the errno that it got. Nothing here is
 * privileged; it is meant to run inside a sandbox only.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct attack {
    const char *name;  /* argument */
    long (*act)(void); /* -1 and errno, or success */
};

static long attack_io_uring(void)
{
    char parameters[256] = {0};
    return syscall(SYS_io_uring_setup, 8, parameters);
}

static long attack_poll_twin(void)
{
    int ends[2];
    return pipe(ends) < 0 || write(ends[1], "x", 1) != 1 || read(ends[0], &(char){0}, 1) != 1 ? -1 : 0;
}

static long attack_vsock(void)
{
    return socket(AF_VSOCK, SOCK_STREAM, 0);
}

/* The domain is an int: the kernel ignores the high half, and a sloppy filter compares 64 bits for refusal.
 */
static long attack_vsock_high(void)
{
    return syscall(SYS_socket, (UINT64_C(1) << 32) | AF_VSOCK, SOCK_STREAM, 0);
}

static long attack_alg(void)
{
    return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long attack_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long attack_packet(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static long attack_tcp(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long attack_udp6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

static long attack_unix_twin(void)
{
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || write(ends[0], "x", 1) != 1 ? -1 : 0;
}

static long attack_unshare_user(void)
{
    return unshare(CLONE_NEWUSER);
}

static long attack_clone_user(void)
{
    return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
}

static long attack_clone3_user(void)
{
    uint64_t arguments[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    return syscall(SYS_clone3, arguments, sizeof arguments);
}

static void *attack_thread_body(void *data)
{
    return data;
}

static long attack_thread_twin(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, attack_thread_body, NULL);
    return errno || pthread_join(thread, NULL) ? -1 : 0;
}

static long attack_setns(void)
{
    return setns(open("/proc/self/ns/net", O_RDONLY), CLONE_NEWNET);
}

static long attack_bpf(void)
{
    char attributes[128] = {0};
    return syscall(SYS_bpf, 0, attributes, sizeof attributes);
}

static long attack_perf(void)
{
    uint64_t attributes[16] = {(UINT64_C(128) << 32) | 1, 1};
    return syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0);
}

static long attack_userfaultfd(void)
{
    return syscall(SYS_userfaultfd, O_CLOEXEC | 1);
}

static long attack_add_key(void)
{
    return syscall(SYS_add_key, "user", "name", "x", 1, -3);
}

static long attack_keyctl(void)
{
    return syscall(SYS_keyctl, 0, -3, 0);
}

static long attack_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long attack_process_vm(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    return syscall(SYS_process_vm_readv, getppid(), &part, 1, &part, 1, 0);
}

static long attack_pidfd_getfd(void)
{
    return syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getpid(), 0), 0, 0);
}

static long attack_kcmp(void)
{
    return syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0);
}

static long attack_personality(void)
{
    return personality(ADDR_NO_RANDOMIZE);
}

static long attack_personality_twin(void)
{
    return personality(0xffffffff);
}

static long attack_tiocsti(void)
{
    return syscall(SYS_ioctl, 0, (UINT64_C(1) << 32) | TIOCSTI, "x");
}

static long attack_tioclinux(void)
{
    return ioctl(0, TIOCLINUX, &(char){3});
}

static long attack_ioctl_twin(void)
{
    int ready;
    int ends[2];
    return pipe(ends) < 0 ? -1 : ioctl(ends[0], FIONREAD, &ready);
}

#ifdef __x86_64__
static long attack_int80(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    return result;
}

static long attack_x32(void)
{
    return syscall(0x40000000 | SYS_getpid);
}
#endif

static long attack_open_by_handle(void)
{
    uint32_t handle[8] = {8, 1};
    return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
}

static long attack_vmsplice(void)
{
    int ends[2];
    struct iovec part = {ends, sizeof ends};
    return pipe(ends) < 0 ? -1 : vmsplice(ends[1], &part, 1, 0);
}

static long attack_memfd_secret(void)
{
    return syscall(SYS_memfd_secret, 0);
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

static long attack_init_limits(void)
{
    struct rlimit none = {0, 0};
    return prlimit(1, RLIMIT_NOFILE, &none, NULL);
}

static long attack_own_limits_twin(void)
{
    struct rlimit limit = {64, 64};
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static long attack_init_signal(void)
{
    /* Allowed and without effect: process 1 of a pid namespace ignores what it has no handler for. */
    (void)kill(1, SIGKILL);
    (void)kill(1, SIGSTOP);
    return 0;
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

static long attack_affinity(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

static long attack_affinity_twin(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set);
}

static long attack_own_filter(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static long attack_own_filter_call(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {1, &allow};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long attack_become_root(void)
{
    return setuid(0);
}

static long attack_hostname(void)
{
    return sethostname("other", 5);
}

/* A name in the abstract space, and a segment by key: neither may be seen from another sandbox. */
static long attack_abstract(int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, "\0cupel-attack", 13);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return call(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 13)) <
                       0 ||
                   listen(fd, 1) < 0
               ? -1
               : fd;
}

static long attack_publish(void)
{
    if (attack_abstract(bind) < 0 || shmget(4711, 4096, IPC_CREAT | 0666) < 0)
        return -1;
    puts("ok");
    fflush(stdout);
    sleep(60);
    return 0;
}

static long attack_find_abstract(void)
{
    return attack_abstract(connect);
}

static long attack_find_segment(void)
{
    return shmget(4711, 4096, 0);
}

static void attack_burn(double seconds)
{
    struct timespec now;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

/* Burns 0.3 s of CPU in a child that nobody waits for. */
static long attack_hide_child(void)
{
    int ends[2];
    signal(SIGCHLD, SIG_IGN);
    if (pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        attack_burn(0.3);
        _exit(0);
    }
    close(ends[1]);
    return read(ends[0], &(char){0}, 1); /* until the child has gone */
}

/* Leaves a daemon of its own session behind, which has burnt 0.2 s and would go on. */
static long attack_daemon(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
            attack_burn(0.2);
            if (write(ends[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
        _exit(0);
    }
    wait(NULL);
    return read(ends[0], &(char){0}, 1) == 1 ? 0 : -1;
}

static long attack_fork_bomb(void)
{
    for (int i = 0; i < 100000; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return -1;
        if (pid == 0)
            for (;;)
                pause();
    }
    return 0;
}

static long attack_memory_bomb(void)
{
    for (int i = 0; i < 4096; i++) {
        char *bytes = malloc(1 << 20);
        if (!bytes)
            return -1;
        memset(bytes, i, 1 << 20);
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

static long attack_endless(void)
{
    static char block[1 << 16];
    for (;;)
        if (write(1, block, sizeof block) < 0)
            return -1;
}

static long __attribute__((noreturn)) attack_stubborn(void)
{
    signal(SIGTERM, SIG_IGN);
    close(1);
    for (;;)
        raise(SIGSTOP);
}

/* What a collector would like to read: a way out, and a pipe that nobody writes. */
static long attack_plant(void)
{
    return symlink("/etc/hostname", "/work/link") < 0 || symlink("..", "/work/up") < 0 ||
                   mkfifo("/work/fifo", 0644) < 0
               ? -1
               : close(open("/work/honest", O_WRONLY | O_CREAT, 0644));
}

static long attack_nothing(void)
{
    return 0;
}

static const struct attack attacks[] = {
    {"nothing", attack_nothing},
    {"io_uring", attack_io_uring},
    {"pipe", attack_poll_twin},
    {"vsock", attack_vsock},
    {"vsock-high", attack_vsock_high},
    {"alg", attack_alg},
    {"netlink", attack_netlink},
    {"packet", attack_packet},
    {"tcp", attack_tcp},
    {"udp6", attack_udp6},
    {"unix", attack_unix_twin},
    {"unshare-user", attack_unshare_user},
    {"clone-user", attack_clone_user},
    {"clone3-user", attack_clone3_user},
    {"thread", attack_thread_twin},
    {"setns", attack_setns},
    {"bpf", attack_bpf},
    {"perf", attack_perf},
    {"userfaultfd", attack_userfaultfd},
    {"add-key", attack_add_key},
    {"keyctl", attack_keyctl},
    {"ptrace", attack_ptrace},
    {"process-vm", attack_process_vm},
    {"pidfd-getfd", attack_pidfd_getfd},
    {"kcmp", attack_kcmp},
    {"personality", attack_personality},
    {"personality-query", attack_personality_twin},
    {"tiocsti-high", attack_tiocsti},
    {"tioclinux", attack_tioclinux},
    {"ioctl", attack_ioctl_twin},
#ifdef __x86_64__
    {"int80", attack_int80},
    {"x32", attack_x32},
#endif
    {"open-by-handle", attack_open_by_handle},
    {"vmsplice", attack_vmsplice},
    {"memfd-secret", attack_memfd_secret},
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
    {"init-limits", attack_init_limits},
    {"own-limits", attack_own_limits_twin},
    {"init-signal", attack_init_signal},
    {"descriptors", attack_descriptors},
    {"affinity", attack_affinity},
    {"affinity-query", attack_affinity_twin},
    {"own-filter", attack_own_filter},
    {"own-filter-call", attack_own_filter_call},
    {"become-root", attack_become_root},
    {"hostname", attack_hostname},
    {"publish", attack_publish},
    {"find-abstract", attack_find_abstract},
    {"find-segment", attack_find_segment},
    {"hide-child", attack_hide_child},
    {"daemon", attack_daemon},
    {"fork-bomb", attack_fork_bomb},
    {"memory-bomb", attack_memory_bomb},
    {"fill-tmp", attack_fill_tmp},
    {"fill-shm", attack_fill_shm},
    {"fill-work", attack_fill_work},
    {"fill-inodes", attack_fill_inodes},
    {"endless", attack_endless},
    {"stubborn", attack_stubborn},
    {"plant", attack_plant},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof attacks / sizeof attacks[0]; i++)
        if (strcmp(attacks[i].name, argv[1]) == 0) {
            errno = 0;
            puts(attacks[i].act() < 0 ? strerrorname_np(errno) : "ok");
            return 0;
        }
    fputs("usage: attacker NAME\n", stderr);
    return 2;
}
