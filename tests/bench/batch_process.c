#include "tests/bench/batch_process.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double process_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* VmHWM, which never falls. A process that has ended has none. */
static void process_look(pid_t pid, struct batch_process *process)
{
    char line[256];
    size_t kibibytes;
    cleanup_free char *path = memory_format("/proc/%d/status", (int)pid);
    cleanup_file FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %zu kB", &kibibytes) == 1)
            process->peak_bytes = kibibytes * 1024;
}

/* Fields 14 and 15 of proc(5), of one that has ended and has not been waited for. */
static double process_cpu(pid_t pid)
{
    char line[1024] = "";
    unsigned long user = 0, system = 0;
    cleanup_free char *path = memory_format("/proc/%d/stat", (int)pid);
    cleanup_file FILE *file = fopen(path, "re");
    if (!file || !fgets(line, sizeof line, file) || !strrchr(line, ')') ||
        sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2) {
        fprintf(stderr, "bench_batch: can't read %s\n", path);
        exit(1);
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void process_await(pid_t pid, struct batch_process *process)
{
    static const struct timespec pause = {.tv_nsec = 2000000};
    double begin = process_now();
    int status = 0;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid)
            break;
        process_look(pid, process);
        nanosleep(&pause, NULL);
    }
    process->wall_s = process_now() - begin;
    process->cpu_s = process_cpu(pid);
    waitpid(pid, &status, 0);
    process->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t process_start(const char *const *arguments, const char *out)
{
    extern char **environ;
    char *const *words; /* which POSIX takes without the const that it keeps */
    posix_spawn_file_actions_t actions;
    pid_t pid;
    memcpy(&words, &arguments, sizeof words);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out ? out : "/dev/null",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(&pid, arguments[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (!failed)
        return pid;
    fprintf(stderr, "bench_batch: run %s: %s\n", arguments[0], strerror(failed));
    exit(1);
}

void batch_process_run(const char *const *arguments, const char *out, struct batch_process *process)
{
    *process = (struct batch_process){0};
    process_await(process_start(arguments, out), process);
}

int batch_process_do(const char *const *arguments)
{
    int status = 0;
    waitpid(process_start(arguments, NULL), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void batch_process_must(const char *const *arguments)
{
    int status = batch_process_do(arguments);
    if (status == 0)
        return;
    fprintf(stderr, "bench_batch: %s %s: exit status %d\n", arguments[0], arguments[1], status);
    exit(1);
}
