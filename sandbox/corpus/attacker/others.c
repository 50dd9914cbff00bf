/* Ways to anybody else: the network, another sandbox, the machine. */
#include "attacker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define OTHERS_KEY 4711 /* of segments, semaphores and queues */

/* Addresses of RFC 5737 and RFC 3849: routed nowhere, so that a success is none either. */
static long attack_reach(int family, int type, const char *words, unsigned short port)
{
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(family, type, 0);
    if (fd < 0)
        return -1;
    if (family == AF_INET) {
        inet_pton(family, words, &to4.sin_addr);
        return connect(fd, (struct sockaddr *)&to4, sizeof to4);
    }
    inet_pton(family, words, &to6.sin6_addr);
    return connect(fd, (struct sockaddr *)&to6, sizeof to6);
}

static long attack_tcp(void)
{
    return attack_reach(AF_INET, SOCK_STREAM, "192.0.2.1", 80);
}

static long attack_udp(void)
{
    return attack_reach(AF_INET, SOCK_DGRAM, "192.0.2.1", 443);
}

static long attack_udp6(void)
{
    return attack_reach(AF_INET6, SOCK_DGRAM, "2001:db8::1", 443);
}

static long attack_dns(void)
{
    return attack_reach(AF_INET, SOCK_DGRAM, "192.0.2.53", 53);
}

/* A name in the abstract space: it belongs to a network namespace. */
static long attack_abstract(const char *name, int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path + 1, name, strlen(name));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
    return call(fd, (struct sockaddr *)&address, length);
}

long attacker_publish(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0cupel-attack"};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof "cupel-attack");
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 1) < 0 ||
        shmget(OTHERS_KEY, 4096, IPC_CREAT | 0666) < 0 || msgget(OTHERS_KEY, IPC_CREAT | 0666) < 0 ||
        semget(OTHERS_KEY, 1, IPC_CREAT | 0666) < 0 || mkfifo("/tmp/cupel-attack", 0666) < 0 ||
        open("/dev/shm/cupel-attack", O_WRONLY | O_CREAT, 0666) < 0 ||
        open("/work/cupel-attack", O_WRONLY | O_CREAT, 0666) < 0)
        return -1;
    attacker_lock();
    return 0;
}

/* Until killed. */
static long attack_publish(void)
{
    if (attacker_publish() < 0)
        return -1;
    puts("ok");
    fflush(stdout);
    for (;;) {
        usleep(20000);
        attacker_touch();
    }
}

/* Time for the sandbox beside to publish. */
static long attack_moment(void)
{
    return usleep(300000);
}

static long attack_find_abstract(void)
{
    return attack_abstract("cupel-attack", connect);
}

static long attack_abstract_twin(void)
{
    return attack_abstract("cupel-twin", bind);
}

static long attack_find_host_abstract(void)
{
    return attack_abstract("cupel-attack-host", connect);
}

static long attack_find_segment(void)
{
    return shmget(OTHERS_KEY, 4096, 0);
}

static long attack_find_queue(void)
{
    return msgget(OTHERS_KEY, 0);
}

static long attack_find_semaphore(void)
{
    return semget(OTHERS_KEY, 1, 0);
}

static long attack_segment_twin(void)
{
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}

static long attack_find_files(void)
{
    return access("/dev/shm/cupel-attack", F_OK) == 0 || access("/tmp/cupel-attack", F_OK) == 0 ||
                   access("/work/cupel-attack", F_OK) == 0
               ? 0
               : -1;
}

/* State that a later run of the same arm could read its answer from. */
static long attack_remember(void)
{
    return attack_find_segment() >= 0 || shmget(OTHERS_KEY, 4096, IPC_CREAT | 0666) < 0 ||
                   close(open("/work/cupel-attack", O_WRONLY | O_CREAT, 0666)) < 0 ||
                   close(open("/tmp/cupel-attack", O_WRONLY | O_CREAT, 0666)) < 0 ||
                   close(open("/dev/shm/cupel-attack", O_WRONLY | O_CREAT, 0666)) < 0
               ? -1
               : 0;
}

static long attack_recall(void)
{
    return attack_find_files() == 0 || attack_find_segment() >= 0 ? 0 : -1;
}

/* A stop by SIGSTOP ends with any SIGCONT, a timer's too; what follows is CPU time beside the other arm. */
static long attack_wake(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT};
    const struct itimerspec often = {.it_interval.tv_nsec = 200000000, .it_value.tv_nsec = 200000000};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &often, NULL) < 0)
        return -1;
    puts("ok");
    fflush(stdout);
    for (;;)
        continue;
}

const struct attack attacks_on_others[] = {
    {"wake", attack_wake},
    {"tcp", attack_tcp},
    {"udp", attack_udp},
    {"udp6", attack_udp6},
    {"dns", attack_dns},
    {"publish", attack_publish},
    {"moment", attack_moment},
    {"find-abstract", attack_find_abstract},
    {"abstract", attack_abstract_twin},
    {"find-host-abstract", attack_find_host_abstract},
    {"find-segment", attack_find_segment},
    {"find-queue", attack_find_queue},
    {"find-semaphore", attack_find_semaphore},
    {"segment", attack_segment_twin},
    {"find-files", attack_find_files},
    {"remember", attack_remember},
    {"recall", attack_recall},
    {NULL, NULL},
};
