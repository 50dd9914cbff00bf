#include "sandbox/zygote/notifier.h"

#include "sandbox/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOTIFIER_TURN      32 /* answers before the lane looks at its other runs and at the client */
#define NOTIFIER_REST      "other calls" /* the row of what finds no place in the table */
#define NOTIFIER_UNKNOWN   "unknown call"
#define NOTIFIER_AF_VSOCK  40 /* by number: not in every C library's headers */
#define NOTIFIER_AF_XDP    44
#define NOTIFIER_TIOCSTI   0x5412
#define NOTIFIER_TIOCLINUX 0x541c

/* Calls of which one argument says what was wanted; the rest of them goes by the bare name. */
struct notifier_telling {
    int call;          /* number */
    unsigned argument; /* which one; its lower 32 bits are what the kernel takes */
    uint32_t value;    /* to match */
    const char *name;  /* shown */
};

static const struct notifier_telling notifier_tellings[] = {
    {SYS_socket, 0, AF_INET, "socket(AF_INET)"},
    {SYS_socket, 0, AF_INET6, "socket(AF_INET6)"},
    {SYS_socket, 0, AF_NETLINK, "socket(AF_NETLINK)"},
    {SYS_socket, 0, AF_PACKET, "socket(AF_PACKET)"},
    {SYS_socket, 0, AF_ALG, "socket(AF_ALG)"},
    {SYS_socket, 0, AF_BLUETOOTH, "socket(AF_BLUETOOTH)"},
    {SYS_socket, 0, NOTIFIER_AF_VSOCK, "socket(AF_VSOCK)"},
    {SYS_socket, 0, NOTIFIER_AF_XDP, "socket(AF_XDP)"},
    {SYS_prctl, 0, PR_SET_SECCOMP, "prctl(PR_SET_SECCOMP)"},
    {SYS_prctl, 0, PR_SET_PTRACER, "prctl(PR_SET_PTRACER)"},
    {SYS_ioctl, 1, NOTIFIER_TIOCSTI, "ioctl(TIOCSTI)"},
    {SYS_ioctl, 1, NOTIFIER_TIOCLINUX, "ioctl(TIOCLINUX)"},
};

static void notifier_name(const struct seccomp_data *call, char name[static WIRE_CALL_MAX])
{
    for (size_t i = 0; i < sizeof notifier_tellings / sizeof notifier_tellings[0]; i++) {
        const struct notifier_telling *telling = &notifier_tellings[i];
        if (telling->call == call->nr && telling->value == (uint32_t)call->args[telling->argument]) {
            snprintf(name, WIRE_CALL_MAX, "%s", telling->name);
            return;
        }
    }
    char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call->nr);
    snprintf(name, WIRE_CALL_MAX, "%s", known ? known : NOTIFIER_UNKNOWN);
    free(known);
}

/* The last row takes what finds no other: nothing inside can make the table grow. */
static void notifier_count(struct notifier *notifier, const struct seccomp_data *call)
{
    char name[WIRE_CALL_MAX];
    notifier_name(call, name);
    uint32_t i = 0;
    while (i < notifier->count && strcmp(notifier->rows[i].call, name) != 0)
        i++;
    if (i == WIRE_CALL_ROWS_MAX)
        i = WIRE_CALL_ROWS_MAX - 1;
    else if (i == WIRE_CALL_ROWS_MAX - 1)
        snprintf(name, sizeof name, "%s", NOTIFIER_REST);
    if (i == notifier->count) {
        memcpy(notifier->rows[i].call, name, sizeof name);
        notifier->count++;
    }
    notifier->rows[i].count++;
}

/* A caller that died meanwhile (ENOENT) needs no answer. */
static void notifier_answer(const struct notifier *notifier, const struct seccomp_notif *call)
{
    int error = filter_answer(notifier->filter, &call->data);
    struct seccomp_notif_resp answer = {.id = call->id, .error = error ? -error : -ENOSYS};
    (void)!ioctl(notifier->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/*
 * Receiving blocks where nothing was ever sent; behind a poll that saw a waiting call it can't: the kernel
 * counts calls, and that of a caller who died in between stays counted (then ENOENT).
 */
void notifier_serve(struct notifier *notifier, short events)
{
    for (int i = 0; i < NOTIFIER_TURN && (events & POLLIN); i++) {
        struct seccomp_notif call = {0};
        if (ioctl(notifier->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
            notifier_count(notifier, &call.data);
            notifier_answer(notifier, &call);
        }
        struct pollfd again = {.fd = notifier->listener, .events = POLLIN};
        events = poll(&again, 1, 0) == 1 ? again.revents : 0;
    }
    if ((events & (POLLHUP | POLLERR | POLLNVAL)) && !(events & POLLIN))
        notifier_close(notifier);
}

void notifier_report(const struct notifier *notifier, bool foreign, struct wire_result *result)
{
    result->call_row_count = notifier->count;
    memcpy(result->call_rows, notifier->rows, sizeof result->call_rows);
    if (!foreign || notifier->count == WIRE_CALL_ROWS_MAX)
        return;
    struct wire_call_row *row = &result->call_rows[result->call_row_count++];
    *row = (struct wire_call_row){.count = 1};
    snprintf(row->call, sizeof row->call, "%s", SANDBOX_FOREIGN_CALL);
}

void notifier_close(struct notifier *notifier)
{
    if (notifier->listener >= 0)
        close(notifier->listener);
    notifier->listener = -1;
}
