#include "sandbox/zygote/inside.h"

#include "base/cleanup.h"
#include "sandbox/channel.h"
#include "sandbox/counter.h"
#include "sandbox/zygote/filesystem.h"
#include "sandbox/zygote/freeze.h"
#include "sandbox/zygote/group.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void inside_tell(const struct plan *plan, enum plan_signal kind, int fd)
{
    const char byte = (char)kind;
    /* The lane also watches our end by a pidfd, so a lost word costs accuracy only. */
    (void)!channel_send(plan->control, &byte, 1, &fd, fd >= 0 ? 1 : 0);
}

static void __attribute__((noreturn)) inside_finish(const struct plan *plan)
{
    inside_tell(plan, PLAN_SIGNAL_DONE, -1);
    _exit(0);
}

void inside_fail(const struct plan *plan)
{
    plan->page->phase = PLAN_FAILED;
    inside_finish(plan);
}

static int inside_show_workspace(const struct plan *plan, struct wire_failed *failed)
{
    if (!plan->run->keep_workspace)
        return 0;
    cleanup_fd int fd = open(SANDBOX_WORKSPACE, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "open the workspace");
    inside_tell(plan, PLAN_SIGNAL_WORKSPACE, fd);
    return 0;
}

/* What we keep is a user like the run's, so that kill(-1) reaches it, and no capability at all. */
static int inside_drop(const struct plan *plan, struct wire_failed *failed)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    if ((plan->lane->root &&
         (syscall(SYS_setgroups, 0, NULL) < 0 ||
          syscall(SYS_setresgid, plan->lane->gid, plan->lane->gid, plan->lane->gid) < 0 ||
          syscall(SYS_setresuid, plan->lane->uid, plan->lane->uid, plan->lane->uid) < 0)) ||
        syscall(SYS_capset, &header, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return failure_set(failed, WIRE_LAYER_INTERNAL, errno, "give up process 1's credentials");
    return 0;
}

void inside_close_all_but(const int *kept, size_t count)
{
    unsigned next = 0; /* everything below is done */
    for (;;) {
        unsigned lowest = UINT_MAX;
        for (size_t i = 0; i < count; i++)
            if (kept[i] >= 0 && (unsigned)kept[i] >= next && (unsigned)kept[i] < lowest)
                lowest = (unsigned)kept[i];
        if (lowest > next)
            kernel_close_range(next, lowest == UINT_MAX ? UINT_MAX : lowest - 1, 0);
        if (lowest == UINT_MAX)
            return;
        next = lowest + 1;
    }
}

/*
 * Stdout must end with the last program. The control channel and the counters stay open, and detached mounts:
 * their last close waits for every CPU (an RCU grace period), which would delay the reaping.
 */
static void inside_close_others(const struct plan *plan, int io)
{
    int kept[4 + TEMPLATE_LAYERS] = {plan->control, plan->cpu_fd, io, plan->upper};
    memcpy(kept + 4, plan->layers, plan->layer_count * sizeof *kept);
    inside_close_all_but(kept, 4 + plan->layer_count);
}

/* As waitpid(-1, …); what the dead process and its own reaped children used goes to the page. */
static pid_t inside_reap(struct plan_page *page, int *status, int options)
{
    struct rusage used;
    pid_t pid = wait4(-1, status, options, &used);
    if (pid <= 0)
        return pid;
    const uint64_t largest = (uint64_t)used.ru_maxrss * 1024;
    page->largest_bytes = largest > page->largest_bytes ? largest : page->largest_bytes;
    page->usage.minor_faults += (uint64_t)used.ru_minflt;
    page->usage.major_faults += (uint64_t)used.ru_majflt;
    page->usage.yields += (uint64_t)used.ru_nvcsw;
    page->usage.preemptions += (uint64_t)used.ru_nivcsw;
    return pid;
}

static void inside_await_program(pid_t program, struct plan_page *page)
{
    int status;
    for (;;) {
        pid_t pid = inside_reap(page, &status, 0);
        if (pid == program) {
            page->wait_status = status;
            return;
        }
        if (pid < 0 && errno == ECHILD)
            return;
    }
}

/* Kills what is left; each that still ran counts. */
static void inside_clear(struct plan_page *page)
{
    pid_t dead;
    int status;
    while ((dead = inside_reap(page, &status, WNOHANG)) > 0)
        continue;
    /* Orphans are our children too: without any, nobody is left,
     * and kill() need not look at the whole machine. */
    if ((dead < 0 && errno == ECHILD) || kill(-1, SIGKILL) < 0)
        return;
    for (;;) {
        pid_t pid = inside_reap(page, &status, 0);
        if (pid > 0)
            page->leftovers++;
        else if (errno == ECHILD)
            return;
    }
}

/* Bytes that the tree gave to write calls, as far as its processes were reaped (proc_pid_io(5)). */
static uint64_t inside_read_written(int fd)
{
    char bytes[512];
    ssize_t length = fd < 0 ? -1 : pread(fd, bytes, sizeof bytes - 1, 0);
    if (length <= 0)
        return SANDBOX_UNKNOWN;
    bytes[length] = '\0';
    const char *line = strstr(bytes, "wchar: ");
    return line ? strtoull(line + strlen("wchar: "), NULL, 10) : SANDBOX_UNKNOWN;
}

/* Giving up credentials forgets that we end with the lane. Whether it ended just then its end of the channel
 * tells, of which nobody else has a copy by now. */
static void inside_check_lane(const struct plan *plan)
{
    struct pollfd lane = {.fd = plan->control};
    if (plan->control >= 0 && poll(&lane, 1, 0) == 1)
        _exit(1);
}

void inside_see_to_end(const struct plan *plan, pid_t program)
{
    struct plan_page *page = plan->page;
    inside_check_lane(plan);
    inside_await_program(program, page);
    inside_clear(page);
    page->end_ns = launch_now();
    if (plan->cpu_fd >= 0)
        page->cpu_end_ns = counter_read_cpu(plan->cpu_source, plan->cpu_fd);
    page->usage.written_bytes = SANDBOX_UNKNOWN;
}

void inside_set_scene(struct plan *plan)
{
    struct wire_failed *failed = &plan->page->failed;
    /* A lane that ends takes us along from the first step on; giving up credentials clears this once. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (filesystem_enter(plan, failed) < 0 || inside_show_workspace(plan, failed) < 0)
        inside_fail(plan);
}

void inside_main(struct plan *plan)
{
    struct wire_failed *failed = &plan->page->failed;
    inside_set_scene(plan);
    freeze_obey(plan->page);
    pid_t program = launch_program(plan);
    if (program < 0) {
        failure_set(failed, WIRE_LAYER_INTERNAL, errno, "start a process");
        inside_fail(plan);
    }
    if (plan->page->phase != PLAN_RUNNING)
        inside_finish(plan);
    if (plan->run->talks)
        inside_tell(plan, PLAN_SIGNAL_BEGUN, -1);
    /* Opened while we may: where an ordinary user started us, nobody may. */
    int io = plan->run->counting ? open("/proc/self/io", O_RDONLY | O_CLOEXEC) : -1;
    if (inside_drop(plan, failed) < 0)
        inside_fail(plan);
    inside_close_others(plan, io);
    inside_see_to_end(plan, program);
    plan->page->usage.written_bytes = inside_read_written(io);
    plan->page->phase = PLAN_DONE;
    inside_finish(plan);
}
