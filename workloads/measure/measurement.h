/* What measuring one workload left behind: raw pairs first, everything else recomputable from them. */
#ifndef CUPEL_WORKLOADS_MEASURE_MEASUREMENT_H
#define CUPEL_WORKLOADS_MEASURE_MEASUREMENT_H

#include "workloads/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pair_phase {
    PHASE_NOISE,  /* base against base: the A/A noise floor */
    PHASE_DECIDE, /* feeds the primary's e-process */
    PHASE_GUARD,  /* after the primary's stop, feeds guardrails only */
    PHASE_SIZE,   /* fresh pairs for the size interval */
};
const char *pair_phase_name(enum pair_phase phase); /* "noise", "decide", "guard", "size" */

struct pair {
    enum pair_phase phase;
    bool candidate_first; /* the coin */
    bool quad;     /* four runs under one coin (ABBA or BAAB), each side the geometric mean of its two */
    uint64_t seed; /* of the block's draw and order; below 2^53, so that any JSON reader keeps it */
    struct figures base;      /* totals of the run */
    struct figures candidate; /* in PHASE_NOISE the second base run; the coin is false there */
};

enum metric_outcome {
    OUTCOME_IMPROVED,     /* primary: reached the threshold */
    OUTCOME_NOT_WORTH_IT, /* primary: futility, the gain is below the threshold */
    OUTCOME_UNDECIDED,    /* cap or budget reached */
    OUTCOME_REGRESSED,    /* primary: proven worse by more than δ */
    OUTCOME_HELD,         /* guardrail: worse than δ is rejected */
    OUTCOME_BROKEN,       /* guardrail: proven worse than δ */
    OUTCOME_UNPROVEN,     /* guardrail: neither */
    OUTCOME_UNAVAILABLE,  /* this machine gives no such figure */
};
const char *metric_outcome_name(enum metric_outcome outcome); /* "improved", "not-worth-it", … */

struct gain {
    bool known;
    double point; /* fraction of the base's value saved: 1 - exp(-r) */
    double low;   /* 95 % interval */
    double high;
};

struct metric_result {
    enum metric metric;
    bool primary;
    enum metric_outcome outcome;
    double e_value;   /* frozen at the stop */
    double e_real;    /* the same at threshold 0: "real, but not shown to reach" */
    double e_worse;   /* against "no worse than δ" */
    double delta;     /* guardrails: δ */
    struct gain gain; /* of the size pairs; of all pairs where size_pairs is 0 */
    size_t size_pairs;
    size_t pairs_to_verdict;
    double before; /* median of the base's runs, in the metric's unit */
    double after;
};

/* What one size pair spent on a stratum, of the primary metric; negative: not seen in that pair. */
struct stratum_pair {
    double base, candidate;
};

struct stratum_effect {
    char *name;
    double weight;              /* share of production */
    struct gain gain;           /* of the primary, from the size pairs */
    size_t samples;             /* of the set */
    bool harmful;               /* the whole interval is worse than 0 by more than δ */
    struct stratum_pair *pairs; /* in the order of the size pairs; owned */
    size_t pair_count;
};

/* A stratum of the comparison with held-out samples: what each sample cost, the mean of all size pairs. */
struct held_out_stratum {
    char *name;
    double weight;                 /* share of production; 0: no visible sample is of it */
    struct stratum_pair *visible;  /* a sample each, of the primary metric; owned */
    struct stratum_pair *held_out; /* likewise */
    size_t visible_count, held_out_count;
};

/* Both sets in one size pair: means of the primary metric a request, with strata weighted alike. */
struct held_out_pair {
    struct stratum_pair visible, held_out; /* negative: no stratum was seen in both */
};

enum held_out_outcome {
    HELD_OUT_NONE,      /* no samples are held out */
    HELD_OUT_NOT_ASKED, /* there was no gain to look for: no size pair */
    HELD_OUT_TOO_FEW,   /* no split of so few samples would be rare enough */
    HELD_OUT_UNCLEAR,   /* neither of the following */
    HELD_OUT_CONFIRMED, /* the gain reaches the threshold on held-out samples too */
    HELD_OUT_OVERFITS,  /* the gain is on visible samples only */
};
const char *held_out_outcome_name(enum held_out_outcome outcome); /* "none", "not-asked", … */

/* Is the gain one for the samples that the candidate can know? Raw figures first. */
struct held_out {
    struct held_out_stratum *strata; /* owned; those with samples on one side only are not compared */
    size_t stratum_count;
    struct held_out_pair *pairs; /* in the order of the size pairs; owned */
    size_t pair_count;
    enum held_out_outcome outcome;
    struct gain visible_gain, held_out_gain; /* of the pairs */
    struct gain beyond; /* the visible gain in units of what the held-out one leaves: 1 - exp(r_h - r_v) */
    double p_value;     /* of a split at random to look as bad; negative: unknown */
};

/* Ways of splitting a run's requests, by which a gain can show that it depends on something. */
enum signal_kind {
    SIGNAL_REPEATS, /* the first time that a run asks a sample, and later times */
    SIGNAL_WARM_UP, /* the first tenth of a run, and the rest */
    SIGNAL_COUNT
};
const char *signal_kind_name(enum signal_kind kind); /* "repeats", "warm-up" */

/* One size pair, of the primary metric; negative: the run had no such part. */
struct signal_pair {
    struct stratum_pair first, later;
};

struct signal {
    struct signal_pair *pairs; /* in the order of the size pairs; owned */
    size_t pair_count;
    struct gain first, later;
    struct gain beyond; /* the later gain in units of what the first one leaves: 1 - exp(r_first - r_later) */
    bool only_later;    /* the gain is in the later part only */
};

/* Earlier evaluations of the same question, whose pairs come first. */
struct continued {
    size_t pairs;      /* how many; 0: nothing is continued, and the rest is NULL */
    char *evaluation;  /* id of the one that measured the last of them */
    char *at;          /* when that was, RFC 3339 */
    char *environment; /* whence the last of them that comes from another CPU, kernel or source of figures;
                          NULL: all come from this one */
};
void continued_fini(struct continued *continued);
void continued_copy(struct continued *to, const struct continued *from);

struct measurement {
    struct pair *pairs;
    size_t pair_count;
    struct continued continues;
    struct metric_result metrics[METRIC_COUNT]; /* primary first, then guardrails */
    size_t metric_count;
    struct stratum_effect *strata;
    size_t stratum_count;
    struct held_out held_out;
    struct signal signals[SIGNAL_COUNT];
    double noise_floor[METRIC_COUNT]; /* robust relative spread of the A/A pairs; negative: unknown */
    double threshold;                 /* minimum improvement, fraction */
    double pair_seconds;              /* mean wall time of a pair, launches included */
    double pairs_needed;              /* for a gain of 1.5 thresholds at this noise; negative: out of reach */
    double seconds_needed; /* of such a verdict, noise and size pairs included; negative likewise */
    double seconds;        /* wall time spent measuring, earlier evaluations included */
    size_t block;          /* samples a run */
    size_t answers[2];     /* timed ones, of the base and of the candidate; earlier evaluations included */
    size_t left_behind[2]; /* of those, after which processes still ran: what they had left to do is in no
                              figure */
    bool contract_broken;  /* a timed response differed; findings are in the contract */
    bool base_unstable;    /* the base's own timed answers differ beyond noise: the primary is undecided */
    char *stopped;         /* why it stopped, a sentence */
};
/* Releases what it owns and zeroes it. */
void measurement_fini(struct measurement *measurement);

#endif
