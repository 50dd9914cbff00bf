#include "sandbox/zygote/filter.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* newer than the oldest headers that we build with */

static void filter_release(scmp_filter_ctx *context)
{
    if (*context)
        seccomp_release(*context);
}

static struct scmp_arg_cmp filter_condition(const struct wire_condition *from)
{
    struct scmp_arg_cmp condition = {.arg = from->argument, .datum_a = from->value};
    switch ((enum wire_operator)from->operator) {
    case WIRE_DIFFERS:
        condition.op = SCMP_CMP_NE;
        break;
    case WIRE_AT_MOST:
        condition.op = SCMP_CMP_LE;
        break;
    case WIRE_MASKED:
        condition.op = SCMP_CMP_MASKED_EQ;
        condition.datum_a = from->mask;
        condition.datum_b = from->value;
        break;
    default:
        condition.op = SCMP_CMP_EQ;
        break;
    }
    return condition;
}

static int filter_add(scmp_filter_ctx context, const struct wire_profile *profile, const struct wire_row *row)
{
    int call = seccomp_syscall_resolve_name(row->call);
    const uint32_t actions[WIRE_ACTIONS] = {[WIRE_ALLOW] = SCMP_ACT_ALLOW,
                                            [WIRE_REFUSE] = SCMP_ACT_ERRNO(row->error),
                                            [WIRE_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
                                            [WIRE_IGNORE] = SCMP_ACT_ERRNO(0)};
    bool is_default = row->action == WIRE_REFUSE && row->error == profile->default_error;
    if (call == __NR_SCMP_ERROR || call < 0 || is_default)
        return 0;
    struct scmp_arg_cmp conditions[WIRE_CONDITIONS_MAX];
    for (uint32_t i = 0; i < row->conditions; i++)
        conditions[i] = filter_condition(&row->condition[i]);
    return seccomp_rule_add_array(context, actions[row->action], call, row->conditions, conditions);
}

static int filter_export(scmp_filter_ctx context, struct filter *out)
{
    cleanup_fd int fd = memfd_create("filter", MFD_CLOEXEC);
    int code = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
    struct stat status;
    if (code < 0 || fstat(fd, &status) < 0)
        return code < 0 ? code : -errno;
    cleanup_free char *bytes = memory_zeroed((size_t)status.st_size + 1);
    if (pread(fd, bytes, (size_t)status.st_size, 0) != status.st_size)
        return -EIO;
    out->program.len = (unsigned short)((size_t)status.st_size / sizeof(struct sock_filter));
    out->program.filter = (struct sock_filter *)(void *)STEAL(bytes);
    return 0;
}

int filter_compile(const struct wire_profile *profile, struct filter *out, struct wire_failed *failed)
{
    __attribute__((cleanup(filter_release))) scmp_filter_ctx context =
        seccomp_init(SCMP_ACT_ERRNO(profile->default_error));
    if (!context)
        return failure_set(failed, WIRE_LAYER_SECCOMP, ENOMEM, "start filter %s", profile->name);
    /* int80 and x32 reach other tables of calls: nobody honest uses them, so the process ends. */
    int code = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    /* A binary tree: loading takes a third of the time that a linear program does. */
    if (code == 0)
        code = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (size_t i = 0; code == 0 && i < profile->row_count; i++) {
        code = filter_add(context, profile, &profile->rows[i]);
        if (code < 0)
            return failure_set(failed, WIRE_LAYER_SECCOMP, -code, "filter %s: row for %s", profile->name,
                               profile->rows[i].call);
    }
    if (code == 0)
        code = filter_export(context, out);
    if (code < 0)
        return failure_set(failed, WIRE_LAYER_SECCOMP, -code, "compile filter %s", profile->name);
    out->name = profile->name;
    return 0;
}

int filter_load(const struct filter *filter)
{
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->program);
}

/*
 * Every refusal by errno becomes a notification, in the compiled program (what is ignored has no errno, and
 * counts as little as what is allowed): so the counting filter can't differ from the one of a timed run in
 * anything else. The copy is on the stack: limits are in force already.
 */
int filter_load_counting(const struct filter *filter)
{
    struct sock_filter copy[BPF_MAXINSNS];
    struct sock_fprog program = {.len = filter->program.len, .filter = copy};
    if (program.len > BPF_MAXINSNS) {
        errno = E2BIG;
        return -1;
    }
    memcpy(copy, filter->program.filter, program.len * sizeof copy[0]);
    for (size_t i = 0; i < program.len; i++)
        if (copy[i].code == (BPF_RET | BPF_K) && (copy[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
            (copy[i].k & SECCOMP_RET_DATA) != 0)
            copy[i].k = SECCOMP_RET_USER_NOTIF;
    /* Once received, only a fatal signal interrupts the wait: otherwise a storm of signals would make one
     * attempt count as many. Kernels before 5.19 don't know it. */
    const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return (int)fd;
}

static bool filter_jumps(const struct sock_filter *at, uint32_t value)
{
    switch (BPF_OP(at->code)) {
    case BPF_JEQ:
        return value == at->k;
    case BPF_JGT:
        return value > at->k;
    case BPF_JGE:
        return value >= at->k;
    default:
        return value & at->k; /* BPF_JSET */
    }
}

/* The kernel checked the program when it was loaded; the bounds hold for one that was not. */
static uint32_t filter_run(const struct sock_fprog *program, const struct seccomp_data *call)
{
    uint32_t value = 0;
    for (size_t i = 0; i < program->len; i++) {
        const struct sock_filter *at = &program->filter[i];
        if (at->code == (BPF_LD | BPF_W | BPF_ABS) && at->k <= sizeof *call - sizeof value)
            memcpy(&value, (const char *)call + at->k, sizeof value);
        else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
            value &= at->k;
        else if (at->code == (BPF_JMP | BPF_JA))
            i += at->k;
        else if (BPF_CLASS(at->code) == BPF_JMP && BPF_SRC(at->code) == BPF_K)
            i += filter_jumps(at, value) ? at->jt : at->jf;
        else
            return at->code == (BPF_RET | BPF_K) ? at->k : SECCOMP_RET_ERRNO | ENOSYS;
    }
    return SECCOMP_RET_ERRNO | ENOSYS;
}

int filter_answer(const struct filter *filter, const struct seccomp_data *call)
{
    uint32_t action = filter_run(&filter->program, call);
    return (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? (int)(action & SECCOMP_RET_DATA) : 0;
}

bool filter_allows_tcp(const struct filter *filter)
{
    const struct seccomp_data call = {
        .nr = SYS_socket, .arch = seccomp_arch_native(), .args = {AF_INET, SOCK_STREAM, 0}};
    return filter_answer(filter, &call) == 0;
}
