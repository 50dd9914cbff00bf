/*
 * cupel-sandbox: starts programs in sandboxes for the process that holds its descriptor 3.
 *
 * Three kinds of processes: the guard (spawned by the client) waits and dies with it; the zygote is process 1
 * of an outer pid namespace, so that its end is everybody's; each slot has a lane, which starts its runs.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/greeting.h"
#include "sandbox/privilege.h"
#include "sandbox/zygote/body.h"
#include "sandbox/zygote/identity.h"
#include "sandbox/zygote/kernel.h"
#include "sandbox/zygote/lane.h"
#include "sandbox/zygote/shorten.h"
#include "sandbox/zygote/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MAIN_SOCKET 3

static void main_send_failed(const struct wire_failed *failed)
{
    cleanup_text struct text words = {0};
    wire_encode_failed(failed, &words);
    (void)!channel_send(MAIN_SOCKET, words.data, words.length, NULL, 0);
}

static int main_enter_namespaces(struct wire_failed *failed)
{
    static const char name[] = "cupel";
    if (unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET) < 0)
        return failure_set(failed, WIRE_LAYER_NAMESPACES, errno, "namespaces of the zygote");
    if (sethostname(name, sizeof name - 1) < 0 || setdomainname(name, sizeof name - 1) < 0)
        return failure_set(failed, WIRE_LAYER_NAMESPACES, errno, "set the host name");
    /* The host's later mounts arrive here, ours never go there. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return failure_set(failed, WIRE_LAYER_MOUNTS, errno, "detach the mounts");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return failure_set(failed, WIRE_LAYER_PROC, errno, "mount proc");
    return 0;
}

/* Before anything that another version would do differently. The descriptor of the set-up, or -1. */
static int main_receive_greeting(void)
{
    struct channel_message message;
    struct greeting client;
    if (channel_receive(MAIN_SOCKET, &message, 0) != 1)
        _exit(0);
    if (greeting_read(message.bytes, message.length, &client) == 0 && greeting_is_ours(&client) &&
        message.fd_count == 1)
        return message.fds[0];
    const struct greeting ours = greeting_make();
    (void)!channel_send(MAIN_SOCKET, &ours, sizeof ours, NULL, 0);
    return -1;
}

static int main_read_setup(int fd, struct body *body, struct wire_setup *setup, struct wire_failed *failed)
{
    int code = body_read(fd, body);
    if (code == 0)
        code = wire_decode_setup(body->bytes, body->length, setup);
    close(fd);
    return code < 0 ? failure_set(failed, WIRE_LAYER_INTERNAL, EPROTO, "read the set-up") : 0;
}

static int main_compile(const struct wire_setup *setup, struct filter *filters, struct wire_failed *failed)
{
    for (size_t i = 0; i < setup->profile_count; i++) {
        if (filter_compile(&setup->profiles[i], &filters[i], failed) < 0)
            return -1;
        shorten_program(&filters[i].program);
    }
    return 0;
}

static void main_start_lane(const struct lane_setting *setting, unsigned slot, int socket)
{
    pid_t pid = fork();
    if (pid == 0) {
        close(MAIN_SOCKET);
        lane_main(setting, slot, socket);
    }
    if (pid < 0) {
        struct wire_failed failed;
        cleanup_text struct text words = {0};
        failure_set(&failed, WIRE_LAYER_INTERNAL, errno, "start a lane");
        wire_encode_failed(&failed, &words);
        (void)!channel_send(socket, words.data, words.length, NULL, 0);
    }
}

static void __attribute__((noreturn)) main_serve(const struct lane_setting *setting)
{
    struct channel_message message;
    uint32_t kind;
    uint64_t number;
    while (channel_receive(MAIN_SOCKET, &message, 0) == 1) {
        if (wire_decode_command(message.bytes, message.length, &kind, &number) == 0 && kind == WIRE_LANE &&
            message.fd_count == 1 && number < PRIVILEGE_SLOTS)
            main_start_lane(setting, (unsigned)number, message.fds[0]);
        channel_close_fds(&message);
    }
    _exit(0); /* the client closed or died; the kernel kills our pid namespace */
}

static int main_prepare(int fd, struct lane_setting *setting, struct wire_setup *setup,
                        struct template *template, struct wire_hello *hello, struct wire_failed *failed)
{
    static struct body body; /* lives as long as the records that point into it */
    if (main_enter_namespaces(failed) < 0 || main_read_setup(fd, &body, setup, failed) < 0)
        return -1;
    struct filter *filters = memory_zeroed((setup->profile_count + 1) * sizeof *filters);
    setting->filters = filters;
    setting->filter_count = setup->profile_count;
    if (main_compile(setup, filters, failed) < 0 || template_build(template, setup->root, failed) < 0)
        return -1;
    hello->shared = template->shared;
    return trial_run(setup, template, hello, &setting->detached, failed);
}

static int __attribute__((noreturn)) main_zygote(int fd)
{
    static struct wire_setup setup;
    static struct template template;
    struct lane_setting setting = {.setup = &setup};
    struct wire_hello hello = {0};
    struct wire_failed failed = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (main_prepare(fd, &setting, &setup, &template, &hello, &failed) < 0) {
        main_send_failed(&failed);
        _exit(1);
    }
    setting.id_mapped = hello.id_mapped;
    signal(SIGCHLD, SIG_IGN); /* lanes and orphans need no funeral */
    cleanup_text struct text words = {0};
    wire_encode_hello(&hello, &words);
    if (channel_send(MAIN_SOCKET, words.data, words.length, NULL, 0) < 0)
        _exit(1);
    main_serve(&setting);
}

/* Dies with the client: the parent-death signal is set first, then its parent is looked at. */
static void main_die_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long parent = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (parent <= 0 || *end || fcntl(MAIN_SOCKET, F_GETFD) < 0) {
        fputs("cupel-sandbox is started by cupel, with a channel as descriptor 3\n", stderr);
        return 2;
    }
    main_die_with((pid_t)parent);
    kernel_close_range(MAIN_SOCKET + 1, UINT_MAX, 0);
    fcntl(MAIN_SOCKET, F_SETFD, FD_CLOEXEC);
    umask(022);
    int setup = main_receive_greeting();
    if (setup < 0)
        return 1;
    struct wire_failed failed = {0};
    if (!privilege_is_root() && identity_enter_own(&failed) < 0) {
        main_send_failed(&failed);
        return 1;
    }
    prctl(PR_SET_DUMPABLE, 0);
    struct clone_args args = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD};
    pid_t pid = kernel_clone3(&args);
    if (pid == 0)
        main_zygote(setup);
    if (pid < 0) {
        failure_set(&failed, WIRE_LAYER_NAMESPACES, errno, "pid namespace");
        main_send_failed(&failed);
        return 1;
    }
    close(setup);
    close(MAIN_SOCKET);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return 0;
}
