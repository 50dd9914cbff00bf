/*
 * What makes this machine's figures noisy, and what an operator can do about it: facts and figures in,
 * sentences out. Pure; cupel changes nothing of it by itself.
 */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_ADVICE_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_ADVICE_H

#include "orchestrator/calibrate/calibration.h"

#define ADVICE_MOST 24

struct advice {
    const char *key; /* "governor" */
    char *seen;      /* what was seen here; owned */
    const char *why; /* why that matters */
    char *mend;      /* the command or setting that mends it; owned */
};

/* Rows in order of what they usually cost; advice_fini() them. Returns how many. */
size_t advice_give(const struct calibration *calibration, struct advice rows[static ADVICE_MOST]);
void advice_fini(struct advice *rows, size_t count);

/* A gain of 1.5 thresholds can't be told within a minute on the best set. */
bool advice_is_needed(const struct calibration *calibration);

/* "3", "0-3,7": as taskset and the kernel write a set. free() it. */
char *advice_cpu_list(const int *cpus, size_t count);
/* An operator's file that measures on them: {"measure_cpus": [3]}. free() it. */
char *advice_setting(const struct calibration_set *set);

#endif
