/* The file system: what is outside the workspace, and who may run and change what. */
#include "attacker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long attack_open_by_handle(void)
{
    uint32_t handle[8] = {8, 1};
    return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
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
    return mknod("/tmp/cupel-attack-device", S_IFCHR | 0600, makedev(1, 1));
}

static long attack_mkfifo_twin(void)
{
    return mkfifo("/tmp/cupel-attack-fifo", 0600);
}

static long attack_write_usr(void)
{
    return open("/usr/bin/cupel-attack", O_WRONLY | O_CREAT, 0755);
}

static long attack_write_etc(void)
{
    return open("/etc/passwd", O_WRONLY);
}

static long attack_write_work_twin(void)
{
    return open("/work/cupel-attack", O_WRONLY | O_CREAT, 0644);
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

/* A descriptor that came in besides the three. */
static long attack_descriptors(void)
{
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 0;
    return -1;
}

static long attack_fsopen(void)
{
    return syscall(SYS_fsopen, "tmpfs", 0);
}

static long attack_mount_setattr(void)
{
    uint64_t attributes[4] = {0, 1, 0, 0}; /* clear MOUNT_ATTR_RDONLY */
    return syscall(SYS_mount_setattr, AT_FDCWD, "/usr", 0, attributes, sizeof attributes);
}

static bool attack_has_entries(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count > 2;
}

/* What no program under test needs of the machine: its home folders, its services, its state. */
static long attack_host_folders(void)
{
    static const char *const folders[] = {"/root", "/home", "/var/lib", "/run",
                                          "/sys",  "/boot", "/srv",     "/mnt"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (attack_has_entries(folders[i]))
            return 0;
    errno = ENOENT;
    return -1;
}

static long attack_dotdot(void)
{
    return open("/work/../../../root/.profile", O_RDONLY);
}

static long attack_through_link(void)
{
    return symlink("/root/.profile", "/work/cupel-attack-link") < 0
               ? 0
               : open("/work/cupel-attack-link", O_RDONLY);
}

static long attack_git_folder(void)
{
    return open("/work/.git", O_RDONLY | O_DIRECTORY);
}

static long attack_read_work_twin(void)
{
    return open("/work/attacker", O_RDONLY);
}

/* What a collector would like to read: a way out, a pipe that nobody writes, a socket, and an honest file. */
static long attack_plant(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/work/socket"};
    return symlink("/etc/hostname", "/work/link") < 0 || symlink("..", "/work/up") < 0 ||
                   mkfifo("/work/fifo", 0644) < 0 ||
                   bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) < 0
               ? -1
               : close(open("/work/honest", O_WRONLY | O_CREAT, 0644));
}

/* Leaves a process behind that goes on swapping the result for a link out. */
static long attack_swap(void)
{
    int ends[2];
    if (close(open("/work/other", O_WRONLY | O_CREAT, 0644)) < 0 || pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        setsid();
        for (int round = 0;; round++) {
            unlink("/work/result");
            if (round % 2 ? link("/work/other", "/work/result") : symlink("/etc/passwd", "/work/result"))
                _exit(1);
            if (round == 100 && write(ends[1], "x", 1) != 1)
                _exit(1);
        }
    }
    return read(ends[0], &(char){0}, 1) == 1 ? 0 : -1;
}

static bool attack_copy_self(const char *path, mode_t mode)
{
    char block[1 << 16];
    int from = open("/proc/self/exe", O_RDONLY);
    int to = open(path, O_WRONLY | O_CREAT, 0755);
    for (ssize_t length; (length = read(from, block, sizeof block)) > 0;)
        if (write(to, block, (size_t)length) != length)
            return false;
    return fchmod(to, mode) == 0 && close(to) == 0 && close(from) == 0;
}

static int attack_await(pid_t pid)
{
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* 0 when this process may do more than its user. */
static long attack_capable(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "CapEff:", 7) == 0 && strspn(line + 7, "\t0\n") != strlen(line + 7))
            exit(0);
    if (file)
        fclose(file);
    exit(geteuid() == 0 || getegid() == 0 || getauxval(AT_SECURE) ? 0 : 1);
}

static long attack_setuid_bit(void)
{
    if (!attack_copy_self("/work/set", 06755))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/work/set", "set", "capable", NULL);
        _exit(2);
    }
    errno = EPERM;
    return attack_await(pid) == 1 ? -1 : 0;
}

/* One of the system's own setuid programs: who it runs as stands in /proc until it is waited for. */
static long attack_setuid_system(void)
{
    char path[64];
    char line[256];
    unsigned effective = 0;
    pid_t pid = fork();
    if (pid == 0) {
        close(2);
        execl("/usr/bin/su", "su", NULL);
        execl("/bin/su", "su", NULL);
        _exit(1);
    }
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Uid: %*u %u", &effective) == 1)
            break;
    if (file)
        fclose(file);
    attack_await(pid);
    errno = EPERM;
    return effective != 0 ? -1 : 0;
}

static long attack_run_copy_twin(void)
{
    if (!attack_copy_self("/work/copy", 0755))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/work/copy", "copy", "capable", NULL);
        _exit(2);
    }
    return attack_await(pid) == 1 ? 0 : -1;
}

static long attack_environ_of_init(void)
{
    return open("/proc/1/environ", O_RDONLY);
}

/* Names of the groups that we are in tell how the machine is laid out, and which run this is. */
static long attack_group_names(void)
{
    char line[512];
    long told = -1;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *path = strrchr(line, ':');
        if (path && strcmp(path, ":/\n") != 0)
            told = 0;
    }
    if (file)
        fclose(file);
    errno = ENOENT;
    return told;
}

/* By every way to ask for it; whether one worked shows in what holds afterwards. */
static long attack_core_limit(const struct rlimit *wanted)
{
    struct rlimit before;
    struct rlimit after;
    if (getrlimit(RLIMIT_CORE, &before) < 0)
        return -1;
    const uint64_t high = UINT64_C(1) << 32; /* the kernel takes the lower half */
    (void)syscall(SYS_setrlimit, RLIMIT_CORE, wanted);
    (void)syscall(SYS_setrlimit, high | RLIMIT_CORE, wanted);
    (void)syscall(SYS_prlimit64, 0, RLIMIT_CORE, wanted, NULL);
    (void)syscall(SYS_prlimit64, 0, high | RLIMIT_CORE, wanted, &after);
    (void)syscall(SYS_prlimit64, high, high | RLIMIT_CORE, wanted, NULL);
    (void)syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, wanted, NULL);
    if (getrlimit(RLIMIT_CORE, &after) < 0)
        return -1;
    errno = EPERM;
    return after.rlim_cur == before.rlim_cur && after.rlim_max == before.rlim_max ? -1 : 0;
}

/* What the kernel would do for this process, with more rights than it has, when it crashes. */
static long attack_core_dump(void)
{
    const struct rlimit wide = {RLIM_INFINITY, RLIM_INFINITY};
    return attack_core_limit(&wide);
}

/* A limit of 0 stops files but no pipe to a handler of the host, which then runs outside of any sandbox. */
static long attack_core_none(void)
{
    const struct rlimit none = {0, 0};
    return attack_core_limit(&none);
}

/* Standard input is a file of ours: opened again by its name it must not become writable. */
static long attack_mutate_input(void)
{
    int fd = open("/proc/self/fd/0", O_WRONLY | O_TRUNC);
    return fd < 0 ? -1 : write(fd, "x", 1);
}

static long attack_read_input_twin(void)
{
    char byte;
    return read(0, &byte, 1) == 1 ? 0 : -1;
}

const struct attack attacks_on_files[] = {
    {"open-by-handle", attack_open_by_handle},
    {"mount", attack_mount},
    {"umount", attack_umount},
    {"pivot-root", attack_pivot},
    {"chroot", attack_chroot},
    {"fsopen", attack_fsopen},
    {"mount-setattr", attack_mount_setattr},
    {"mknod", attack_mknod},
    {"mkfifo", attack_mkfifo_twin},
    {"write-usr", attack_write_usr},
    {"write-etc", attack_write_etc},
    {"write-work", attack_write_work_twin},
    {"read-work", attack_read_work_twin},
    {"host-folders", attack_host_folders},
    {"dotdot", attack_dotdot},
    {"through-link", attack_through_link},
    {"git-folder", attack_git_folder},
    {"core-pattern", attack_core_pattern},
    {"sysrq", attack_sysrq},
    {"kcore", attack_kcore},
    {"init-memory", attack_init_memory},
    {"init-environ", attack_environ_of_init},
    {"own-memory", attack_own_memory_twin},
    {"descriptors", attack_descriptors},
    {"plant", attack_plant},
    {"swap", attack_swap},
    {"capable", attack_capable},
    {"setuid-bit", attack_setuid_bit},
    {"setuid-system", attack_setuid_system},
    {"run-copy", attack_run_copy_twin},
    {"core-dump", attack_core_dump},
    {"core-none", attack_core_none},
    {"group-names", attack_group_names},
    {"mutate-input", attack_mutate_input},
    {"read-input", attack_read_input_twin},
    {NULL, NULL},
};
