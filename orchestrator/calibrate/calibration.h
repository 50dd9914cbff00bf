/*
 * A machine's calibration: what runs of two programs of our own said on each CPU set, and what follows from
 * it. Pure: the same runs give the same document.
 */
#ifndef CUPEL_ORCHESTRATOR_CALIBRATE_CALIBRATION_H
#define CUPEL_ORCHESTRATOR_CALIBRATE_CALIBRATION_H

#include "orchestrator/calibrate/conditions.h"
#include "workloads/measure/plan.h"
#include "workloads/measure/resolution.h"

#include "base/digest.h"
#include "base/text.h"

#define CALIBRATION_SETS_MOST  8
#define CALIBRATION_CPUS_MOST  4096
#define CALIBRATION_PAIRS_MOST METHOD_PAIRS_MAX /* of a program on a set: as many as tell the noise */
#define CALIBRATION_BUDGETS    3
#define CALIBRATION_METRICS    (METRIC_PEAK_MEMORY + 1) /* the first ones: a program alone has no requests */
#define CALIBRATION_THRESHOLD  0.10 /* the default policy's, which a recommended gain must reach */

/* Seconds of measuring for which the resolution is told. */
extern const double calibration_budgets[CALIBRATION_BUDGETS];
#define CALIBRATION_MINUTE 1 /* index of the budget that sets are ranked by */

/* What cupel-gauge does: one lives in registers, the other walks through memory that no cache holds. */
enum calibration_program { CALIBRATION_COMPUTE, CALIBRATION_MEMORY, CALIBRATION_PROGRAMS };
extern const char *const calibration_programs[CALIBRATION_PROGRAMS + 1]; /* "compute", "memory", NULL */

struct calibration_metric {
    double noise;            /* robust relative spread of the pairs; negative: no figure here */
    struct plan_order order; /* first run against second */
    struct resolution shown[CALIBRATION_BUDGETS]; /* of a single candidate */
};

/* One program on one set. */
struct calibration_series {
    double *runs[CALIBRATION_METRICS]; /* figures in the order of time, two a pair; negative: not available;
                                          owned */
    size_t run_count;                  /* even, at most 2 · CALIBRATION_PAIRS_MOST */
    double run_seconds;                /* median wall time of a run */
    double pair_seconds;               /* mean wall time of a pair, launches included */
    struct calibration_metric metrics[CALIBRATION_METRICS];
};

struct calibration_set {
    int *cpus; /* ascending; owned */
    size_t cpu_count;
    struct calibration_series series[CALIBRATION_PROGRAMS];
};

/* What a calibration is valid for. */
struct calibration_machine {
    char *cpu;    /* model */
    char *kernel; /* release */
    int *cpus;    /* that cupel could use; owned */
    size_t cpu_count;
    struct digest method; /* of the method's constants */
};

struct calibration {
    char *cupel;   /* version */
    char *created; /* RFC 3339, UTC */
    struct calibration_machine machine;
    char *cpu_source, *peak_source; /* as in a report's environment */
    double seconds;                 /* that measuring took */
    struct conditions conditions;
    struct calibration_set sets[CALIBRATION_SETS_MOST];
    size_t set_count;
    size_t usual; /* the set that is measured on when nobody says which, or the operator's */
    size_t best;  /* the set that shows the smallest gain within a minute */
};
void calibration_fini(struct calibration *calibration);
void calibration_machine_fini(struct calibration_machine *machine);

/* Adds the two runs of a pair to a series that is not full. */
void calibration_add_pair(struct calibration_series *series, const struct figures runs[static 2]);

/* Noise and order effect of each series: what is cheap to tell from the runs. */
void calibration_summarise(struct calibration *calibration);
/* The best set, from the resolutions. */
void calibration_choose(struct calibration *calibration);
/* All of it, the resolutions too. Takes a second or two of CPU time. */
void calibration_assess(struct calibration *calibration);

/* Does that program say anything of that metric? One that needs hardly any memory doesn't of its peak. */
bool calibration_tells(enum calibration_program program, enum metric metric);
/* The more troubled program's: noise of a metric, or negative; excess of a budget, or negative. */
double calibration_set_noise(const struct calibration_set *set, enum metric metric);
double calibration_set_excess(const struct calibration_set *set, enum metric metric, size_t budget);
/* CPU time, or wall time where the machine gives none. */
enum metric calibration_primary(const struct calibration *calibration);
/* The set of exactly those CPUs, or NULL. */
const struct calibration_set *calibration_find(const struct calibration *calibration, const int *cpus,
                                               size_t cpu_count);

/* Of the constants that the figures hang on: another digest, other figures. */
struct digest calibration_method(void);

/* The canonical document. */
WARN_UNUSED int calibration_write(const struct calibration *calibration, struct text *out, struct err *err);
/*
 * Reads a document back that calibration_write() wrote: one that is not byte for byte what its own runs and
 * words make is refused (ERR_INVALID), like everything that is no such document. calibration_fini() it.
 */
WARN_UNUSED int calibration_read(struct calibration *calibration, const char *name, const char *bytes,
                                 size_t length, struct err *err);

#endif
