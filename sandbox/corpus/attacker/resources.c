/* Processes, CPU, memory and output. */
#include "attacker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long attack_init_limits(void)
{
    struct rlimit none = {0, 0};
    return prlimit(1, RLIMIT_NOFILE, &none, NULL);
}

/* Each limit as it is, by both calls, and one of them lower. */
static long attack_own_limits_twin(void)
{
    for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)resource, &limit) < 0 ||
            syscall(SYS_setrlimit, resource, &limit) < 0 ||
            setrlimit((__rlimit_resource_t)resource, &limit) < 0)
            return -1;
    }
    struct rlimit limit = {64, 64};
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
                   limit.rlim_cur != 64
               ? -1
               : 0;
}

static long attack_init_signal(void)
{
    /* Allowed and without effect: process 1 of a pid namespace ignores what it has no handler for. */
    (void)kill(1, SIGKILL);
    (void)kill(1, SIGSTOP);
    return 0;
}

void attacker_burn(double seconds)
{
    struct timespec now;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
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

/* Memory that no limit on a process's data counts: only a group does. */
static long attack_shared_bomb(void)
{
    for (int i = 0; i < 256; i++) {
        char *bytes = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (bytes == MAP_FAILED)
            return -1;
        memset(bytes, i, 1 << 20);
    }
    return 0;
}

static long attack_memory_twin(void)
{
    char *bytes = malloc(8 << 20);
    return bytes && memset(bytes, 1, 8 << 20) ? 0 : -1;
}

static long attack_realtime(void)
{
    struct sched_param parameters = {.sched_priority = 1};
    return sched_setscheduler(0, SCHED_FIFO, &parameters);
}

static long attack_schedule_twin(void)
{
    struct sched_param parameters = {0};
    return sched_setscheduler(0, SCHED_BATCH, &parameters);
}

static long attack_some_output_twin(void)
{
    static char line[1 << 12];
    memset(line, '.', sizeof line);
    for (int i = 0; i < 16; i++)
        if (write(2, line, sizeof line) != sizeof line)
            return -1;
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

static long __attribute__((noreturn)) attack_silent(void)
{
    close(1);
    close(2);
    for (;;)
        pause();
}

/* Twenty children, each of its own session and deaf to what can be ignored. */
static long attack_orphans(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -1;
    for (int i = 0; i < 20; i++)
        if (fork() == 0) {
            setsid();
            for (int number = 1; number < NSIG; number++)
                signal(number, SIG_IGN);
            if (write(ends[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
    for (int i = 0; i < 20; i++)
        if (read(ends[0], &(char){0}, 1) != 1)
            return -1;
    return 0;
}

static long attack_children_twin(void)
{
    for (int i = 0; i < 20; i++)
        if (fork() == 0)
            _exit(0);
    while (wait(NULL) > 0)
        continue;
    return 0;
}

static long attack_nothing(void)
{
    return 0;
}

const struct attack attacks_on_resources[] = {
    {"nothing", attack_nothing},
    {"init-limits", attack_init_limits},
    {"own-limits", attack_own_limits_twin},
    {"init-signal", attack_init_signal},
    {"fork-bomb", attack_fork_bomb},
    {"memory-bomb", attack_memory_bomb},
    {"shared-bomb", attack_shared_bomb},
    {"memory", attack_memory_twin},
    {"realtime", attack_realtime},
    {"schedule", attack_schedule_twin},
    {"some-output", attack_some_output_twin},
    {"silent", attack_silent},
    {"orphans", attack_orphans},
    {"children", attack_children_twin},
    {"endless", attack_endless},
    {"stubborn", attack_stubborn},
    {NULL, NULL},
};
