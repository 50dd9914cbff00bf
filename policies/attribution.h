/*
 * Which parts of a patch carry its gain, from evaluations of each part alone, of the growing prefixes and of
 * the whole. Pure. The figures are exploratory, a family of their own: they say where to look, and decide
 * nothing.
 */
#ifndef CUPEL_POLICIES_ATTRIBUTION_H
#define CUPEL_POLICIES_ATTRIBUTION_H

#include "policies/verdict.h"

#include <stdbool.h>
#include <stddef.h>

#define ATTRIBUTION_KEEPS 0.9 /* of the whole's gain, for a subset that is worth offering */

/* What an evaluation of some of the units gave. */
struct attribution_trial {
    const bool *take;        /* which units were in it; one a unit; borrowed */
    enum verdict verdict;    /* of the evaluation */
    bool applied;            /* false: these units do not apply without the others */
    bool contract_ok;        /* answers, tests and build held; false where that was not reached */
    bool measured;           /* the three below mean something */
    double point, low, high; /* gain as a fraction of the base's value saved */
};

enum attribution_role {
    ATTRIBUTION_UNKNOWN, /* not measured, alone or as a step */
    ATTRIBUTION_CARRIES, /* its gain, alone or as a step, is above nothing and at least a tenth of the whole's
                          */
    ATTRIBUTION_NOTHING, /* neither alone nor as a step does it gain anything that can be told from nothing */
    ATTRIBUTION_COSTS,   /* it makes things slower */
    ATTRIBUTION_BREAKS,  /* it breaks answers, tests or build */
    ATTRIBUTION_DEPENDENT, /* does not apply alone, and its step says no more */
};

struct attribution {
    enum attribution_role *roles; /* of each unit */
    char **sentences;             /* one a unit, then what follows for the whole; NULL-terminated */
    bool *subset;                 /* units worth offering by themselves; NULL: none, or the whole */
    size_t subset_count;          /* of units in the subset */
    size_t subset_trial;          /* index of the trial that stands for it */
    bool *untried;                /* fewer units that carry it all by their figures, but were not evaluated
                                     together: evaluate them and settle again; NULL: none */
};

/*
 * `names` and `lines` (changed lines) of `units` units; trials in any order, that of the whole among them.
 * The offered subset is one that was evaluated itself: the fewest units (then changed lines) whose trial is
 * recommended and keeps ATTRIBUTION_KEEPS of the whole's gain.
 */
void attribution_settle(const char *const *names, const size_t *lines, size_t units,
                        const struct attribution_trial *trials, size_t count,
                        struct attribution *attribution);
void attribution_fini(struct attribution *attribution);

#endif
