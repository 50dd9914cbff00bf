/* A lane and its runs in flight: what lane.c keeps, outcome.c reports and freeze.c stops. */
#ifndef CUPEL_SANDBOX_LANE_RUN_H
#define CUPEL_SANDBOX_LANE_RUN_H

#include "sandbox/zygote/group.h"
#include "sandbox/zygote/lane.h"
#include "sandbox/zygote/notifier.h"
#include "sandbox/zygote/plan.h"
#include "sandbox/zygote/tally.h"
#include "sandbox/zygote/template.h"

#define LANE_RUNS_MAX GROUP_RUNS_MAX

struct lane_run {
    bool used;              /* this place is taken */
    bool told;              /* the result was sent; only its end is awaited */
    bool killed;            /* by us */
    uint64_t id;            /* the client's */
    pid_t pid;              /* process 1 of the run */
    int pidfd;              /* the same */
    int control;            /* from process 1 */
    int clock;              /* inherited task-clock, or -1 */
    int instructions;       /* inherited hardware counter of a counting run, or -1 */
    int workspace;          /* to hand out with the result, or -1 */
    bool hold;              /* the result waits for the end of process 1 */
    bool networked;         /* its filter knows internet sockets */
    bool warm;              /* its process 1 starts many programs */
    bool frozen;            /* by the client */
    uint64_t frozen_ns;     /* task clock when it stopped; 0 without one */
    unsigned calm;          /* looks in a row at which that clock stood still */
    struct group_run group; /* what counts it */
    struct notifier calls;  /* refused ones of a counting run; its listener is a tallying run's too */
    struct tally tally;     /* made ones of a tallying run */
    struct plan_page *page; /* shared with process 1 */
};

struct lane {
    const struct lane_setting *setting;  /* borrowed */
    int socket;                          /* to the client */
    struct template template;            /* of this slot alone */
    struct plan_lane plan;               /* what every run gets */
    struct group_lane group;             /* v1 groups */
    int landlock;                        /* ruleset of runs without TCP, or -1 where the kernel has none */
    int landlock_tcp;                    /* of those whose filter knows such sockets, or -1 */
    struct plan_page *pages;             /* shared memory, one page a run */
    struct lane_run runs[LANE_RUNS_MAX]; /* in flight */
};

#endif
