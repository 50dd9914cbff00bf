/*
 * Which parts of a patch carry its gain, from evaluations of parts alone and of parts added one after the
 * other. Pure: says which set of parts to evaluate next, and, at any time, what is known of each part.
 *
 * The sets are an exploratory family of their own: N of them, frozen before the first; "this set makes it
 * faster" is believed of those whose e-value for any gain at all passes e-BH at the policy's rate (rank.h).
 * The whole was judged before and alone, and nothing here reaches its verdict.
 */
#ifndef CUPEL_POLICIES_ATTRIBUTION_H
#define CUPEL_POLICIES_ATTRIBUTION_H

#include "policies/rank.h"

#include <stdint.h>

#define ATTRIBUTION_KEEPS  0.9 /* of the gain, for a smaller set that is worth offering */
#define ATTRIBUTION_USEFUL 0.1 /* of the gain: less than this may be left out, so it counts as nothing */
#define ATTRIBUTION_NONE   SIZE_MAX

/* The evaluation of a set of parts. */
struct attribution_trial {
    uint32_t parts;       /* bits; part 1 is bit 0 */
    enum verdict verdict; /* VERDICT_ERROR: not known */
    struct gain gain;     /* of all workloads by their weights; not known where nothing was measured */
    double e_real;        /* evidence that it gains anything; 0: none */
};

struct attribution_part {
    uint32_t needs; /* parts without which it does not apply; 0: it applies alone */
    size_t lines;   /* added and removed */
};

struct attribution_input {
    const struct attribution_part *parts;   /* borrowed */
    size_t count;                           /* of parts, 2 to 16 */
    struct attribution_trial whole;         /* all parts, as its report says */
    const struct attribution_trial *trials; /* what was evaluated so far, each set once; borrowed */
    size_t trial_count;
    double minimum_improvement;  /* of the policy */
    double false_discovery_rate; /* of the policy */
};

enum attribution_class {
    ATTRIBUTION_CARRIES, /* it makes it faster, by at least ATTRIBUTION_USEFUL of the gain */
    ATTRIBUTION_NOTHING, /* no effect, or proven to stay below that or below the minimum improvement */
    ATTRIBUTION_HARMS,   /* proven slower, or proven to break a guardrail */
    ATTRIBUTION_BREAKS,  /* answers differ, tests fail, or it is refused or suspicious */
    ATTRIBUTION_DEPENDS, /* does not apply, build or start without other parts, and adds nothing that shows */
    ATTRIBUTION_UNDECIDED, /* the evidence doesn't say, or it wasn't evaluated */
    ATTRIBUTION_CLASSES
};
const char *attribution_class_name(enum attribution_class class); /* "carries", "breaks-contract", … */

struct attribution_finding {
    enum attribution_class class;
    bool needed;      /* others don't apply, build or start without it */
    bool by_step;     /* by what it changes when it is added to `before`, not alone */
    struct gain gain; /* its own: alone, or the difference of the two sets' */
    uint32_t before;  /* by step: the parts that it was added to; 0: the base */
    uint32_t with;    /* by step: those and it, and whatever had waited for it */
    uint32_t grown;   /* the set that was evaluated when it was added; 0: it was left out, or not yet */
};

struct attribution {
    struct attribution_finding *findings; /* of each part; owned */
    struct rank_family family;            /* of the e-values for any gain */
    size_t offered; /* the trial whose parts are worth a candidate of their own, or ATTRIBUTION_NONE */
};

/* Gain and evidence of a trial as its evaluation found them: over the workloads, by their weights. */
void attribution_read(struct attribution_trial *trial, const struct evidence *evidence);

/* How many sets are evaluated at most: each part alone,
 * each added to those before it, and what that leaves. */
size_t attribution_family_size(size_t parts);

/*
 * The next set to evaluate, 0 when nothing is left. First each part alone that applies alone; then parts
 * added one after the other, those left out that break or harm; then the parts that carry the gain together;
 * then, while the family has room, the best set that is known without one of those that seem to carry
 * nothing.
 */
uint32_t attribution_next(const struct attribution_input *input);

/*
 * Offered is the smallest recommended set (by parts, then lines) that keeps ATTRIBUTION_KEEPS of the whole's
 * gain, by the points of both; where the whole is not recommended, of the best recommended set's gain.
 */
void attribution_settle(const struct attribution_input *input, struct attribution *attribution);
void attribution_fini(struct attribution *attribution);

#endif
