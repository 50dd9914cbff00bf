#include "sandbox/zygote/launch.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/counter.h"
#include "sandbox/instructions.h"
#include "sandbox/landlock.h"
#include "sandbox/privilege.h"
#include "sandbox/task_clock.h"
#include "sandbox/zygote/group.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/tally.h"
#include "sandbox/zygote/task.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

uint64_t launch_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void launch_fail(const struct plan *plan, const char *step)
{
    failure_set(&plan->page->failed, WIRE_LAYER_INTERNAL, errno, "%s", step);
    plan->page->phase = PLAN_FAILED;
    _exit(1);
}

int launch_place_streams(const struct plan *plan)
{
    for (int i = 0; i < 3; i++)
        if (dup2(plan->stdio[i], i) < 0)
            return -1;
    return kernel_close_range(3, UINT_MAX, KERNEL_CLOSE_RANGE_CLOEXEC);
}

struct launch_limit {
    int resource;  /* RLIMIT_* */
    uint64_t soft; /* value */
    uint64_t hard; /* value, lowered to what we have */
};

static int launch_limits(const struct plan *plan)
{
    /* A process 1 that stays is a user like its programs. */
    const uint64_t processes = plan->run->processes + (plan->run->warm ? 1u : 0u);
    const uint64_t data = plan->limit_data ? plan->run->memory_bytes : RLIM_INFINITY;
    /* A tmpfs has a size of its own; on disk a watch looks some times a second. /tmp has its files too. */
    const uint64_t room = plan->run->workspace_bytes > plan->run->scratch_bytes ? plan->run->workspace_bytes
                                                                                : plan->run->scratch_bytes;
    const uint64_t file = plan->run->upper[0] ? room : RLIM_INFINITY;
    const struct launch_limit limits[] = {
        /* No core file can be so small, and unlike 0 it also stops
         * a handler that the host pipes dumps to (core(5), fs/coredump.c). */
        {RLIMIT_CORE, 1, 1},
        {RLIMIT_NPROC, processes, processes},
        {RLIMIT_NOFILE, 1024, 65536},
        {RLIMIT_STACK, 8u << 20, 64u << 20},
        {RLIMIT_MEMLOCK, 8u << 20, 8u << 20},
        {RLIMIT_MSGQUEUE, 819200, 819200},
        {RLIMIT_RTPRIO, 0, 0},
        {RLIMIT_NICE, 0, 0},
        {RLIMIT_DATA, data, data},
        {RLIMIT_FSIZE, file, file},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
            return -1;
        if (limits[i].hard < limit.rlim_max)
            limit.rlim_max = limits[i].hard;
        limit.rlim_cur = limits[i].soft < limit.rlim_max ? limits[i].soft : limit.rlim_max;
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit) < 0)
            return -1;
    }
    return 0;
}

static int launch_affinity(const struct plan *plan)
{
    if (!plan->run->cpu_count)
        return 0;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t i = 0; i < plan->run->cpu_count; i++)
        if (plan->run->cpus[i] < CPU_SETSIZE)
            CPU_SET(plan->run->cpus[i], &set);
    return sched_setaffinity(0, sizeof set, &set);
}

/* Before privileges go: memory short on the host takes the run, never the lane (proc(5)). */
static void launch_prefer_for_oom(void)
{
    cleanup_fd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)!write(fd, "500", 3);
}

/* An inherited software counter over the whole tree,
 * for those who can't have a group (perf_event_open(2)). */
static int launch_counter(struct plan *plan)
{
    if (plan->cpu_source != SANDBOX_CPU_TASK_CLOCK)
        return 0;
    struct perf_event_attr attr = task_clock_attributes();
    attr.disabled = attr.enable_on_exec = !plan->run->warm;
    cleanup_fd int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return 0; /* reported as no source, so that CPU can't be primary */
    const char kind = PLAN_SIGNAL_CLOCK;
    if (channel_send(plan->control, &kind, 1, &fd, 1) < 0)
        return -1;
    if (plan->run->warm)
        plan->cpu_fd = STEAL_FD(fd);
    return 0;
}

/* Where the machine has such a counter: what it shows is told, and nothing depends on it. */
static int launch_count_instructions(const struct plan *plan)
{
    cleanup_fd int fd = plan->run->counting ? instructions_open(instructions_ask_kernel) : -1;
    const char kind = PLAN_SIGNAL_INSTRUCTIONS;
    return fd < 0 ? 0 : channel_send(plan->control, &kind, 1, &fd, 1);
}

static int launch_drop_bounding(void)
{
    for (int capability = 0; capability <= 63; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return errno == EINVAL && capability > 0 ? 0 : -1;
    return 0;
}

static int launch_credentials(const struct plan *plan)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                               SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                               SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    if (setns(plan->lane->user_namespace, CLONE_NEWUSER) < 0)
        return -1;
    /* By system call: the C library's wrappers would tell threads that we share memory with. An ordinary
     * user's namespace refuses setgroups; their groups stay, but nothing of the host is writable. */
    if (plan->lane->root && syscall(SYS_setgroups, 0, NULL) < 0)
        return -1;
    if (launch_drop_bounding() < 0 || prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
        return -1;
    const unsigned id = PRIVILEGE_INSIDE_ID;
    if (syscall(SYS_setresgid, id, id, id) < 0 || syscall(SYS_setresuid, id, id, id) < 0)
        return -1;
    if (syscall(SYS_capset, &header, none) < 0)
        return -1;
    /* A process 1 that stays is out of its programs' sight, and still ends with its lane. */
    if (plan->run->warm && (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0))
        return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A counting run's listener goes to the lane at once: ours closes on exec, and process 1 never has it. */
static int launch_filter(const struct plan *plan)
{
    const bool tallied = plan->run->calls_most > 0;
    if (!plan->run->counting && !tallied)
        return filter_load(plan->filter);
    cleanup_fd int listener = tallied ? tally_load(plan->control) : filter_load_counting(plan->filter);
    const char kind = PLAN_SIGNAL_LISTENER;
    if (listener < 0 || channel_send(plan->control, &kind, 1, &listener, 1) < 0)
        return -1;
    return tallied ? filter_load(plan->filter) : 0;
}

static const char *launch_path(const struct plan *plan)
{
    for (size_t i = 0; plan->run->environment[i]; i++)
        if (strncmp(plan->run->environment[i], "PATH=", 5) == 0)
            return plan->run->environment[i] + 5;
    return "/usr/bin:/bin";
}

/* Like execvpe(3) without its shell fallback. Returns the errno that says most. */
static int launch_try_execute(const struct plan *plan)
{
    /* The strings are ours; execve() wants them without const. */
    char **argv = (char **)(uintptr_t)plan->run->argv;
    char **environment = (char **)(uintptr_t)plan->run->environment;
    if (strchr(argv[0], '/')) {
        execve(argv[0], argv, environment);
        return errno;
    }
    int best = ENOENT;
    for (const char *at = launch_path(plan); at;) {
        size_t length = strcspn(at, ":");
        char path[PATH_MAX];
        if (snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length ? "/" : "", argv[0]) < PATH_MAX)
            execve(path, argv, environment);
        if (errno != ENOENT && errno != ENOTDIR)
            best = errno;
        at = at[length] ? at + length + 1 : NULL;
    }
    return best;
}

void launch_give_up(struct plan *plan)
{
    if (chdir(SANDBOX_WORKSPACE) < 0)
        launch_fail(plan, "enter the workspace");
    launch_prefer_for_oom();
    if (launch_counter(plan) < 0)
        launch_fail(plan, "pass the CPU counter out");
    if (launch_count_instructions(plan) < 0)
        launch_fail(plan, "pass the counter of instructions out");
    if (launch_affinity(plan) < 0)
        launch_fail(plan, "set CPUs");
    if (launch_limits(plan) < 0)
        launch_fail(plan, "set limits");
    if (launch_credentials(plan) < 0)
        launch_fail(plan, "give up credentials");
    if (plan->landlock >= 0 && landlock_enter(plan->landlock) < 0)
        launch_fail(plan, "enter a Landlock domain");
    if (launch_filter(plan) < 0)
        launch_fail(plan, "load the filter");
}

void launch_execute(struct plan *plan)
{
    struct plan_page *page = plan->page;
    if (plan->cpu_fd >= 0)
        page->cpu_start_ns = counter_read_cpu(plan->cpu_source, plan->cpu_fd);
    page->start_ns = launch_now();
    page->phase = PLAN_RUNNING;
    page->exec_error = launch_try_execute(plan);
    page->phase = PLAN_NOT_STARTED;
    _exit(127);
}

static int launch_body(void *data)
{
    struct plan *plan = data;
    if (setsid() < 0)
        launch_fail(plan, "start a session");
    if (launch_place_streams(plan) < 0)
        launch_fail(plan, "place descriptors");
    launch_give_up(plan);
    launch_execute(plan);
}

pid_t launch_program(struct plan *plan)
{
    return task_start(launch_body, plan, 0);
}
