/*
 * What of a machine makes its measurements noisy, as the kernel tells it: clocks, cores that share, the
 * hypervisor, neighbours, limits of our group. Read below a root folder, so that a tree of files can stand in
 * for any machine; what a machine doesn't tell is unknown, never guessed.
 */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_CONDITIONS_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_CONDITIONS_H

#include "base/json_access.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITIONS_TEXT 96

struct conditions {
    char governor[CONDITIONS_TEXT];   /* of the first allowed CPU whose clock isn't fixed by "performance" */
    char siblings[CONDITIONS_TEXT];   /* CPUs of the last allowed CPU's core, as "1,3"; "": it is alone */
    char hypervisor[CONDITIONS_TEXT]; /* what the virtual machine calls itself; "": none, or unknown */
    char isolated[CONDITIONS_TEXT];   /* CPUs that the scheduler leaves alone, as "2-3" */
    char tickless[CONDITIONS_TEXT];   /* CPUs without a timer tick, likewise */
    char huge_pages[CONDITIONS_TEXT]; /* transparent ones: "always", "madvise", "never" */
    double turbo;                     /* 1: the clock rises while its neighbours idle; 0; negative: unknown */
    double smt;                       /* 1: allowed CPUs have siblings on their core; 0; negative: unknown */
    double battery;                   /* 1: no power supply; 0; negative: no battery, or unknown */
    double aslr;                      /* of randomize_va_space; negative: unknown */
    double quota;                     /* CPUs that our control group may use at most; negative: no limit */
    double load;                      /* mean of runnable processes in the minute before; negative: unknown */
    double pressure;  /* share of the ten seconds before in which somebody waited for a CPU; negative */
    double steal;     /* share of CPU time that the hypervisor took meanwhile; negative: unknown */
    double others;    /* CPUs that other processes kept busy meanwhile; negative: unknown */
    double throttled; /* times that the quota stopped our group meanwhile; negative: unknown */
};

/* What only counts up: looked at before and after. */
struct conditions_counters {
    uint64_t total, busy, stolen; /* ticks of all CPUs; total 0: unknown */
    unsigned cpus;                /* of those ticks */
    double throttled;             /* times; negative: unknown */
};

/* Everything but `steal`, `others` and `throttled`. `root` is "" for this machine. */
void conditions_read(const char *root, const int *cpus, size_t cpu_count, struct conditions *conditions);
void conditions_count(const char *root, struct conditions_counters *counters);
/* The rest, from the counters before and after; `own_cpus` is how many CPUs our runs used meanwhile. */
void conditions_compare(const struct conditions_counters *before, const struct conditions_counters *after,
                        double own_cpus, struct conditions *conditions);

/* The object of a calibration's document: unknown texts and figures are null. */
cJSON *conditions_build(const struct conditions *conditions);
WARN_UNUSED int conditions_parse(const struct json_file *file, const struct json_value *object,
                                 struct conditions *conditions, struct err *err);

#endif
