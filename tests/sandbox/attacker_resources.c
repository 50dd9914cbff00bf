/* Processes, CPU and memory, and what other sandboxes could see. */
#include "attacker.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

static long attack_init_limits(void)
{
    struct rlimit none = {0, 0};
    return prlimit(1, RLIMIT_NOFILE, &none, NULL);
}

static long attack_own_limits_twin(void)
{
    struct rlimit limit = {64, 64};
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static long attack_init_signal(void)
{
    /* Allowed and without effect: process 1 of a pid namespace ignores what it has no handler for. */
    (void)kill(1, SIGKILL);
    (void)kill(1, SIGSTOP);
    return 0;
}

static long attack_affinity(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

static long attack_affinity_twin(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set);
}

/* A name in the abstract space, and a segment by key: neither may be seen from another sandbox. */
static long attack_abstract(int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, "\0cupel-attack", 13);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return call(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 13)) <
                       0 ||
                   listen(fd, 1) < 0
               ? -1
               : fd;
}

static long attack_publish(void)
{
    if (attack_abstract(bind) < 0 || shmget(4711, 4096, IPC_CREAT | 0666) < 0)
        return -1;
    puts("ok");
    fflush(stdout);
    sleep(60);
    return 0;
}

static long attack_find_abstract(void)
{
    return attack_abstract(connect);
}

static long attack_find_segment(void)
{
    return shmget(4711, 4096, 0);
}

static void attack_burn(double seconds)
{
    struct timespec now;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

/* Burns 0.3 s of CPU in a child that nobody waits for. */
static long attack_hide_child(void)
{
    int ends[2];
    signal(SIGCHLD, SIG_IGN);
    if (pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        attack_burn(0.3);
        _exit(0);
    }
    close(ends[1]);
    return read(ends[0], &(char){0}, 1); /* until the child has gone */
}

/* Leaves a daemon of its own session behind, which has burnt 0.2 s and would go on. */
static long attack_daemon(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGTERM, SIG_IGN);
            signal(SIGHUP, SIG_IGN);
            attack_burn(0.2);
            if (write(ends[1], "x", 1) != 1)
                _exit(1);
            for (;;)
                pause();
        }
        _exit(0);
    }
    wait(NULL);
    return read(ends[0], &(char){0}, 1) == 1 ? 0 : -1;
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

static long attack_nothing(void)
{
    return 0;
}

const struct attack attacks_on_resources[] = {
    {"nothing", attack_nothing},
    {"init-limits", attack_init_limits},
    {"own-limits", attack_own_limits_twin},
    {"init-signal", attack_init_signal},
    {"affinity", attack_affinity},
    {"affinity-query", attack_affinity_twin},
    {"publish", attack_publish},
    {"find-abstract", attack_find_abstract},
    {"find-segment", attack_find_segment},
    {"hide-child", attack_hide_child},
    {"daemon", attack_daemon},
    {"fork-bomb", attack_fork_bomb},
    {"memory-bomb", attack_memory_bomb},
    {"endless", attack_endless},
    {"stubborn", attack_stubborn},
    {NULL, NULL},
};
