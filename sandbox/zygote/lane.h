/* A lane: the zygote of one slot, with the slot's ids, groups and network namespace; it starts the runs. */
#ifndef CUPEL_SANDBOX_LANE_H
#define CUPEL_SANDBOX_LANE_H

#include "sandbox/wire.h"
#include "sandbox/zygote/filter.h"

struct lane_setting {
    const struct wire_setup *setup; /* borrowed */
    const struct filter *filters;   /* borrowed */
    size_t filter_count;            /* of them */
    bool id_mapped;                 /* layers are idmapped, so that slots have ids of their own */
    bool detached;                  /* an overlay takes layers that are mounted nowhere */
};

/* Serves `socket` until its peer goes, then kills every run and ends the process. */
void lane_main(const struct lane_setting *setting, unsigned slot, int socket) __attribute__((noreturn));

#endif
