/*
 * The attack corpus as data: what code under test might attempt, how that must end, and which layers stand in
 * the way. `cupel selftest` and the tests run the same rows (trial.h).
 */
#ifndef CUPEL_SANDBOX_CORPUS_ATTEMPT_H
#define CUPEL_SANDBOX_CORPUS_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attempt_group {
    ATTEMPT_CALLS,
    ATTEMPT_FILES,
    ATTEMPT_EGRESS,
    ATTEMPT_SERVICES,
    ATTEMPT_RESOURCES,
    ATTEMPT_CHEATING,
    ATTEMPT_GROUPS
};

/* What stops an attempt; docs/threat-model.md has a row for each. */
enum attempt_layer {
    ATTEMPT_LAYER_NONE, /* as the layer behind: nothing else would stop it */
    ATTEMPT_LAYER_SECCOMP,
    ATTEMPT_LAYER_IDENTITY, /* the slot's user namespace and uid */
    ATTEMPT_LAYER_CAPABILITIES,
    ATTEMPT_LAYER_PROCESSES, /* pid namespace and hidepid */
    ATTEMPT_LAYER_TEMPLATE,  /* read-only folders of the system, generated /etc */
    ATTEMPT_LAYER_WORKSPACE, /* overlay, fresh for each run */
    ATTEMPT_LAYER_WATCH,     /* outside, on what a run writes to disk */
    ATTEMPT_LAYER_SCRATCH,   /* /tmp and /dev/shm of the run alone, capped */
    ATTEMPT_LAYER_IPC,
    ATTEMPT_LAYER_NETWORK,
    ATTEMPT_LAYER_LANDLOCK, /* domain of the run: TCP, abstract sockets, signals */
    ATTEMPT_LAYER_CGROUP,   /* cgroup namespace */
    ATTEMPT_LAYER_GROUPS,   /* control groups, or the inherited counter for CPU */
    ATTEMPT_LAYER_LIMITS,   /* rlimits */
    ATTEMPT_LAYER_DEADLINE,
    ATTEMPT_LAYER_OUTPUT,    /* pipes that are drained and capped outside */
    ATTEMPT_LAYER_COLLECTOR, /* results are opened beneath the workspace when all is dead */
    ATTEMPT_LAYER_KERNEL,    /* the kernel's own rule for unprivileged processes */
    ATTEMPT_LAYER_SCREEN,    /* the patch is refused before it runs */
    ATTEMPT_LAYER_CONTRACT,  /* every answer, the timed ones too, is compared */
    ATTEMPT_LAYERS
};

enum attempt_profiles { ATTEMPT_BUILD = 1, ATTEMPT_WORKLOAD = 2, ATTEMPT_SERVICE = 4, ATTEMPT_ALL = 7 };
#define ATTEMPT_PROFILES 3 /* filters under which attempts are made */

/* Where a row that says that it is open is so; elsewhere it has to hold. */
enum attempt_open {
    ATTEMPT_OPEN_EVERYWHERE,
    ATTEMPT_OPEN_UNGROUPED, /* without a memory group */
    ATTEMPT_OPEN_SHARED,    /* where files of the system are the machine's own (sandbox_isolation) */
    ATTEMPT_OPEN_ORDINARY   /* for an ordinary user */
};

struct attempt {
    unsigned number;           /* docs/threat-model.md lists them; several rows may share one */
    enum attempt_group group;  /* chapter of that list */
    const char *name;          /* cupel-attacker's argument, or a name only when `elsewhere` is set */
    const char *what;          /* what is attempted, for people */
    const char *refusal;       /* what trial_describe() says when it holds; alternatives by '|' */
    const char *twin;          /* the benign neighbour: cupel-attacker's argument, must say "ok" */
    enum attempt_layer layer;  /* stops it */
    enum attempt_layer behind; /* would have stopped it next */
    const char *unfiltered;    /* how it ends under a filter that allows every call; NULL: not tried so */
    const char *before;        /* argument of a run of the same slot that ends first, or NULL */
    const char *beside;        /* argument of a run of another slot meanwhile, in the same profile; it says
                                  "ok" and stays */
    const char *collect;       /* path below the workspace to collect when all is dead; its fate is said */
    uint64_t cpu_ms;           /* CPU that must be charged; needs a source of CPU time */
    uint64_t memory_bytes;     /* limit, or 0 for the default */
    uint64_t wall_ms;          /* deadline, or 0 for the default */
    bool talks;                /* in a conversation, the twin's run too: much is said, and the input ended */
    bool disk;                 /* the workspace's upper, and the twin's, is a folder on disk */
    unsigned profiles;         /* enum attempt_profiles; 0: build and workload */
    const char *elsewhere;     /* why no row for a sandbox alone, and what tries it; NULL: tried here */
    const char *open;          /* known not to hold: why; NULL: holds */
    enum attempt_open where;   /* `open` is so */
};

struct attempt_table {
    const struct attempt *rows; /* of one group */
    size_t count;               /* rows */
};

/* One a group, in the order of enum attempt_group. */
extern const struct attempt_table attempt_calls;
extern const struct attempt_table attempt_files;
extern const struct attempt_table attempt_egress;
extern const struct attempt_table attempt_services;
extern const struct attempt_table attempt_resources;
extern const struct attempt_table attempt_cheating;
const struct attempt_table *attempt_table(enum attempt_group group);

/* The profiles by number: 0 "build", 1 "workload", 2 "service"; and whether a row is for one. */
const char *attempt_profile_name(unsigned profile);
bool attempt_is_for(const struct attempt *attempt, unsigned profile);

/* Names for people: "system calls", "seccomp filter"; never NULL. */
const char *attempt_group_name(enum attempt_group group);
const char *attempt_layer_name(enum attempt_layer layer);

#endif
