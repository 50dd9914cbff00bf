/*
 * The client of cupel-sandbox on the loop: one zygote process, many runs.
 *
 * A run is one program in fresh namespaces over an overlay workspace at /work. The clock, the counters and
 * the pipes are on this side; nothing that the program prints is read as a measurement.
 */
#ifndef CUPEL_SANDBOX_SANDBOX_H
#define CUPEL_SANDBOX_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#define SANDBOX_WORKSPACE       "/work" /* where every arm runs */
#define SANDBOX_WORKSPACE_FILES 200000  /* enough for any program; builds may ask for more */

struct sandbox;
struct sandbox_run; /* in flight */

struct sandbox_options {
    const char *executable; /* path of cupel-sandbox */
    const char *filters;    /* folder of seccomp rows (JSON) */
    const char *state;      /* folder of ours for leases and leftovers; swept of dead runs at open */
};

/* Which mechanism gives a figure; reports name it, and without one CPU can't be a primary metric. */
enum sandbox_cpu_source {
    SANDBOX_CPU_NONE,
    SANDBOX_CPU_CGROUP2,
    SANDBOX_CPU_CGROUP1,
    SANDBOX_CPU_TASK_CLOCK
};
enum sandbox_peak_source {
    SANDBOX_PEAK_NONE,
    SANDBOX_PEAK_CGROUP2,
    SANDBOX_PEAK_CGROUP1,
    SANDBOX_PEAK_RUSAGE
};

struct sandbox_isolation {
    const char *level;  /* "full" when every required layer is there, else "reduced" */
    bool root;          /* ids of the slot are mapped, otherwise the caller's own */
    bool shared_system; /* files of the system are the machine's own: locks and watches on them are felt */
    enum sandbox_cpu_source cpu_source;
    enum sandbox_peak_source peak_source;
};

/*
 * Spawns the zygote and waits for its hello (blocks for some milliseconds). ERR_UNAVAILABLE names the layer
 * that is missing and how to enable it. The zygote dies with the calling thread, and so with this process.
 */
WARN_UNUSED int sandbox_open(struct sandbox **out, uv_loop_t *loop, const struct sandbox_options *options,
                             struct err *err);
/* Kills every run; `closed` comes later on the loop, then the memory is gone. */
void sandbox_close(struct sandbox *sandbox, void (*closed)(void *data), void *data);
const struct sandbox_isolation *sandbox_isolation(const struct sandbox *sandbox);

/* Who must own files of the layers (chown as root; an ordinary user's own id otherwise). */
void sandbox_layer_owner(uid_t *uid, gid_t *gid);

struct sandbox_mount {
    const char *source; /* host path */
    const char *target; /* absolute path inside; parents are made */
    bool writable;
};

struct sandbox_limits {
    uint64_t wall_ms;      /* deadline; 0: none is a bug of the caller */
    uint64_t memory_bytes; /* of the whole group where a memory group can be had, else RLIMIT_AS-like best */
    uint64_t output_bytes; /* a stream; the rest is cut, and the run is killed and marked; of a conversation's
                              stdout: until sandbox_run_allow_output() */
    uint64_t workspace_bytes; /* of the workspace: exact on tmpfs; on disk a watch ends the run, and no file
                                 alone can pass it */
    uint64_t workspace_files; /* likewise: files, folders and links; 0: SANDBOX_WORKSPACE_FILES */
    uint64_t scratch_bytes;   /* /tmp and /dev/shm each */
    uint32_t processes;
};

/* The program was exec'ed at `started_ns`, of the host's monotonic clock (uv_hrtime()). */
typedef void (*sandbox_exec_cb)(struct sandbox_run *run, uint64_t started_ns, void *data);
/* Bytes that came by stdout, borrowed; length 0: nobody holds it open any more, and nothing comes after. */
typedef void (*sandbox_output_cb)(struct sandbox_run *run, const char *bytes, size_t length, void *data);

struct sandbox_spec {
    unsigned slot;           /* lane: own uid range, groups and network namespace; two arms never share one */
    const char *profile;     /* a filter: "build", "workload" or "service" */
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH inside */
    const char *const *environment; /* NULL-terminated NAME=value; the whole of it */
    const char *const *layers;      /* NULL-terminated lower folders, topmost first; at least one */
    const char *upper;      /* writable folder on disk that is kept, or NULL for a fresh capped tmpfs */
    const char *upper_work; /* overlay's work folder beside `upper`; NULL with it */
    const struct sandbox_mount *mounts;
    size_t mount_count;
    const void *stdin_bytes; /* borrowed until the callback; NULL with length 0: empty */
    size_t stdin_length;
    const char *stdin_file; /* a host file instead, or NULL */
    bool talks; /* a conversation: stdin is sandbox_run_write()'s, and stdout goes to on_output, not into the
                   result; then without the three above (ERR_INVALID) and not warm */
    sandbox_output_cb on_output; /* of a conversation, with the run's data; NULL otherwise */
    sandbox_exec_cb on_exec;     /* likewise, before any output; or NULL */
    const int *cpus;             /* allowed CPUs, or NULL for all */
    size_t cpu_count;
    bool keep_workspace; /* result.workspace_fd is wanted */
    bool counting;       /* refused calls are answered by a notifier that counts them: never in a timed run */
    uint64_t calls_most; /* instead: made calls are counted, each of which then takes some 35 us, and the run
                            is killed beyond so many; 0: not counted */
    struct sandbox_limits limits;
};

enum sandbox_end {
    SANDBOX_EXITED,       /* result.status is the exit status */
    SANDBOX_SIGNALLED,    /* result.status is the signal */
    SANDBOX_TIMED_OUT,    /* killed at wall_ms */
    SANDBOX_OUTPUT_LIMIT, /* killed for output_bytes */
    SANDBOX_MEMORY_LIMIT, /* the group's limit killed something inside */
    SANDBOX_DISK_LIMIT,   /* killed for what it wrote to disk: result.excess */
    SANDBOX_CANCELLED,    /* sandbox_run_cancel() */
    SANDBOX_NOT_STARTED,  /* exec failed: result.status is the errno, as ENOENT */
};

/* A call that the filter refused, "ptrace" or with its telling argument "socket(AF_INET)"; with `calls_most`
 * one that it allowed, by its bare name. */
struct sandbox_call_row {
    const char *call; /* name; borrowed from the run */
    uint64_t count;   /* times in the run */
};

/* From the usage of all reaped processes: a parent that ignores SIGCHLD hides its children from it. */
struct sandbox_usage {
    uint64_t minor_faults;  /* page faults without disk */
    uint64_t major_faults;  /* with disk */
    uint64_t yields;        /* voluntary context switches */
    uint64_t preemptions;   /* involuntary ones */
    uint64_t written_bytes; /* by write calls, pipes included; SANDBOX_UNKNOWN where it can't be had */
    uint64_t instructions;  /* of the whole tree in user mode, in a counting run; likewise */
};

/* Of SANDBOX_DISK_LIMIT. A disk that others filled is an error of the run, not its end. */
struct sandbox_excess {
    bool files;           /* too many files, else too many bytes */
    bool reserve;         /* within its limits, but it took the file system down to its last share */
    uint64_t limit_bytes; /* of the workspace */
    uint64_t limit_files; /* likewise */
};

#define SANDBOX_UNKNOWN      UINT64_MAX
#define SANDBOX_FOREIGN_CALL "call of another architecture" /* refusal of a process ended by SIGSYS */

struct sandbox_result {
    enum sandbox_end end;
    int status;
    uint64_t wall_ns; /* exec until the group is empty, host's monotonic clock */
    uint64_t cpu_ns;  /* user + system of the whole tree; 0 with SANDBOX_CPU_NONE */
    uint64_t peak_bytes;
    struct sandbox_usage usage;
    struct sandbox_excess excess;
    const struct sandbox_call_row *call_rows; /* of a counting run: refused calls, the first attempt first */
    size_t call_row_count;
    uint64_t calls;     /* made, with `calls_most`: more than that if it was killed for them; else
                           SANDBOX_UNKNOWN. `call_rows` are these then, the most frequent first */
    uint32_t leftovers; /* processes that still ran when the first one ended; killed */
    char *out;          /* stdout, owned by the run until sandbox_run_fini(); NUL-terminated besides */
    size_t out_length;
    char *error; /* stderr, likewise */
    size_t error_length;
    bool out_cut;
    bool error_cut;
    int workspace_fd; /* O_PATH|O_DIRECTORY of the merged workspace, everything inside is dead; -1 if not kept
                       */
};

/* `err` is set (code != 0) on an infrastructure failure, and then the result is meaningless. */
typedef void (*sandbox_run_cb)(struct sandbox_run *run, const struct sandbox_result *result,
                               const struct err *err, void *data);

/*
 * Starts one run. Exactly one callback, never from inside start. The result is borrowed: valid until the
 * callback returns (steal `out`/`error` by sandbox_result_take()). The spec is copied except stdin_bytes.
 */
WARN_UNUSED int sandbox_run_start(struct sandbox *sandbox, const struct sandbox_spec *spec,
                                  sandbox_run_cb done, void *data, struct sandbox_run **out, struct err *err);
/*
 * A sandbox that stays between its runs, so that a run costs little more than a bare process: for repeated
 * runs of one arm whose figures and answers nobody compares, since a program can see by its process number
 * that others were before it. Nothing else is passed on: every process is dead before the next run starts,
 * and a run that left a file in the workspace, /tmp or /dev/shm or an ipc object gets a fresh sandbox as its
 * successor, as one that was killed does.
 */
struct sandbox_warm;
/* It starts with its first run. */
struct sandbox_warm *sandbox_warm_open(struct sandbox *sandbox);
/*
 * As sandbox_run_start(), one at a time. Arguments, environment, stdin bytes, wall_ms and output_bytes are
 * each run's own; the rest is the first run's, without `upper`, `stdin_file`, `keep_workspace` and `counting`
 * (ERR_INVALID). `peak_bytes` is the largest process's, of a killed run that of all runs so far. Such runs
 * can't be frozen.
 */
WARN_UNUSED int sandbox_warm_run(struct sandbox_warm *warm, const struct sandbox_spec *spec,
                                 sandbox_run_cb done, void *data, struct sandbox_run **out, struct err *err);
/*
 * Cancels a run in flight, whose callback comes first; `closed` comes later on the loop, when everything
 * inside is dead and its mounts are gone. The sandbox keeps the loop alive until then, and is closed before
 * sandbox_close().
 */
void sandbox_warm_close(struct sandbox_warm *warm, void (*closed)(void *data), void *data);

/* Kills everything inside; the callback still comes, with SANDBOX_CANCELLED. */
void sandbox_run_cancel(struct sandbox_run *run);
/*
 * Stops everything inside, and lets it go on; each returns when it is so, at once when it is so already. The
 * deadline runs on meanwhile. ERR_SYSTEM, "No such process", for a run that is over or being killed.
 * Without a v2 group a program can wake itself up; either is then ERR_INVALID: it goes on, and what was
 * measured beside it is worth nothing.
 */
WARN_UNUSED int sandbox_run_freeze(struct sandbox_run *run, struct err *err);
WARN_UNUSED int sandbox_run_thaw(struct sandbox_run *run, struct err *err);

/*
 * A conversation with a run of `talks`. Nothing here waits for the program, and nothing calls back from
 * inside. All may be called from the start on, from on_exec and on_output too, until the run's callback.
 *
 * sandbox_run_write() sends a copy, or queues what the pipe has no room for. The queue has no limit of its
 * own: the caller sends little before it was answered. That the program reads no more, or is dead, is no
 * error; the run's callback tells of its end. ERR_INVALID after sandbox_run_end_input(), which closes stdin
 * behind the queue.
 */
WARN_UNUSED int sandbox_run_write(struct sandbox_run *run, const void *bytes, size_t length, struct err *err);
void sandbox_run_end_input(struct sandbox_run *run);
/* Bytes on their way that are still in the queue: not yet in the pipe. */
size_t sandbox_run_unsent(const struct sandbox_run *run);
/* So much of stdout may come from now on, before the run ends as SANDBOX_OUTPUT_LIMIT. */
void sandbox_run_allow_output(struct sandbox_run *run, uint64_t bytes);
/*
 * What the whole tree has used so far, read from the counter of sandbox_isolation() in some microseconds; 0
 * before on_exec. A thread that is on a CPU just then may be charged some milliseconds later with control
 * groups: freeze first where that counts. ERR_UNAVAILABLE: no such counter, or for the peak none that can be
 * read before the end.
 */
WARN_UNUSED int sandbox_run_usage(const struct sandbox_run *run, uint64_t *cpu_ns, struct err *err);
WARN_UNUSED int sandbox_run_peak(const struct sandbox_run *run, uint64_t *peak_bytes, struct err *err);

/*
 * A socket in the slot's own network, which has only a loopback: to reach a service there (profile
 * "service"), or to bind and listen for it. AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM; `*out` is the
 * caller's, close-on-exec. The network ends with the slot's last run of that profile: sockets made before its
 * callback reach the next one no more.
 */
WARN_UNUSED int sandbox_socket(struct sandbox *sandbox, unsigned slot, int domain, int type, int *out,
                               struct err *err);
/* Moves stdout and stderr out of a result inside the callback; the caller frees them. */
void sandbox_result_take(const struct sandbox_result *result, char **out, char **error);

/* "exit status 3", "killed by SIGSEGV", "timed out after 10.0 s", … into a caller's buffer. */
void sandbox_describe_end(const struct sandbox_result *result, char *words, size_t size);

#endif
