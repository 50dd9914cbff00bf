/*
 * What counting runs counted: calls that the sandbox refused, and what was used. Pure. Two passes of the same
 * samples are merged; what came out alike both times is steady and may be compared exactly.
 */
#ifndef CUPEL_WORKLOADS_COUNT_COUNTS_H
#define CUPEL_WORKLOADS_COUNT_COUNTS_H

#include "workloads/count/calls.h"

enum counts_figure {
    COUNTS_MINOR_FAULTS,
    COUNTS_MAJOR_FAULTS,
    COUNTS_YIELDS,
    COUNTS_PREEMPTIONS,
    COUNTS_WRITTEN_BYTES,
    COUNTS_INSTRUCTIONS,
    COUNTS_FIGURES
};
/* "minor_faults", "major_faults", "yields", "preemptions", "written_bytes", "instructions" */
const char *counts_figure_name(enum counts_figure figure);

struct counts_row {
    char *call;     /* "ptrace", "socket(AF_INET)"; owned */
    uint64_t count; /* attempts, of the pass that made more */
    bool steady;    /* both passes made as many */
};

struct counts_total {
    uint64_t value; /* of the pass that used more; SANDBOX_UNKNOWN where it can't be had */
    bool steady;    /* both passes used as much */
};

struct counts {
    struct counts_row *rows; /* refused calls in the order of their first attempt; owned */
    size_t row_count;
    size_t row_capacity;
    struct counts_total totals[COUNTS_FIGURES]; /* over the samples */
    size_t samples;                             /* added */
    struct calls calls;                         /* made; of runs of their own */
    struct counts_total simulated;              /* instructions by valgrind, likewise */
    size_t simulated_samples;                   /* added to them; 0: none was simulated */
};

/* Adds one sample's run; all zero is the empty sum. */
void counts_add(struct counts *counts, const struct sandbox_result *result);
/* Adds one sample's run under valgrind: `instructions`, or SANDBOX_UNKNOWN. */
void counts_add_simulated(struct counts *counts, uint64_t instructions);
/* Takes in the second pass of the same arm. */
void counts_merge(struct counts *counts, const struct counts *again);
/* Attempts of that call; 0: never. */
uint64_t counts_of(const struct counts *counts, const char *call);
void counts_fini(struct counts *counts);

#endif
