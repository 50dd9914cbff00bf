/* One side of a comparison, as workloads see it: a stack of layers and a lane of its own. */
#ifndef CUPEL_WORKLOADS_ARM_H
#define CUPEL_WORKLOADS_ARM_H

enum arm_side { ARM_BASE, ARM_CANDIDATE };

struct arm {
    enum arm_side side;
    unsigned slot;             /* first of the sandbox's that are this arm's; never shared by two arms */
    unsigned lanes;            /* slots from there on that untimed runs may use at once; 0 counts as 1 */
    const char *const *layers; /* NULL-terminated lower folders, topmost first; borrowed */
    /* A command of its own, NULL-terminated and taken as it is,
     * instead of the workload's; NULL: none. Borrowed. */
    char *const *run;
};

#endif
