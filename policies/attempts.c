#include "policies/attempts.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define ATTEMPTS_OTHER "other"

struct attempts_call {
    const char *class; /* as policies name it */
    const char *call;  /* as the sandbox names it */
};

/* Sorted by class. Only what a filter refuses can be seen: clone is refused with new namespaces alone. */
static const struct attempts_call attempts_calls[] = {
    {"architecture", SANDBOX_FOREIGN_CALL},
    {"bpf", "bpf"},
    {"filters", "seccomp"},
    {"filters", "prctl(PR_SET_SECCOMP)"},
    {"io_uring", "io_uring_setup"},
    {"io_uring", "io_uring_enter"},
    {"io_uring", "io_uring_register"},
    {"kernel", "socket(AF_ALG)"},
    {"kernel", "userfaultfd"},
    {"kernel", "init_module"},
    {"kernel", "finit_module"},
    {"kernel", "delete_module"},
    {"kernel", "kexec_load"},
    {"kernel", "kexec_file_load"},
    {"kernel", "reboot"},
    {"kernel", "iopl"},
    {"kernel", "ioperm"},
    {"kernel", "swapon"},
    {"kernel", "swapoff"},
    {"kernel", "syslog"},
    {"kernel", "acct"},
    {"keyrings", "add_key"},
    {"keyrings", "request_key"},
    {"keyrings", "keyctl"},
    {"mounts", "mount"},
    {"mounts", "umount2"},
    {"mounts", "pivot_root"},
    {"mounts", "chroot"},
    {"mounts", "move_mount"},
    {"mounts", "open_tree"},
    {"mounts", "fsopen"},
    {"mounts", "fsconfig"},
    {"mounts", "fsmount"},
    {"mounts", "fspick"},
    {"mounts", "mount_setattr"},
    {"mounts", "open_by_handle_at"},
    {"namespaces", "unshare"},
    {"namespaces", "setns"},
    {"namespaces", "clone"},
    {"netlink", "socket(AF_NETLINK)"},
    {"network", "socket(AF_INET)"},
    {"network", "socket(AF_INET6)"},
    {"network", "socket(AF_PACKET)"},
    {"network", "socket(AF_VSOCK)"},
    {"network", "socket(AF_BLUETOOTH)"},
    {"network", "socket(AF_XDP)"},
    {"network", "connect"},
    {"perf", "perf_event_open"},
    {"terminal", "ioctl(TIOCSTI)"},
    {"terminal", "ioctl(TIOCLINUX)"},
    {"tracing", "ptrace"},
    {"tracing", "process_vm_readv"},
    {"tracing", "process_vm_writev"},
    {"tracing", "process_madvise"},
    {"tracing", "pidfd_getfd"},
};
#define ATTEMPTS_CALLS (sizeof attempts_calls / sizeof attempts_calls[0])

const char *attempts_class(const char *call)
{
    for (size_t i = 0; i < ATTEMPTS_CALLS; i++)
        if (strcmp(attempts_calls[i].call, call) == 0)
            return attempts_calls[i].class;
    return ATTEMPTS_OTHER;
}

bool attempts_is_known(const char *name)
{
    for (size_t i = 0; i < ATTEMPTS_CALLS; i++)
        if (strcmp(attempts_calls[i].call, name) == 0 || strcmp(attempts_calls[i].class, name) == 0)
            return true;
    return strcmp(name, ATTEMPTS_OTHER) == 0;
}

void attempts_append_classes(struct text *out)
{
    for (size_t i = 0; i < ATTEMPTS_CALLS; i++)
        if (i == 0 || strcmp(attempts_calls[i].class, attempts_calls[i - 1].class) != 0)
            text_printf(out, "%s, ", attempts_calls[i].class);
    text_append_string(out, ATTEMPTS_OTHER);
}

static bool attempts_lists(char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool attempts_is_suspicious(const char *call, const struct policy *policy)
{
    return attempts_lists(policy->suspicious_calls, attempts_class(call)) ||
           attempts_lists(policy->suspicious_calls, call);
}

/* Anything of the class: a base that uses IPv4 makes a candidate with IPv6 no attacker.
 * What has no class stands for itself. */
static bool attempts_counts_know(const struct counts *base, const char *call, bool by_class)
{
    const char *class = attempts_class(call);
    by_class = by_class && strcmp(class, ATTEMPTS_OTHER) != 0;
    for (size_t row = 0; row < base->row_count; row++)
        if (strcmp(base->rows[row].call, call) == 0 ||
            (by_class && strcmp(attempts_class(base->rows[row].call), class) == 0))
            return true;
    return false;
}

/* In the commands of that stage; STAGE_CONTRACT: in the workloads. */
static bool attempts_base_knows(const struct evidence *evidence, enum stage stage, const char *call,
                                bool by_class)
{
    bool known = false;
    for (size_t i = 0; i < evidence->command_count && !known; i++)
        known = evidence->commands[i].stage == stage &&
                attempts_counts_know(&evidence->commands[i].counts[ARM_BASE], call, by_class);
    for (size_t i = 0; i < evidence->workload_count && stage == STAGE_CONTRACT && !known; i++)
        known = attempts_counts_know(&evidence->workloads[i].counts[ARM_BASE], call, by_class);
    return known;
}

/* "summary: the candidate tried ptrace() 3 times; the base never did" */
static char *attempts_sentence(const char *where, const struct counts_row *row)
{
    struct text out = {0};
    bool bare = strspn(row->call, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(row->call);
    text_printf(&out, "%s: the candidate tried %s%s ", where, row->call, bare ? "()" : "");
    if (row->count == 1)
        text_append_string(&out, "once");
    else
        text_printf(&out, "%s%" PRIu64 " times", row->steady ? "" : "up to ", row->count);
    text_append_string(&out, "; the base never did");
    return text_take(&out);
}

static void attempts_weigh(struct evidence *evidence, const struct policy *policy, enum stage stage,
                           const char *where, const struct counts *candidate)
{
    for (size_t row = 0; row < candidate->row_count; row++) {
        const char *call = candidate->rows[row].call;
        if (attempts_base_knows(evidence, stage, call, false))
            continue;
        bool suspicious =
            attempts_is_suspicious(call, policy) && !attempts_base_knows(evidence, stage, call, true);
        evidence_add_sentence(suspicious ? &evidence->suspicions : &evidence->observations,
                              attempts_sentence(where, &candidate->rows[row]));
    }
}

void attempts_judge(struct evidence *evidence, const struct policy *policy)
{
    for (size_t i = 0; i < evidence->workload_count; i++)
        attempts_weigh(evidence, policy, STAGE_CONTRACT, evidence->workloads[i].name,
                       &evidence->workloads[i].counts[ARM_CANDIDATE]);
}

void attempts_judge_commands(struct evidence *evidence, const struct policy *policy, enum stage stage)
{
    for (size_t i = 0; i < evidence->command_count; i++) {
        const struct command_evidence *command = &evidence->commands[i];
        if (command->stage != stage)
            continue;
        char *where = memory_format("%s (`%s`)", stage_name(stage), command->command);
        attempts_weigh(evidence, policy, stage, where, &command->counts[ARM_CANDIDATE]);
        free(where);
    }
}

void attempts_judge_leftovers(struct evidence *evidence, const struct workload_evidence *workload)
{
    const size_t *left = workload->measurement.left_behind;
    const size_t *answers = workload->measurement.answers;
    if (left[ARM_CANDIDATE] < 5 + 3 * left[ARM_BASE])
        return;
    evidence_add_sentence(
        &evidence->suspicions,
        memory_format("%s: processes still ran after %zu of %zu timed answers of the candidate, and "
                      "after %zu of %zu of the base; what they had left to do is in no figure",
                      workload->name, left[ARM_CANDIDATE], answers[ARM_CANDIDATE], left[ARM_BASE],
                      answers[ARM_BASE]));
}
