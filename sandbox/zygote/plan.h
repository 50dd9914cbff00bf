/* All that a run needs, opened by the lane, which still sees the host's files; the run itself does not. */
#ifndef CUPEL_SANDBOX_PLAN_H
#define CUPEL_SANDBOX_PLAN_H

#include "sandbox/sandbox.h"
#include "sandbox/zygote/failure.h"
#include "sandbox/zygote/filter.h"
#include "sandbox/zygote/template.h"

#include <signal.h>

/* Where a run stands; written inside by our own code only, on a page shared with the lane. */
enum plan_phase { PLAN_SETTING_UP, PLAN_FAILED, PLAN_NOT_STARTED, PLAN_RUNNING, PLAN_DONE };

struct plan_page {
    volatile sig_atomic_t phase;   /* enum plan_phase */
    volatile sig_atomic_t stopped; /* process 1 has stopped everybody */
    uint64_t program;              /* of a warm run: whose request it began with last; else 0 */
    struct wire_failed failed;     /* of PLAN_FAILED */
    int exec_error;                /* errno of PLAN_NOT_STARTED */
    int wait_status;               /* of the program, as wait(2) gives it */
    uint32_t leftovers;            /* processes killed after the program's end */
    uint64_t start_ns;             /* CLOCK_MONOTONIC just before exec */
    uint64_t end_ns;               /* when nothing was left */
    uint64_t cpu_start_ns;         /* the group's counter just before exec */
    uint64_t cpu_end_ns;           /* and at the end */
    uint64_t largest_bytes;        /* ru_maxrss of the largest process */
    struct sandbox_usage usage;    /* of all reaped processes */
};

/* One datagram each from the run's first process to the lane. */
enum plan_signal {
    PLAN_SIGNAL_WORKSPACE = 'w',    /* descriptor of the merged workspace */
    PLAN_SIGNAL_CLOCK = 'c',        /* descriptor of the task-clock counter */
    PLAN_SIGNAL_INSTRUCTIONS = 'i', /* descriptor of the counter of instructions, of a counting run */
    PLAN_SIGNAL_LISTENER = 'l',     /* descriptor that refused or made calls wait at, of a counting run */
    PLAN_SIGNAL_BEGUN = 'b',        /* the program of a conversation was exec'ed */
    PLAN_SIGNAL_DONE = 'd',         /* the page is final; a warm run's lane sees its end instead */
};

/* What is the same for every run of a lane. */
struct plan_lane {
    const struct template *template; /* borrowed */
    bool root;                       /* ids are mapped by us; otherwise the caller's own */
    bool detached;                   /* an overlay takes layers that are mounted nowhere */
    int user_namespace;              /* of the runs */
    int layer_map; /* user namespace whose map turns the layers' owner into the slot, or -1 */
    uid_t uid;     /* the slot's user as the lane sees it */
    gid_t gid;     /* its group */
};

struct plan {
    const struct plan_lane *lane;       /* borrowed */
    const struct wire_run *run;         /* borrowed */
    const struct filter *filter;        /* borrowed */
    int layers[TEMPLATE_LAYERS];        /* detached mounts, topmost first */
    size_t layer_count;                 /* of them */
    int upper;                          /* detached mount of the folder above upper and upper_work, or -1 */
    int upper_view;                     /* a warm run's upper, open to be looked at, or -1 */
    int *mounts;                        /* detached mounts in the order of run->mounts; owned */
    int stdio[3];                       /* stdin, stdout, stderr */
    int requests;                       /* channel of a warm run's process 1 to the client, or -1 */
    int control;                        /* to the lane */
    enum sandbox_cpu_source cpu_source; /* which counter cpu_fd is */
    int cpu_fd;                         /* group's counter, or -1; borrowed */
    int landlock;                       /* ruleset, or -1 where the kernel has none; borrowed */
    bool limit_data;                    /* no memory group: RLIMIT_DATA has to do */
    struct plan_page *page;             /* borrowed */
};

/* Opens layers, upper and mounts. plan_close() is right after success and failure. */
WARN_UNUSED int plan_open(struct plan *plan, struct wire_failed *failed);
void plan_close(struct plan *plan);

#endif
