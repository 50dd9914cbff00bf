/* Ways to look better than one is: CPU that nobody would charge, records that nobody would check. */
#include "attacker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Burns 0.3 s of CPU in a child that nobody waits for. */
static long attack_hide_child(void)
{
    int ends[2];
    signal(SIGCHLD, SIG_IGN);
    if (pipe(ends) < 0)
        return -1;
    if (fork() == 0) {
        attacker_burn(0.3);
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
            attacker_burn(0.2);
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

/* Answers, ends its first thread, and works on in another. */
static void *attack_work_on(void *data)
{
    attacker_burn(0.2);
    exit(0);
    return data;
}

static long attack_thread_after(void)
{
    pthread_t thread;
    puts("ok");
    fflush(stdout);
    errno = pthread_create(&thread, NULL, attack_work_on, NULL);
    if (errno)
        return -1;
    pthread_exit(NULL);
}

/* Answers and leaves a child that works on. */
static long attack_child_after(void)
{
    if (fork() == 0) {
        setsid();
        for (;;)
            attacker_burn(1e9);
    }
    return 0;
}

/* Prints what a runner might be told, and writes it to every descriptor that there could be. */
static long attack_fake_record(void)
{
    static const char record[] = "ok\n{\"end\": \"exited\", \"status\": 0, \"cpu_ns\": 1, \"wall_ns\": 1}\n";
    attacker_burn(0.2);
    for (int fd = 3; fd < 1024; fd++)
        if (write(fd, record, sizeof record - 1) >= 0)
            return -1;
    (void)!write(1, record, sizeof record - 1);
    exit(0);
}

const struct attack attacks_on_figures[] = {
    {"affinity", attack_affinity},         {"affinity-query", attack_affinity_twin},
    {"hide-child", attack_hide_child},     {"daemon", attack_daemon},
    {"thread-after", attack_thread_after}, {"child-after", attack_child_after},
    {"fake-record", attack_fake_record},   {NULL, NULL},
};
