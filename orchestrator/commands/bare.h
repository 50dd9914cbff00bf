/*
 * Measuring without a repository: the loop, the operator's settings, the sandbox, the environment that
 * programs get, and this machine's measuring token. For commands that time programs and judge no candidate.
 *
 *     struct bare bare;
 *     int code = bare_open(&bare, "cupel compare", quiet, &err);
 *     if (code == 0)
 *         code = bare_run(&bare, &work, &err);
 *     int status = code < 0 ? bare_fail(&bare, &err) : 0;
 *     bare_close(&bare);
 *
 * Happy path: bare_run() opens the sandbox and waits for the token; then `start` comes on the loop, the work
 * runs programs in `context`, and calls bare_end() when nothing of its own is in flight.
 * Failure: a sandbox that can't be had, or the token's lock, ends before `start`. A signal while the token is
 * awaited does so too; later it is told to `cancel`, once, and bare_run() ends with ERR_CANCELLED.
 * Close: bare_run() closes sandbox and token before it returns; bare_close() frees the rest.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_BARE_H
#define CUPEL_ORCHESTRATOR_COMMANDS_BARE_H

#include "orchestrator/commands/engine.h"
#include "workloads/workload.h"

/* What a command does once nobody else measures on this machine. */
struct bare_work {
    /* On the loop. An error ends it all, without bare_end(). */
    int (*start)(void *data, struct err *err);
    /* After a start that succeeded: bare_end() soon. */
    void (*cancel)(void *data);
    void *data; /* of both; borrowed */
};

struct bare {
    struct session session; /* without repository; its settings may get mounts before bare_run() */
    char *empty;        /* a folder that stays empty: a layer, or the samples' folder, where none is wanted */
    char **environment; /* of every program; owned; from bare_run() on */
    struct workload_context context; /* likewise: loop, sandbox, environment, operator's mounts and CPUs */
    struct engine engine;
    const char *command; /* what other cupels are told */
    const struct bare_work *work;
    struct token_claim claim;
    enum { BARE_WAITS, BARE_WORKS, BARE_ENDED } turn;
    struct err outcome;
};

/* Opens everything but the sandbox. `command` is borrowed. bare_close() in either case. */
WARN_UNUSED int bare_open(struct bare *bare, const char *command, bool quiet, struct err *err);

/*
 * Runs the work, once a process. 0 when it ended by bare_end(bare, NULL); session.isolation then says what
 * the sandbox had.
 */
WARN_UNUSED int bare_run(struct bare *bare, const struct bare_work *work, struct err *err);

/* The work is over: by NULL well, otherwise with this error. */
void bare_end(struct bare *bare, const struct err *err);

/* Progress on stderr: "measure", "pair 7 of about 20". Both are borrowed for the call. */
void bare_tell(struct bare *bare, const char *stage, const char *detail);

/* Tells on stderr why the command ends, and returns its exit status; as session_fail(). */
int bare_fail(struct bare *bare, const struct err *err);

void bare_close(struct bare *bare);

#endif
