/* The zygote's process from outside: spawn, set-up, hello. */
#ifndef CUPEL_SANDBOX_ZYGOTE_CLIENT_H
#define CUPEL_SANDBOX_ZYGOTE_CLIENT_H

#include "sandbox/groups.h"
#include "sandbox/sandbox.h"
#include "sandbox/wire.h"

#include <sys/types.h>

struct zygote_client {
    pid_t pid;  /* the guard process, to be reaped */
    int pidfd;  /* the same */
    int socket; /* to the zygote */
};

/*
 * Spawns `options->executable` and waits until it is ready. ERR_UNAVAILABLE with the remedy when a layer is
 * missing, which `failed` names then; nothing runs after an error.
 */
WARN_UNUSED int zygote_client_open(struct zygote_client *client, const struct sandbox_options *options,
                                   const struct groups *groups, struct wire_hello *hello,
                                   struct wire_failed *failed, struct err *err);
/* Blocks until the guard has ended, when it was told to or is about to be killed. */
void zygote_client_kill(struct zygote_client *client);

/* A memfd that holds `bytes`, for the set-up and for WIRE_RUN; -1 and errno. `seal`: nobody can change it. */
WARN_UNUSED int zygote_client_memfd(const char *name, const void *bytes, size_t length, bool seal);

#endif
