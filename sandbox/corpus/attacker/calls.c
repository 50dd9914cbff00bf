/* System calls that reach the kernel or other processes, and their twins. */
#include "attacker.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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

/* The domain is an int: the kernel ignores the high half,
 * and a sloppy filter compares 64 bits for refusal. */
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

/* A map of one element: what anybody may make where the kernel lets anybody. */
static long attack_bpf(void)
{
    uint32_t attributes[32] = {2, 4, 4, 1};
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

static long attack_ptrace_init(void)
{
    return ptrace(PTRACE_SEIZE, 1, NULL, NULL);
}

static long attack_process_vm(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    return syscall(SYS_process_vm_readv, 1, &part, 1, &part, 1, 0);
}

static long attack_process_vm_write(void)
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    return syscall(SYS_process_vm_writev, 1, &part, 1, &part, 1, 0);
}

static long attack_pidfd_getfd(void)
{
    return syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0);
}

static long attack_kcmp(void)
{
    return syscall(SYS_kcmp, getpid(), 1, 0, 0, 0);
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

#ifdef __x86_64__
static long attack_modify_ldt(void)
{
    char table[16];
    return syscall(SYS_modify_ldt, 0, table, sizeof table);
}
#endif

static long attack_raw(void)
{
    return socket(AF_INET, SOCK_RAW, 1);
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

const struct attack attacks_on_calls[] = {
    {"io_uring", attack_io_uring},
    {"pipe", attack_poll_twin},
    {"vsock", attack_vsock},
    {"vsock-high", attack_vsock_high},
    {"alg", attack_alg},
    {"netlink", attack_netlink},
    {"packet", attack_packet},
    {"raw", attack_raw},
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
    {"ptrace-init", attack_ptrace_init},
    {"process-vm", attack_process_vm},
    {"process-vm-write", attack_process_vm_write},
    {"pidfd-getfd", attack_pidfd_getfd},
    {"kcmp", attack_kcmp},
    {"personality", attack_personality},
    {"personality-query", attack_personality_twin},
    {"tiocsti-high", attack_tiocsti},
    {"tioclinux", attack_tioclinux},
    {"ioctl", attack_ioctl_twin},
    {"vmsplice", attack_vmsplice},
    {"memfd-secret", attack_memfd_secret},
    {"own-filter", attack_own_filter},
    {"own-filter-call", attack_own_filter_call},
    {"become-root", attack_become_root},
    {"hostname", attack_hostname},
#ifdef __x86_64__
    {"int80", attack_int80},
    {"x32", attack_x32},
    {"modify-ldt", attack_modify_ldt},
#endif
    {NULL, NULL},
};
