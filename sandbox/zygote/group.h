/*
 * Control groups of one lane: what counts and limits its runs (cgroups(7)).
 *
 * v2: a folder for each run in flight, entered by clone3(CLONE_INTO_CGROUP). v1: the lane joins once and its
 * children inherit; joining an idle hierarchy takes milliseconds.
 */
#ifndef CUPEL_SANDBOX_GROUP_H
#define CUPEL_SANDBOX_GROUP_H

#include "sandbox/sandbox.h"
#include "sandbox/zygote/failure.h"

#define GROUP_RUNS_MAX 16 /* in flight in a lane */

/* v1 memory files of a lane, open as long as it is a member: opening them anew would cost each run. */
struct group_memory {
    int limit; /* memory.limit_in_bytes, or -1 */
    int peak;  /* memory.max_usage_in_bytes, or -1 */
    int usage; /* memory.usage_in_bytes, or -1 */
    int kills; /* memory.oom_control, or -1 */
};

/* A v2 folder between two runs. */
struct group_kept {
    int folder; /* or -1 */
    int cpu;    /* its cpu.stat, or -1 */
};

/* Of a lane: v1 folders that it is a member of. */
struct group_lane {
    const struct wire_setup *setup;         /* where groups may be made; borrowed */
    unsigned slot;                          /* number of the lane */
    unsigned generation;                    /* of the memory folder */
    int memory;                             /* v1 memory folder, or -1 */
    struct group_memory files;              /* of `memory` */
    uint64_t memory_bytes;                  /* limit that stands there */
    int pids;                               /* v1 pids.max, or -1 */
    uint32_t processes;                     /* limit that stands there */
    int cpu;                                /* v1 cpuacct.usage, or -1 */
    struct group_kept kept[GROUP_RUNS_MAX]; /* v2 folders without the memory controller serve many runs */
};

/* Of a run in flight. */
struct group_run {
    int folder;             /* v2 folder, or -1 */
    int cpu;                /* v2 cpu.stat, or -1 */
    char name[64];          /* of the folder, below setup->group2 */
    unsigned index;         /* place in the lane */
    uint64_t out_of_memory; /* kills counted before the run */
    uint64_t memory_before; /* v1: bytes charged to the lane before the run */
};

WARN_UNUSED int group_lane_open(struct group_lane *lane, const struct wire_setup *setup, unsigned slot,
                                struct wire_failed *failed);
/* Makes the group of a run (index: its place in the lane) and sets its limits. */
WARN_UNUSED int group_run_arm(struct group_lane *lane, struct group_run *group, unsigned index,
                              const struct wire_run *run, struct wire_failed *failed);
/* After the run: everything in it is dead. `alone`: no other run of the lane is in flight. */
void group_run_disarm(struct group_lane *lane, struct group_run *group, bool alone);

/* v2: everything in the group stops, or goes on, soon after. -1 and errno. */
WARN_UNUSED int group_freeze(const struct group_run *group, bool freeze);
bool group_is_frozen(const struct group_run *group);

enum sandbox_cpu_source group_cpu_source(const struct group_lane *lane, const struct group_run *group);
/* The counter to be read with counter_read_cpu(), or -1. */
int group_cpu_fd(const struct group_lane *lane, const struct group_run *group);
bool group_limits_memory(const struct group_lane *lane);
/* Peak in bytes with its source, or SANDBOX_PEAK_NONE. */
enum sandbox_peak_source group_read_peak(const struct group_lane *lane, const struct group_run *group,
                                         uint64_t *bytes);
/* The file that group_read_peak() would read, the caller's, with what to take off; -1: there is none. */
int group_open_peak(const struct group_lane *lane, const struct group_run *group,
                    enum sandbox_peak_source *source, uint64_t *before);
uint32_t group_read_kills(const struct group_lane *lane, const struct group_run *group);

#endif
