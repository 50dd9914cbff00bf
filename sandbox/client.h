/* Inside of the client: shared by sandbox.c (zygote, lanes) and run.c (one run). */
#ifndef CUPEL_SANDBOX_CLIENT_H
#define CUPEL_SANDBOX_CLIENT_H

#include "base/text.h"
#include "sandbox/groups.h"
#include "sandbox/sandbox.h"
#include "sandbox/watch.h"
#include "sandbox/wire.h"
#include "sandbox/zygote_client.h"

#define CLIENT_READ_BYTES (256u << 10)

/* Our end of a slot's channel. */
struct client_lane {
    uv_poll_t poll;           /* readable: results */
    struct sandbox *sandbox;  /* owner */
    struct client_lane *next; /* in sandbox->lanes */
    unsigned slot;            /* number */
    unsigned runs;            /* in flight; they keep the loop alive by `poll` */
    int socket;               /* to the lane */
    bool broken;              /* the lane ended or could not start */
    struct err why;           /* of `broken` */
};

struct sandbox {
    uv_loop_t *loop;                    /* borrowed */
    struct zygote_client zygote;        /* its process */
    struct groups groups;               /* control groups and lease */
    struct sandbox_isolation isolation; /* for reports */
    struct client_lane *lanes;          /* open ones */
    struct sandbox_run *runs;           /* in flight */
    bool disk_upper;                    /* tmpfs makes no full upper here: runs without one get a folder */
    uint64_t next_id;                   /* of runs */
    uv_poll_t guard;                    /* readable: the guard process has ended */
    bool closing;                       /* sandbox_close() was called */
    bool hung_up;                       /* all runs are over, the channels are closed */
    unsigned handles;                   /* whose close callback is awaited */
    void (*closed)(void *data);         /* the caller's */
    void *closed_data;                  /* the caller's */
    char *buffer;                       /* CLIENT_READ_BYTES for reading pipes; owned */
};

struct run_stream {
    uv_pipe_t pipe;          /* reading end */
    int fd;                  /* the same until the pipe has it; else -1 */
    struct sandbox_run *run; /* owner */
    struct text text;        /* what came, up to the limit */
    bool cut;                /* more came */
    bool open;               /* no end yet */
};

struct talk; /* of talk.c */

struct sandbox_run {
    struct sandbox *sandbox;      /* owner */
    struct client_lane *lane;     /* where it runs */
    struct sandbox_run *next;     /* in sandbox->runs */
    uint64_t id;                  /* on the wire */
    uint64_t output_bytes;        /* limit of a stream */
    struct run_stream streams[2]; /* stdout, stderr */
    uv_timer_t deadline;          /* wall_ms */
    struct watch watch;           /* of an upper on disk */
    bool concluding;              /* the last look at it is awaited, or was made */
    bool concluded;               /* it was made */
    unsigned handles;             /* whose close callback is awaited */
    bool ending;                  /* handles are being closed */
    bool has_result;              /* `result` is there, or `error` */
    bool killed;                  /* we asked the lane to kill */
    enum sandbox_end reason;      /* of `killed` */
    char *scratch;                /* folder of its upper where a tmpfs can't be one; owned and removed */
    struct sandbox_result result; /* for the callback */
    struct err error;             /* infrastructure failure */
    struct sandbox_run *host;     /* the warm run that its program is started in, or NULL */
    struct sandbox_run *guest; /* in a warm run: whose program is in flight and gets what the pipes carry */
    uint64_t program;          /* of a warm run: the last that it began to start */
    struct talk *talk;         /* of a conversation, or NULL; owned */
    sandbox_run_cb done;       /* the caller's */
    void *data;                /* the caller's */

    struct wire_call_row calls[WIRE_CALL_ROWS_MAX];        /* names for `call_rows` */
    struct sandbox_call_row call_rows[WIRE_CALL_ROWS_MAX]; /* of the result */
};

/* The slot's lane, opened when needed. */
WARN_UNUSED int client_lane_find(struct sandbox *sandbox, unsigned slot, struct client_lane **out,
                                 struct err *err);
/* A run is on its way, or over. */
void client_run_begins(struct client_lane *lane);
void client_run_over(struct client_lane *lane);

/* Of run.c. */
void run_take_result(struct sandbox *sandbox, const struct wire_result *result, int workspace);
void run_fail_lane(struct sandbox *sandbox, const struct client_lane *lane);
void run_cancel_all(struct sandbox *sandbox);
void run_kill(struct sandbox_run *run, enum sandbox_end reason);

/* A run that nobody was told of yet; it is given up, or goes on its way. */
struct sandbox_run *run_new(struct sandbox *sandbox, struct client_lane *lane, sandbox_run_cb done,
                            void *data);
void run_give_up(struct sandbox_run *run);
/* `wall_ms` 0: no deadline, for a warm run. */
void run_go(struct sandbox_run *run, uint64_t wall_ms);
/* sandbox_run_start(), or with `requests` (process 1's end of its channel) a warm run. */
WARN_UNUSED int run_start(struct sandbox *sandbox, const struct sandbox_spec *spec, int requests,
                          sandbox_run_cb done, void *data, struct sandbox_run **out, struct err *err);
/* What ended the warm run ended its program. */
void run_end_with(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err);

#endif
