/*
 * Which metric decides between two commands, from how their first runs spent their time: CPU time where both
 * compute, since a busy machine hardly moves it, else wall time.
 */
#ifndef CUPEL_ORCHESTRATOR_COMPARE_CHOICE_H
#define CUPEL_ORCHESTRATOR_COMPARE_CHOICE_H

#include "workloads/arm.h"
#include "workloads/metric.h"

#include <stddef.h>

struct choice {
    enum metric metric;
    char *why; /* a clause for the person; owned */
    int *cpus; /* all that this process may use, where a command uses several at once; owned; else NULL */
    size_t cpu_count; /* of them */
    double busy[2];   /* [arm_side]: CPU seconds a wall second, of the run with most */
    double runnable;  /* other tasks that wanted a CPU when runs ended, added */
    size_t runs;      /* so far */
    bool no_cpu;      /* a run had no CPU figure */
};

/* A run has just ended. */
void choice_add_run(struct choice *choice, enum arm_side side, const struct figures *figures);
/* `wanted`: an enum metric, or negative. At least one run of each side was added. */
void choice_make(struct choice *choice, int wanted);
void choice_fini(struct choice *choice);

#endif
