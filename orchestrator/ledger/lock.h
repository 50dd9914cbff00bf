/*
 * Locks between processes: a file locked by flock(2), so that the lock dies with its process however that
 * ends, and in the file who holds it, for the message. What a dead owner left in the file means nothing.
 *
 * Happy path of waiting: lock_wait_start() tries every LOCK_POLL_MS on the loop; `done` comes with the lock.
 * Failure: the timeout passes (ERR_SYSTEM naming the holder) or the file can't be had; cancelling ends it as
 * ERR_CANCELLED. `done` comes exactly once, never from inside start or cancel.
 * Close: by the time of `done` the timer is closed; the lock is given back by lock_release().
 */
#ifndef CUPEL_ORCHESTRATOR_LEDGER_LOCK_H
#define CUPEL_ORCHESTRATOR_LEDGER_LOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define LOCK_NAME        "lock" /* in a repository's state folder: its evaluations and caches */
#define LOCK_POLL_MS     50
#define LOCK_COMMAND_MAX 256 /* bytes kept of a command line */

/* Who holds a lock, as he wrote it; empty strings and 0 where he had not written yet. */
struct lock_owner {
    int64_t pid;                        /* in his own PID namespace */
    char host[65];                      /* gethostname(2) */
    char since[32];                     /* RFC 3339, UTC */
    char command[LOCK_COMMAND_MAX + 1]; /* printable characters only */
};

struct lock {
    int fd; /* holds the flock; -1: not held */
};
#define LOCK_NONE                                                                                            \
    {                                                                                                        \
        .fd = -1                                                                                             \
    }

/*
 * One try. 0: taken, give it back with lock_release(). 1: somebody else has it, `holder` says who.
 * ERR_SYSTEM: the file can't be made or locked. `command` is what others will read, such as "cupel batch x".
 */
WARN_UNUSED int lock_try(struct lock *lock, const char *path, const char *command, struct lock_owner *holder,
                         struct err *err);
/* A lock that isn't held is fine. */
void lock_release(struct lock *lock);

/* "pid 4711 on build7 (cupel batch patches), since 2026-03-01T10:00:00.000Z" */
void lock_describe(const struct lock_owner *owner, char *text, size_t size);
/* What a lock file says; whatever its bytes are. */
void lock_parse_owner(const char *bytes, size_t length, struct lock_owner *owner);

struct lock_request {
    const char *path;                                          /* borrowed until done */
    const char *command;                                       /* borrowed until done */
    uint64_t timeout_ms;                                       /* 0: one try; LOCK_FOREVER */
    void (*held)(void *data, const struct lock_owner *holder); /* when it is first found taken, and at every
                                                                  change of hands; may be NULL */
    void (*done)(void *data, struct lock *lock, const struct err *err); /* err->code 0: take it with
                                                                           lock_steal() */
    void *data;                                                         /* borrowed */
};
#define LOCK_FOREVER UINT64_MAX

struct lock_wait {
    uv_timer_t timer;            /* next try */
    struct lock_request request; /* as given */
    struct lock_owner shown;     /* whom `held` was told of */
    uint64_t deadline_ms;        /* uv_now() at which to give up */
    struct lock lock;            /* taken, until `done` steals it */
    bool told;                   /* `held` was called */
    struct err err;              /* why not */
};

void lock_wait_start(struct lock_wait *wait, uv_loop_t *loop, const struct lock_request *request);
/* `done` comes with ERR_CANCELLED, unless it is already on its way with the lock. */
void lock_wait_cancel(struct lock_wait *wait);
/* Takes the lock over from `done`'s argument; what is not taken over is released after `done`. */
static inline struct lock lock_steal(struct lock *lock)
{
    struct lock stolen = *lock;
    lock->fd = -1;
    return stolen;
}

#endif
