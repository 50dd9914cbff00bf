#include "sandbox/zygote_client.h"

#include "base/cleanup.h"
#include "sandbox/channel.h"
#include "sandbox/filters.h"
#include "sandbox/greeting.h"
#include "sandbox/privilege.h"
#include "sandbox/remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ZYGOTE_SOCKET   3     /* the descriptor that cupel-sandbox expects */
#define ZYGOTE_HELLO_MS 20000 /* a busy machine compiles the filters in milliseconds, not seconds */

int zygote_client_memfd(const char *name, const void *bytes, size_t length, bool seal)
{
    cleanup_fd int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    for (size_t done = 0; done < length;) {
        ssize_t wrote = pwrite(fd, (const char *)bytes + done, length - done, (off_t)done);
        if (wrote < 0 && errno != EINTR)
            return -1;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    if (seal && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return -1;
    return STEAL_FD(fd);
}

/* posix_spawn() shares our memory until exec, so a large orchestrator costs nothing. */
static int zygote_client_spawn(struct zygote_client *client, const char *executable, int socket,
                               struct err *err)
{
    char parent[16];
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    char name[] = "cupel-sandbox";
    char *const argv[] = {name, parent, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, socket, ZYGOTE_SOCKET);
    posix_spawnattr_setsigmask(&attributes, &none);
    /* A Ctrl-C on the terminal is for the orchestrator, which then ends its runs in order. */
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    int error = posix_spawn(&client->pid, executable, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error)
        return err_set(err, ERR_UNAVAILABLE, "start %s: %s", executable, strerror(error));
    client->pidfd = (int)syscall(SYS_pidfd_open, client->pid, 0);
    return client->pidfd < 0 ? err_set_errno(err, errno, "watch cupel-sandbox") : 0;
}

static int zygote_client_send_setup(const struct zygote_client *client, const struct filters *filters,
                                    const struct groups *groups, struct err *err)
{
    struct wire_setup setup = {.root = privilege_is_root(),
                               .group2 = groups_folder(groups, GROUPS_V2),
                               .group2_memory = groups->memory2,
                               .group2_pids = groups->pids2,
                               .memory1 = groups_folder(groups, GROUPS_MEMORY),
                               .pids1 = groups_folder(groups, GROUPS_PIDS),
                               .cpu1 = groups_folder(groups, GROUPS_CPU),
                               .profile_count = filters->count};
    struct wire_profile profiles[FILTERS_MAX];
    memcpy(profiles, filters->profiles, sizeof profiles);
    setup.profiles = profiles;
    sandbox_layer_owner(&setup.layer_uid, &setup.layer_gid);
    cleanup_text struct text body = {0};
    const struct greeting greeting = greeting_make();
    wire_encode_setup(&setup, &body);
    cleanup_fd int fd = zygote_client_memfd("set-up", body.data, body.length, false);
    if (fd < 0)
        return err_set_errno(err, errno, "make a memfd");
    /* A zygote that could not start has said why already; its words are read next. */
    int code = channel_send(client->socket, &greeting, sizeof greeting, &fd, 1);
    return code < 0 && code != -EPIPE ? err_set_errno(err, -code, "send the set-up") : 0;
}

static int zygote_client_await(const struct zygote_client *client, const char *executable,
                               struct wire_hello *hello, struct wire_failed *failed, struct err *err)
{
    struct pollfd polled = {.fd = client->socket, .events = POLLIN};
    struct channel_message message;
    int ready;
    do {
        ready = poll(&polled, 1, ZYGOTE_HELLO_MS);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return err_set(err, ERR_SYSTEM, "cupel-sandbox said nothing for %d s", ZYGOTE_HELLO_MS / 1000);
    if (channel_receive(client->socket, &message, 0) != 1)
        return err_set(err, ERR_SYSTEM, "cupel-sandbox ended before it was ready");
    channel_close_fds(&message);
    struct greeting other;
    if (greeting_read(message.bytes, message.length, &other) == 0)
        return greeting_explain(&other, executable, err);
    if (wire_decode_failed(message.bytes, message.length, failed) == 0)
        return remedy_explain(failed, err);
    *failed = (struct wire_failed){0};
    if (wire_decode_hello(message.bytes, message.length, hello) < 0)
        return err_set(err, ERR_UNAVAILABLE,
                       "cupel %s and %s, which does not say its version, don't belong together: install "
                       "both from the same package or build",
                       CUPEL_VERSION, executable);
    return 0;
}

int zygote_client_open(struct zygote_client *client, const struct sandbox_options *options,
                       const struct groups *groups, struct wire_hello *hello, struct wire_failed *failed,
                       struct err *err)
{
    *client = (struct zygote_client){.pid = -1, .pidfd = -1, .socket = -1};
    struct filters filters;
    int ends[2];
    if (filters_load(&filters, options->filters, err) < 0)
        return err->code;
    int code = channel_pair(ends);
    if (code < 0) {
        filters_fini(&filters);
        return err_set_errno(err, -code, "make a channel");
    }
    client->socket = ends[0];
    code = zygote_client_spawn(client, options->executable, ends[1], err);
    close(ends[1]);
    if (code == 0)
        code = zygote_client_send_setup(client, &filters, groups, err);
    if (code == 0)
        code = zygote_client_await(client, options->executable, hello, failed, err);
    filters_fini(&filters);
    if (code < 0)
        zygote_client_kill(client);
    return code;
}

void zygote_client_kill(struct zygote_client *client)
{
    if (client->socket >= 0)
        close(client->socket);
    if (client->pid > 0) {
        kill(client->pid, SIGKILL);
        while (waitpid(client->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (client->pidfd >= 0)
        close(client->pidfd);
    *client = (struct zygote_client){.pid = -1, .pidfd = -1, .socket = -1};
}
