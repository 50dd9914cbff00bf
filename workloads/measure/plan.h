/*
 * The sequential plan: what the pairs so far prove, and which pair comes next or why there is none. Pure: the
 * same pairs give the same answer, byte for byte, so a report's verdict can be recomputed from its raw pairs.
 *
 *     noise ──► decide ──┬─ improved ──► guard (while a guardrail is open) ──► size ──► stop
 *                        ├─ futile ────► guard (while "is it even worse?" is open) ───► stop
 *                        └─ cap or budget ────────────────────────────────────────────► stop
 */
#ifndef CUPEL_WORKLOADS_MEASURE_PLAN_H
#define CUPEL_WORKLOADS_MEASURE_PLAN_H

#include "workloads/measure/eprocess.h"
#include "workloads/measure/measurement.h"

struct plan {
    enum metric primary;
    bool noise_only;                      /* A/A only */
    bool either_way;                      /* a loss is looked for, and sized, as a gain is */
    bool hasty;                           /* runs are long: no noise pairs, and fewer size pairs */
    double minimum_improvement;           /* fraction */
    double regression_threshold;          /* δ of `regression` */
    double guardrail_delta[METRIC_COUNT]; /* δ a metric; negative: none */
    double limit; /* e-value that wins: plan_limit(), over the workload's share of the weights */
    double time_budget_s;
    bool held_out; /* size pairs run held-out samples too, which makes them twice as long */
};

/* The e-value that wins in a family of that size at false discovery rate q: 20 alone, N / q in a batch. */
double plan_limit(size_t family_size, double false_discovery_rate);

/* What the pairs say of one metric. e-values are natural logarithms, frozen at the stop. */
struct plan_metric {
    enum metric metric;
    bool primary;
    enum metric_outcome outcome;
    double delta;       /* the guardrail's δ, or the primary's regression threshold */
    double log_e;       /* primary: above the threshold; guardrail: better than −δ */
    double log_e_real;  /* above 0 */
    double log_e_worse; /* below −δ */
    size_t stop;        /* pairs until the outcome; all of them while it is open */
    bool not_worse;     /* primary: not worth it, and not worse than δ either */
};

/* Rows: the primary, then each guardrail in order of the enum. Returns how many. */
size_t plan_assess(const struct plan *plan, const struct pair *pairs, size_t count,
                   struct plan_metric rows[static METRIC_COUNT]);

enum plan_reason {
    PLAN_GOES_ON,
    PLAN_NOISE_KNOWN,
    PLAN_PROVEN,
    PLAN_GUARDRAIL_OPEN,
    PLAN_GUARDRAIL_BROKEN,
    PLAN_FUTILE,
    PLAN_WORSE,
    PLAN_CAP,
    PLAN_BUDGET,
    PLAN_NO_FIGURE,
};
const char *plan_reason_sentence(enum plan_reason reason);

struct plan_action {
    enum plan_reason reason; /* PLAN_GOES_ON: run a pair of `phase`; else stop */
    enum pair_phase phase;
    bool quad; /* the order of runs matters more than the noise: ABBA or BAAB */
};

/* `seconds` is the wall time spent so far. */
struct plan_action plan_next(const struct plan *plan, const struct pair *pairs, size_t count, double seconds);

/* Size pairs of a win, in the time of other pairs. */
double plan_size_cost(const struct plan *plan);

/* Effect of a pair, ln(base / candidate); NAN where a figure is missing. */
double plan_effect(const struct pair *pair, enum metric metric);

struct plan_order {
    bool known;    /* enough pairs of both orders */
    double effect; /* log ratio of a first run to a second one */
    double scale;  /* robust scale of what is left without it */
};
/* First slot against second slot, from noise pairs and from both orders of the others. */
struct plan_order plan_order_effect(const struct plan *plan, const struct pair *pairs, size_t count);

/* Robust relative spread of the A/A pairs of a metric; negative where unknown. */
double plan_noise_floor(const struct pair *pairs, size_t count, enum metric metric);

#endif
