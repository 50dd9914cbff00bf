/*
 * What client and zygote say to each other, as flat records: fixed-width little numbers and counted strings.
 *
 * Small records travel as one datagram; a set-up, and an order that is too large for that, in a memfd whose
 * descriptor goes first.
 * A decoder checks every count and length, and that exactly everything was used; strings stay borrowed from
 * the bytes that were decoded.
 */
#ifndef CUPEL_SANDBOX_WIRE_H
#define CUPEL_SANDBOX_WIRE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION        6           /* of all records: raised when one of them changes */
#define WIRE_CONDITIONS_MAX 6           /* a system call has six arguments */
#define WIRE_BODY_MAX       (16u << 20) /* arguments and environment are at most a few MiB (execve(2)) */
#define WIRE_ORDER_MAX      4096        /* bytes of an order with its body in the datagram */
#define WIRE_WORDS_MAX      512         /* bytes of an explanation */
#define WIRE_CALL_ROWS_MAX  48          /* distinct calls: a result must fit into a datagram */
#define WIRE_CALL_MAX       40          /* bytes of a call's name with its telling argument */

enum wire_kind {
    WIRE_GREETING = 1, /* client → zygote, descriptor: body of the set-up; back from another version */
    WIRE_HELLO,        /* zygote → client: ready */
    WIRE_FAILED,       /* zygote or lane → client: cannot be set up */
    WIRE_LANE,         /* client → zygote, descriptor: the lane's end of its own channel */
    WIRE_RUN,    /* client → lane, an order; descriptors: stdin, stdout, stderr, a warm run's channel */
    WIRE_KILL,   /* client → lane */
    WIRE_RESULT, /* lane, or a warm run's process 1 → client, descriptor if kept: the workspace */
    WIRE_FREEZE, /* client → lane, descriptor: where to answer */
    WIRE_THAW,   /* likewise */
    WIRE_SOCKET, /* likewise; the number is domain and type */
    WIRE_REPEAT, /* client → process 1 of a warm run, an order; descriptor if there is input: stdin */
    WIRE_READY,  /* process 1 of a warm run → client: all is as before the program of that number */
    WIRE_SPENT,  /* likewise: it is not, and it ends */
    WIRE_STARTED, /* lane → client, of a conversation; descriptors: the counters that can be read meanwhile */
};

enum wire_action { WIRE_ALLOW, WIRE_REFUSE, WIRE_KILL_PROCESS, WIRE_IGNORE, WIRE_ACTIONS };
enum wire_operator { WIRE_EQUALS, WIRE_DIFFERS, WIRE_AT_MOST, WIRE_MASKED, WIRE_OPERATORS };

struct wire_condition {
    uint32_t argument; /* 0..5 */
    uint32_t operator; /* enum wire_operator */
    uint64_t mask;     /* of WIRE_MASKED: the bits that count */
    uint64_t value;    /* to compare with */
};

struct wire_row {
    const char *call;    /* system call by name; one unknown to this machine is skipped */
    uint32_t action;     /* enum wire_action */
    uint32_t error;      /* errno of WIRE_REFUSE */
    uint32_t conditions; /* of them, all must hold */
    struct wire_condition condition[WIRE_CONDITIONS_MAX];
};

struct wire_profile {
    const char *name;       /* what a run asks for */
    uint32_t default_error; /* errno of every call without a row */
    struct wire_row *rows;  /* owned */
    size_t row_count;       /* of them */
};

struct wire_setup {
    uint32_t root;                 /* 1: started as root, so id ranges can be mapped */
    uint32_t layer_uid;            /* owner of the layers' files */
    uint32_t layer_gid;            /* their group */
    const char *group2;            /* cgroup v2 folder for the lanes, "" for none */
    uint32_t group2_memory;        /* 1: it has the memory controller */
    uint32_t group2_pids;          /* 1: it has the pids controller */
    const char *memory1;           /* v1 memory folder, "" for none */
    const char *pids1;             /* v1 pids folder, "" for none */
    const char *cpu1;              /* v1 cpuacct folder, "" when v2 counts */
    struct wire_profile *profiles; /* owned */
    size_t profile_count;          /* of them */
};

struct wire_hello {
    uint32_t id_mapped; /* 1: layers are idmapped into each slot's own range */
    uint32_t overlay;   /* 1: an overlay on tmpfs is complete; otherwise uppers must be on disk */
    uint32_t shared;    /* 1: files of the system are the machine's own, locks on them too */
};

/* Which layer of the sandbox refused; the client knows the remedies. */
enum wire_layer {
    WIRE_LAYER_INTERNAL,
    WIRE_LAYER_USER_NAMESPACE,
    WIRE_LAYER_NAMESPACES,
    WIRE_LAYER_MOUNTS,
    WIRE_LAYER_PROC,
    WIRE_LAYER_OVERLAY,
    WIRE_LAYER_SECCOMP,
    WIRE_LAYERS
};

struct wire_failed {
    uint32_t layer;             /* enum wire_layer */
    uint32_t error;             /* errno */
    char words[WIRE_WORDS_MAX]; /* the step */
};

/* What a warm run is asked to start. */
struct wire_program {
    const char **argv;        /* NULL-terminated; the array is owned, as the next one */
    const char **environment; /* NULL-terminated */
};

struct wire_mount {
    const char *source; /* host path */
    const char *target; /* absolute path inside */
    uint32_t writable;  /* 1: yes */
};

struct wire_run {
    const char *profile;      /* a filter by name */
    const char **argv;        /* NULL-terminated, empty in a warm run; the array is owned, as the next ones */
    const char **environment; /* NULL-terminated */
    const char **layers;      /* NULL-terminated, topmost first */
    const char *upper;        /* folder on disk, "" for a tmpfs */
    const char *upper_work;   /* beside it, "" for a tmpfs */
    const char *stdin_file;   /* host file, "" when stdin came as a descriptor */
    struct wire_mount *mounts; /* owned */
    size_t mount_count;        /* of them */
    uint32_t *cpus;            /* owned; allowed CPUs */
    size_t cpu_count;          /* 0: all */
    uint32_t keep_workspace;   /* 1: the result carries its descriptor */
    uint32_t counting;         /* 1: refused calls are counted */
    uint64_t calls_most;       /* made calls are counted up to so many; 0: they are not */
    uint32_t warm;             /* 1: its process 1 starts programs as they are asked for */
    uint32_t talks;            /* 1: a conversation, whose start is told */
    uint64_t memory_bytes;     /* limit of the group */
    uint64_t workspace_bytes;  /* limit of a tmpfs upper, or of each file of one on disk */
    uint64_t workspace_files;  /* limit of a tmpfs upper */
    uint64_t scratch_bytes;    /* limit of /tmp and of /dev/shm */
    uint32_t processes;        /* limit */
};

/* A program was exec'ed. Its counters go along, that of CPU time first, where their sources are such. */
struct wire_started {
    uint64_t id;           /* of the run */
    uint64_t start_ns;     /* CLOCK_MONOTONIC just before */
    uint64_t cpu_start_ns; /* what the counter showed then */
    uint64_t peak_before;  /* bytes that were the group's before the run, counted in its peak */
    uint32_t cpu_source;   /* enum sandbox_cpu_source */
    uint32_t peak_source;  /* enum sandbox_peak_source; what can't be read now is SANDBOX_PEAK_NONE */
};

enum wire_end { WIRE_EXITED, WIRE_SIGNALLED, WIRE_NOT_STARTED, WIRE_KILLED, WIRE_BROKEN, WIRE_ENDS };

struct wire_call_row {
    char call[WIRE_CALL_MAX]; /* "ptrace", "socket(AF_INET)" */
    uint64_t count;           /* times */
};

struct wire_result {
    uint64_t id;                /* of the run */
    uint64_t program;           /* end of a warm run: the last program that it began to start; else 0 */
    uint32_t end;               /* enum wire_end; WIRE_BROKEN: our set-up failed, words say where */
    uint32_t status;            /* exit status, signal, or errno */
    uint32_t out_of_memory;     /* processes that the group's limit killed */
    uint32_t leftovers;         /* processes alive when the first one ended */
    uint32_t cpu_source;        /* enum sandbox_cpu_source */
    uint32_t peak_source;       /* enum sandbox_peak_source */
    uint64_t wall_ns;           /* exec until the group was empty */
    uint64_t cpu_ns;            /* of the whole tree */
    uint64_t peak_bytes;        /* by peak_source */
    uint64_t minor_faults;      /* page faults of all reaped processes, without disk */
    uint64_t major_faults;      /* with disk */
    uint64_t yields;            /* voluntary context switches */
    uint64_t preemptions;       /* involuntary ones */
    uint64_t written_bytes;     /* by write calls; UINT64_MAX: not to be had */
    uint64_t instructions;      /* in user mode; likewise */
    uint64_t calls;             /* made; UINT64_MAX: not counted */
    uint32_t call_row_count;    /* rows of a counting run, of refused or of made calls */
    char words[WIRE_WORDS_MAX]; /* of WIRE_BROKEN */

    struct wire_call_row call_rows[WIRE_CALL_ROWS_MAX]; /* as sandbox_result.call_rows */
};

void wire_encode_setup(const struct wire_setup *setup, struct text *out);
void wire_encode_run(const struct wire_run *run, struct text *out);
void wire_encode_program(const struct wire_program *program, struct text *out);
/* Datagrams: the kind comes first. */
void wire_encode_hello(const struct wire_hello *hello, struct text *out);
void wire_encode_failed(const struct wire_failed *failed, struct text *out);
void wire_encode_started(const struct wire_started *started, struct text *out);
void wire_encode_result(const struct wire_result *result, struct text *out);
/* WIRE_LANE, WIRE_RUN, WIRE_KILL, …: a kind and a number (slot, run, …). */
void wire_encode_command(uint32_t kind, uint64_t number, struct text *out);

/* 0, or ERR_INVALID; on failure nothing is left to free. Datagram decoders expect the kind first. */
WARN_UNUSED int wire_decode_setup(const char *bytes, size_t length, struct wire_setup *out);
WARN_UNUSED int wire_decode_run(const char *bytes, size_t length, struct wire_run *out);
WARN_UNUSED int wire_decode_program(const char *bytes, size_t length, struct wire_program *out);
WARN_UNUSED int wire_decode_hello(const char *bytes, size_t length, struct wire_hello *out);
WARN_UNUSED int wire_decode_failed(const char *bytes, size_t length, struct wire_failed *out);
WARN_UNUSED int wire_decode_started(const char *bytes, size_t length, struct wire_started *out);
WARN_UNUSED int wire_decode_result(const char *bytes, size_t length, struct wire_result *out);
WARN_UNUSED int wire_decode_command(const char *bytes, size_t length, uint32_t *kind, uint64_t *number);
/* A command with its body behind it, borrowed; without one it came in a memfd. */
WARN_UNUSED int wire_decode_order(const char *bytes, size_t length, uint32_t *kind, uint64_t *number,
                                  const char **body, size_t *body_length);
/* The kind of a datagram, 0 when it has none. */
uint32_t wire_peek_kind(const char *bytes, size_t length);

void wire_fini_setup(struct wire_setup *setup);
void wire_fini_run(struct wire_run *run);
void wire_fini_program(struct wire_program *program);

#endif
