/* Leaves something behind where a later program might find it: the program under test of warm sandboxes. */
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static int leaver_make(const char *path)
{
    return open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}

static int leaver_memory(void)
{
    return shmget(1234, 4096, IPC_CREAT | 0600);
}

static int leaver_semaphore(void)
{
    return semget(1234, 1, IPC_CREAT | 0600);
}

static int leaver_message(void)
{
    return msgget(1234, IPC_CREAT | 0600);
}

static int leaver_queue(void)
{
    return mq_open("/left", O_CREAT | O_RDWR, 0600, NULL);
}

static int leaver_tmp(void)
{
    return leaver_make("/tmp/.left");
}

static int leaver_shm(void)
{
    return leaver_make("/dev/shm/left");
}

static int leaver_workspace(void)
{
    return leaver_make("left");
}

static int leaver_delete(void)
{
    return unlink("leaver");
}

static int leaver_mode(void)
{
    return chmod(".", 0700);
}

static int leaver_times(void)
{
    return utimensat(AT_FDCWD, ".", NULL, 0);
}

static int leaver_nonblock(void)
{
    return fcntl(1, F_SETFL, O_NONBLOCK | O_APPEND);
}

static int leaver_narrow(void)
{
    return fcntl(2, F_SETPIPE_SZ, 4096);
}

/* Of process 1, which every later program inherits from. */
static int leaver_idle(void)
{
    const struct sched_param none = {0};
    return sched_setscheduler(1, SCHED_IDLE, &none);
}

/* Each of these must not count: it is gone with the program, or was refused. */
static int leaver_tidy(void)
{
    if (leaver_make("/tmp/gone") < 0 || unlink("/tmp/gone") < 0)
        return -1;
    (void)!kill(1, SIGKILL);
    (void)!kill(1, SIGUSR1);
    const pid_t pid = fork();
    if (pid == 0) {
        setsid();
        for (;;)
            pause();
    }
    return pid;
}

static const struct {
    const char *name;
    int (*leave)(void);
} leaver_modes[] = {
    {"memory", leaver_memory},
    {"semaphore", leaver_semaphore},
    {"message", leaver_message},
    {"queue", leaver_queue},
    {"tmp", leaver_tmp},
    {"shm", leaver_shm},
    {"workspace", leaver_workspace},
    {"delete", leaver_delete},
    {"mode", leaver_mode},
    {"times", leaver_times},
    {"nonblock", leaver_nonblock},
    {"narrow", leaver_narrow},
    {"idle", leaver_idle},
    {"tidy", leaver_tidy},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof leaver_modes / sizeof leaver_modes[0]; i++)
        if (argc == 2 && strcmp(argv[1], leaver_modes[i].name) == 0) {
            if (leaver_modes[i].leave() < 0) {
                perror(argv[1]);
                return 1;
            }
            return 0;
        }
    return 2;
}
