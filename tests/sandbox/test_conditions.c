/*
 * What doctor says on machines that lack something, each condition made for real in a child of ours: in mount
 * and user namespaces of its own, or behind a filter that answers as an older kernel or a container would.
 */
#include "lab.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "sandbox/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONDITIONS_ORDINARY 65534
#define CONDITIONS_SKIP     77

struct condition {
    const char *name;   /* for people */
    int (*make)(void);  /* in the child, as root in a mount namespace of its own; CONDITIONS_SKIP: not here */
    bool ordinary;      /* then as an ordinary user */
    int (*late)(void);  /* after that, or NULL */
    const char *layer;  /* row that must name … */
    const char *cause;  /* … this */
    const char *remedy; /* and a part of the command */
    bool inherent;      /* an ordinary user's machine may be so already: root is the one for whom it is not */
};

static int conditions_write(const char *path, const char *words)
{
    cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return fd >= 0 && write(fd, words, strlen(words)) == (ssize_t)strlen(words) ? 0 : -1;
}

static int conditions_nothing(void)
{
    return 0;
}

/* A folder of settings that says what we want, over the kernel's. */
static int conditions_fake_setting(const char *name, const char *value)
{
    cleanup_free char *path = memory_format("/proc/sys/kernel/%s", name);
    return mount("tmpfs", "/proc/sys/kernel", "tmpfs", 0, "mode=755") < 0 ? -1
                                                                          : conditions_write(path, value);
}

static int conditions_apparmor(void)
{
    return conditions_fake_setting("apparmor_restrict_unprivileged_userns", "1\n");
}

static int conditions_switched_off(void)
{
    return conditions_fake_setting("unprivileged_userns_clone", "0\n");
}

static int conditions_core_socket(void)
{
    return conditions_fake_setting("core_pattern", "@/run/systemd/coredump\n");
}

/* A user namespace of one id, as whoever we are. */
static int conditions_enter_user_namespace(void)
{
    char uids[32];
    char gids[32];
    snprintf(uids, sizeof uids, "%u %u 1", geteuid(), geteuid());
    snprintf(gids, sizeof gids, "%u %u 1", getegid(), getegid());
    return unshare(CLONE_NEWUSER) < 0 || conditions_write("/proc/self/setgroups", "deny") < 0 ||
                   conditions_write("/proc/self/gid_map", gids) < 0 ||
                   conditions_write("/proc/self/uid_map", uids) < 0
               ? -1
               : 0;
}

static int conditions_limit(void)
{
    return conditions_enter_user_namespace() < 0 ||
                   conditions_write("/proc/sys/user/max_user_namespaces", "0") < 0
               ? -1
               : 0;
}

/* Calls answered by an errno, as an older kernel or a container's filter does. */
static int conditions_refuse(const char *const *calls, int error)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    int code = context ? 0 : -ENOMEM;
    for (size_t i = 0; code == 0 && calls[i]; i++)
        code = seccomp_rule_add(context, SCMP_ACT_ERRNO((unsigned)error),
                                seccomp_syscall_resolve_name(calls[i]), 0);
    if (code == 0)
        code = seccomp_load(context);
    seccomp_release(context);
    return code;
}

static int conditions_no_landlock(void)
{
    static const char *const calls[] = {"landlock_create_ruleset", NULL};
    return conditions_refuse(calls, ENOSYS);
}

static int conditions_landlock_off(void)
{
    static const char *const calls[] = {"landlock_create_ruleset", NULL};
    return conditions_refuse(calls, EOPNOTSUPP);
}

static int conditions_old_kernel(void)
{
    static const char *const calls[] = {"mount_setattr", NULL};
    return conditions_refuse(calls, ENOSYS);
}

static int conditions_filtered(void)
{
    static const char *const calls[] = {"unshare", "mount", NULL};
    return conditions_refuse(calls, EPERM);
}

/* Root of a container that was given nothing. */
static int conditions_container(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (conditions_filtered() < 0 || prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) < 0 ||
        syscall(SYS_capget, &header, data) < 0)
        return -1;
    data[0].effective &= ~(1u << CAP_SYS_ADMIN);
    data[0].permitted &= ~(1u << CAP_SYS_ADMIN);
    data[0].inheritable = 0;
    return (int)syscall(SYS_capset, &header, data);
}

static int conditions_mask_proc(void)
{
    return mount("/dev/null", "/proc/version", NULL, MS_BIND, NULL);
}

static int conditions_no_groups(void)
{
    return umount2("/sys/fs/cgroup", MNT_DETACH);
}

/* The mount point of the first file system of a type; the caller frees it, NULL for none. */
static char *conditions_find_mount(const char *type)
{
    char line[4096];
    cleanup_file FILE *file = fopen("/proc/self/mounts", "re");
    while (file && fgets(line, sizeof line, file)) {
        char point[2048];
        char name[32];
        if (sscanf(line, "%*s %2047s %31s", point, name) == 2 && strcmp(name, type) == 0)
            return memory_copy_string(point);
    }
    return NULL;
}

static int conditions_version1_alone(void)
{
    cleanup_free char *first = conditions_find_mount("cgroup");
    cleanup_free char *second = conditions_find_mount("cgroup2");
    if (!first || !second)
        return CONDITIONS_SKIP;
    return umount2(second, MNT_DETACH);
}

static int conditions_version2_alone(void)
{
    cleanup_free char *second = conditions_find_mount("cgroup2");
    if (!second)
        return CONDITIONS_SKIP;
    return mount(second, "/mnt", NULL, MS_BIND, NULL) < 0 || umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ? -1
                                                                                                       : 0;
}

static int conditions_version2_read_only(void)
{
    int code = conditions_version2_alone();
    return code ? code : mount(NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* The kernel stacks overlays twice; the slot's own would be the third. */
static int conditions_stacked(void)
{
    if (mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
        return -1;
    for (int i = 0; i < 2; i++)
        if (mount("overlay", "/usr", "overlay", MS_RDONLY, "lowerdir=/usr:/mnt") < 0)
            return i == 0 ? CONDITIONS_SKIP : 0; /* it was one already */
    return 0;
}

static const struct condition conditions[] = {
    {.name = "AppArmor's restriction",
     .make = conditions_apparmor,
     .ordinary = true,
     .late = conditions_limit,
     .layer = "user namespaces",
     .cause = "apparmor-userns",
     .remedy = "sudo apparmor_parser -r /etc/apparmor.d/cupel-sandbox"},
    {.name = "user namespaces switched off",
     .make = conditions_switched_off,
     .ordinary = true,
     .late = conditions_limit,
     .layer = "user namespaces",
     .cause = "userns-switched-off",
     .remedy = "sudo sysctl kernel.unprivileged_userns_clone=1"},
    {.name = "user namespaces limited to none",
     .make = conditions_nothing,
     .ordinary = true,
     .late = conditions_limit,
     .layer = "user namespaces",
     .cause = "userns-limit-zero",
     .remedy = "sudo sysctl user.max_user_namespaces=10000"},
    {.name = "the same for root",
     .make = conditions_nothing,
     .late = conditions_limit,
     .layer = "user namespaces",
     .cause = "userns-limit-zero",
     .remedy = "sudo sysctl user.max_user_namespaces=10000"},
    {.name = "root of a user namespace",
     .make = conditions_enter_user_namespace,
     .layer = "slot ids",
     .cause = "not-root",
     .remedy = "run as root"},
    {.name = "a container without CAP_SYS_ADMIN",
     .make = conditions_container,
     .layer = "user namespaces",
     .cause = "container-no-sys-admin",
     .remedy = "--cap-add SYS_ADMIN"},
    {.name = "a container's filter",
     .make = conditions_filtered,
     .layer = "namespaces",
     .cause = "container-seccomp",
     .remedy = "--security-opt seccomp=unconfined"},
    {.name = "a kernel without mount_setattr",
     .make = conditions_old_kernel,
     .layer = "read-only system",
     .cause = "kernel-mount-setattr",
     .remedy = "Linux 5.12"},
    {.name = "a masked /proc",
     .make = conditions_mask_proc,
     .ordinary = true,
     .layer = "fresh /proc",
     .cause = "proc-masked",
     .remedy = "--security-opt systempaths=unconfined"},
    {.name = "no control groups",
     .make = conditions_no_groups,
     .ordinary = true,
     .layer = "memory groups",
     .cause = "cgroup-none",
     .remedy = "sudo mount -t cgroup2 none /sys/fs/cgroup"},
    {.name = "version 1 alone",
     .make = conditions_version1_alone,
     .ordinary = true,
     .layer = "memory groups",
     .cause = "cgroup1-only",
     .remedy = "systemd.unified_cgroup_hierarchy=1",
     .inherent = true},
    {.name = "version 2, not ours",
     .make = conditions_version2_alone,
     .ordinary = true,
     .layer = "memory groups",
     .cause = "cgroup2-not-delegated",
     .remedy = "systemd-run --user --scope -p Delegate=yes",
     .inherent = true},
    {.name = "version 2, read-only",
     .make = conditions_version2_read_only,
     .ordinary = true,
     .layer = "memory groups",
     .cause = "cgroup-read-only",
     .remedy = "--cgroupns=private"},
    {.name = "no Landlock",
     .make = conditions_nothing,
     .ordinary = true,
     .late = conditions_no_landlock,
     .layer = "Landlock",
     .cause = "landlock-missing",
     .remedy = "CONFIG_SECURITY_LANDLOCK"},
    {.name = "Landlock switched off",
     .make = conditions_nothing,
     .ordinary = true,
     .late = conditions_landlock_off,
     .layer = "Landlock",
     .cause = "landlock-off",
     .remedy = "lsm="},
    {.name = "dumps to a socket",
     .make = conditions_core_socket,
     .layer = "core dumps",
     .cause = "core-pattern-socket",
     .remedy = "sudo sysctl kernel.core_pattern=core"},
    {.name = "overlays stacked twice",
     .make = conditions_stacked,
     .layer = "own system files",
     .cause = "overlay-stacked",
     .remedy = "nested containers"},
};

/* Every row with a cause, a line each: "layer: cause: remedy". */
static void conditions_say(const char *state, int out)
{
    struct probe_layer layers[PROBE_LAYERS_MAX];
    const struct sandbox_options *options = &lab_current()->options;
    size_t count = probe_machine(layers, options->executable, options->filters, state);
    for (size_t i = 0; i < count; i++)
        if (layers[i].state != PROBE_PRESENT)
            dprintf(out, "%s: %s: %s\n", layers[i].name, layers[i].cause, layers[i].remedy);
}

static int __attribute__((noreturn))
conditions_child(const struct condition *condition, bool made, const char *state, int out)
{
    int code = unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -1 : 0;
    if (code == 0 && made)
        code = condition->make();
    if (code == 0 && condition->ordinary &&
        (setgroups(0, NULL) < 0 ||
         setresgid(CONDITIONS_ORDINARY, CONDITIONS_ORDINARY, CONDITIONS_ORDINARY) < 0 ||
         setresuid(CONDITIONS_ORDINARY, CONDITIONS_ORDINARY, CONDITIONS_ORDINARY) < 0 ||
         prctl(PR_SET_DUMPABLE, 1) < 0)) /* its own /proc/self may be written */
        code = -1;
    if (code == 0 && made && condition->late)
        code = condition->late();
    if (code < 0)
        dprintf(out, "could not be made: %s\n", strerror(errno));
    else if (code == 0)
        conditions_say(state, out);
    _exit(code < 0 ? 1 : code);
}

/* What doctor says under a condition, or without it; NULL where it can't be had. */
static char *conditions_ask(const struct condition *condition, bool made)
{
    cleanup_free char *state =
        memory_format("%s/state-%s", lab_current()->folder, condition->ordinary ? "ordinary" : "root");
    int ends[2];
    int status = 0;
    char part[4096];
    cleanup_text struct text said = {0};
    assert_true(mkdir(state, 0700) == 0 || errno == EEXIST);
    if (condition->ordinary)
        assert_int_equal(chown(state, CONDITIONS_ORDINARY, CONDITIONS_ORDINARY), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0)
        conditions_child(condition, made, state, ends[1]);
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;)
        text_append(&said, part, (size_t)got);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CONDITIONS_SKIP)
        return NULL;
    text_append(&said, "", 1);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s: status %x: %s", condition->name, status, said.data);
    return memory_copy_string(said.data);
}

static void test_conditions_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const struct condition *condition = &conditions[i];
        cleanup_free char *row = memory_format("%s: %s: ", condition->layer, condition->cause);
        cleanup_free char *said = conditions_ask(condition, true);
        struct condition other = *condition;
        if (other.inherent)
            other.ordinary = false;
        cleanup_free char *twin = conditions_ask(&other, condition->inherent);
        if (!said) {
            print_message("not here: %s\n", condition->name);
            continue;
        }
        const char *at = strstr(said, row);
        const char *remedy = at ? strstr(at, condition->remedy) : NULL;
        if (!remedy || remedy > strchr(at, '\n'))
            fail_msg("%s: no \"%s… %s\" in\n%s", condition->name, row, condition->remedy, said);
        if (strstr(twin, condition->cause))
            fail_msg("%s: \"%s\" without it too:\n%s", condition->name, condition->cause, twin);
    }
}

static int conditions_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conditions_are_told_apart)};
    if (!lab_current()->root) {
        print_message("only root can make these conditions\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return lab_main(conditions_tests);
}
