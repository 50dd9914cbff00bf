#include "sandbox/zygote/tally.h"

#include "sandbox/zygote/kernel.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define TALLY_TURN       32 /* calls before the lane looks at its other runs and at the client */
#define TALLY_REST       "other calls"
#define TALLY_WAIT_KILL  (1UL << 5) /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, of Linux 5.19 */
#define TALLY_LOW_WORD   (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0)
#define TALLY_JUMP(k, t) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (t), 0)

int tally_load(int control)
{
    /* Of another architecture's calls some go uncounted; they end the process anyway. */
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        TALLY_JUMP(SYS_seccomp, 8),
        TALLY_JUMP(SYS_exit, 7),
        TALLY_JUMP(SYS_exit_group, 6),
        TALLY_JUMP(SYS_rt_sigreturn, 5),
        TALLY_JUMP(SYS_restart_syscall, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + TALLY_LOW_WORD),
        TALLY_JUMP((uint32_t)control, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rows / sizeof *rows, .filter = rows};
    const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | TALLY_WAIT_KILL, &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return (int)fd;
}

/* What our own code does behind the filter, before the program's exec, is nobody's. */
static void tally_count(struct tally *tally, int call)
{
    tally->begun |= call == SYS_execve;
    if (!tally->begun)
        return;
    tally->total++;
    tally->counts[call >= 0 && call < TALLY_CALLS ? call : TALLY_CALLS - 1]++;
}

/* As in a counting run: a poll that saw a waiting call makes sure that receiving can't block. */
void tally_serve(struct tally *tally, int *listener, int pidfd, short events)
{
    for (int i = 0; i < TALLY_TURN && (events & POLLIN) && tally->total <= tally->most; i++) {
        struct seccomp_notif call = {0};
        if (ioctl(*listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
            struct seccomp_notif_resp go = {.id = call.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
            tally_count(tally, call.data.nr);
            (void)!ioctl(*listener, SECCOMP_IOCTL_NOTIF_SEND, &go);
        }
        struct pollfd again = {.fd = *listener, .events = POLLIN};
        events = poll(&again, 1, 0) == 1 ? again.revents : 0;
    }
    const bool over = tally->total > tally->most;
    if (over)
        kernel_pidfd_kill(pidfd, SIGKILL);
    if (over || ((events & (POLLHUP | POLLERR | POLLNVAL)) && !(events & POLLIN))) {
        close(*listener);
        *listener = -1;
    }
}

static void tally_name(size_t number, char name[static WIRE_CALL_MAX])
{
    char *known =
        number < TALLY_CALLS - 1 ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number) : NULL;
    snprintf(name, WIRE_CALL_MAX, "%s", known ? known : "unknown call");
    free(known);
}

static size_t tally_find_most(const uint64_t counts[static TALLY_CALLS])
{
    size_t most = 0;
    for (size_t i = 1; i < TALLY_CALLS; i++)
        if (counts[i] > counts[most])
            most = i;
    return most;
}

void tally_report(const struct tally *tally, struct wire_result *result)
{
    uint64_t left[TALLY_CALLS];
    uint64_t rest = tally->total;
    memcpy(left, tally->counts, sizeof left);
    result->calls = tally->total;
    while (rest > 0) {
        struct wire_call_row *row = &result->call_rows[result->call_row_count++];
        if (result->call_row_count == WIRE_CALL_ROWS_MAX) {
            *row = (struct wire_call_row){.call = TALLY_REST, .count = rest};
            return;
        }
        const size_t number = tally_find_most(left);
        tally_name(number, row->call);
        row->count = left[number];
        rest -= left[number];
        left[number] = 0;
    }
}
