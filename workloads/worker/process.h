/*
 * One worker on the loop: a process that is asked one line after another, then told that nothing more comes,
 * and that ends by itself. Clock and counters are ours; nothing that it writes is read as a figure.
 */
#ifndef CUPEL_WORKLOADS_WORKER_PROCESS_H
#define CUPEL_WORKLOADS_WORKER_PROCESS_H

#include "workloads/program.h"
#include "workloads/worker/exchange.h"

struct process;

#define PROCESS_UNKNOWN UINT64_MAX /* CPU time that no counter shows */

struct process_reply {
    char *line; /* the answer without its '\n'; taken over by copying and zeroing, else released */
    size_t length;
    uint64_t wall_ns; /* from before the first byte of the request until the last one of the answer */
    uint64_t cpu_ns;  /* of the whole tree so far, from its exec on; or PROCESS_UNKNOWN */
    const struct exchange_reading *reading; /* of the line */
};

struct process_end {
    const struct sandbox_result *result; /* NULL after an infrastructure failure */
    const char *fault;                   /* what it did wrong, in words; NULL: nothing, or it was killed */
    bool stopped;                        /* by process_kill() */
};

struct process_input {
    const struct workload_context *context;
    const struct workload_request *request;
    const struct program *program;
    bool reads; /* each line, as JSON; else only that of a request with an id */
    /* Of process_ask(), one loop turn after its last byte: what comes until then belongs to it. */
    void (*on_reply)(struct process_reply *reply, void *data);
    /* Last of all, once, never from inside start; the process is freed behind it. Without a fault only
     * after process_end_input() or process_kill(). */
    void (*on_gone)(const struct process_end *end, const struct err *err, void *data);
    void *data;
};

WARN_UNUSED int process_start(struct process **out, const struct process_input *input, struct err *err);
/* One at a time, also before the program runs. Either on_reply follows, or on_gone with a fault. */
void process_ask(struct process *process, const struct sample *sample);
/* Requests so far. */
size_t process_asked(const struct process *process);
/* Nothing more will be asked: on_gone follows, with a fault when it doesn't end by itself, and well. */
void process_end_input(struct process *process);
void process_kill(struct process *process);

/* Until the release, on_gone doesn't come, which may then come from inside. Only behind an answer. */
void process_hold(struct process *process);
void process_release(struct process *process);

/* Everything in it stands still or goes on. A failure is its fault, which on_gone tells. */
void process_freeze(struct process *process);
void process_thaw(struct process *process);
/* CPU time of the whole tree so far; exact while frozen, else what runs just then may be missing. */
uint64_t process_usage(const struct process *process);

#endif
