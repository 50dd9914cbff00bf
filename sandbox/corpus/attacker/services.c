/* Two services that run at once: what one of them could find of the other. */
#include "attacker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICES_PORT      4711 /* of the loopback inside */
#define SERVICES_HOST_PORT 4712 /* of the machine's, where sandbox/corpus/range.c listens */
#define SERVICES_MS        2000 /* the loopback answers within microseconds, with a word or with a refusal */

/* A socket on the loopback. */
static int services_socket_at(int family, int type, in_port_t port,
                              int (*call)(int, const struct sockaddr *, socklen_t))
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, type, 0);
    if (fd < 0 || (family == AF_INET ? call(fd, (const struct sockaddr *)&four, sizeof four)
                                     : call(fd, (const struct sockaddr *)&six, sizeof six)) < 0)
        return -1;
    return fd;
}

static int services_socket(int family, int type, int (*call)(int, const struct sockaddr *, socklen_t))
{
    return services_socket_at(family, type, SERVICES_PORT, call);
}

static int services_unix(const char *path, int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 || call(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

static const char *const services_paths[] = {"/tmp/cupel-attack-socket", "/dev/shm/cupel-attack-socket",
                                             "/work/cupel-attack-socket"};

static long services_open(int datagrams[2])
{
    for (int i = 0; i < 2; i++) {
        int family = i ? AF_INET6 : AF_INET;
        int stream = services_socket(family, SOCK_STREAM, bind);
        datagrams[i] = services_socket(family, SOCK_DGRAM, bind);
        if (stream < 0 && errno == EAFNOSUPPORT)
            continue; /* no service: the profile has the other ways only */
        if (stream < 0 || listen(stream, 4) < 0 || datagrams[i] < 0)
            return -1;
    }
    for (size_t i = 0; i < sizeof services_paths / sizeof services_paths[0]; i++) {
        int fd = services_unix(services_paths[i], bind);
        if (fd < 0 || listen(fd, 4) < 0)
            return -1;
    }
    return mq_open("/cupel-attack", O_RDWR | O_CREAT, 0666, NULL);
}

/* A service on every way that there is, beside the names of attacker_publish(); killed in the end. */
static long services_serve(void)
{
    int datagrams[2];
    if (attacker_publish() < 0 || services_open(datagrams) < 0)
        return -1;
    puts("ok");
    fflush(stdout);
    for (;;) {
        struct pollfd polled[2] = {{.fd = datagrams[0], .events = POLLIN},
                                   {.fd = datagrams[1], .events = POLLIN}};
        (void)poll(polled, 2, 20);
        attacker_touch();
        for (int i = 0; i < 2; i++) {
            struct sockaddr_storage from;
            socklen_t length = sizeof from;
            char byte;
            if (recvfrom(datagrams[i], &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &length) == 1)
                (void)!sendto(datagrams[i], &byte, 1, 0, (struct sockaddr *)&from, length);
        }
    }
}

static long attack_find_tcp(void)
{
    return services_socket(AF_INET, SOCK_STREAM, connect);
}

/* The listener that stands on the machine while attempts are made. */
static long attack_find_host_tcp(void)
{
    return services_socket_at(AF_INET, SOCK_STREAM, SERVICES_HOST_PORT, connect);
}

static long attack_find_tcp6(void)
{
    return services_socket(AF_INET6, SOCK_STREAM, connect);
}

/* A datagram to nobody is answered by a refusal, which the next call gets. */
static long services_ask(int family)
{
    char byte = 'x';
    const struct timeval patience = {.tv_sec = SERVICES_MS / 1000};
    int fd = services_socket(family, SOCK_DGRAM, connect);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        return -1;
    return send(fd, &byte, 1, 0) == 1 && recv(fd, &byte, 1, 0) == 1 ? 0 : -1;
}

static long attack_find_udp(void)
{
    return services_ask(AF_INET);
}

static long attack_find_udp6(void)
{
    return services_ask(AF_INET6);
}

static long attack_find_socket(void)
{
    for (size_t i = 0; i < sizeof services_paths / sizeof services_paths[0]; i++)
        if (services_unix(services_paths[i], connect) >= 0)
            return 0;
    return -1;
}

/* Where both arms look: a file system that they share is one that they can't write to. */
static long attack_share_socket(void)
{
    return services_unix("/usr/bin/cupel-attack-socket", bind);
}

static long attack_share_etc(void)
{
    return services_unix("/etc/cupel-attack-socket", bind);
}

static long attack_find_mqueue(void)
{
    return mq_open("/cupel-attack", O_RDWR);
}

static long attack_find_shm(void)
{
    return open("/dev/shm/cupel-attack", O_RDWR);
}

long attacker_with_own_service(const struct attack *attack)
{
    int ends[2];
    char word[3] = "";
    if (pipe(ends) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        (void)services_serve();
        _exit(1);
    }
    close(ends[1]);
    long result = -1;
    errno = ECHILD; /* it could not serve */
    if (pid > 0 && read(ends[0], word, sizeof word) == 3 && memcmp(word, "ok\n", 3) == 0)
        result = attack->act();
    int error = errno;
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    errno = error;
    return result;
}

const struct attack attacks_on_services[] = {
    {"serve", services_serve},
    {"find-tcp", attack_find_tcp},
    {"find-host-tcp", attack_find_host_tcp},
    {"find-tcp6", attack_find_tcp6},
    {"find-udp", attack_find_udp},
    {"find-udp6", attack_find_udp6},
    {"find-socket", attack_find_socket},
    {"share-socket", attack_share_socket},
    {"share-etc", attack_share_etc},
    {"find-mqueue", attack_find_mqueue},
    {"find-shm", attack_find_shm},
    {NULL, NULL},
};
