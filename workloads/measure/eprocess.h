/*
 * An e-process on the sign symmetry of pairs: with both arms equal up to a known factor and the order drawn
 * by a fair coin, r − θ has a fair sign given its size, so 1 + κ·ψ(r − θ) with ψ odd and bounded is a fair
 * bet, and Ville's inequality bounds wrong stops at any stopping time (Ramdas, Ruf, Larsson & Koolen,
 * "Admissible anytime-valid sequential inference must rely on nonnegative martingales", 2020). Pure.
 */
#ifndef CUPEL_WORKLOADS_MEASURE_EPROCESS_H
#define CUPEL_WORKLOADS_MEASURE_EPROCESS_H

#include "workloads/measure/method.h"

#include <stdbool.h>
#include <stddef.h>

struct eprocess {
    double effect[METHOD_PAIRS_MAX]; /* r: log of base over candidate, in order */
    double scale[METHOD_PAIRS_MAX];  /* c: robust scale of the pairs before, 0: bet on the sign alone */
    double sorted[METHOD_PAIRS_MAX]; /* the effects, ascending */
    size_t count;
};

/* Takes the next pair's effect. More than METHOD_PAIRS_MAX is a bug. */
void eprocess_add(struct eprocess *process, double effect);

/* The wealth of the mixture's bets, as logarithms; starts zeroed. */
struct eprocess_wealth {
    double logs[METHOD_BETS];
};
/* Bets on pair `index` against "the effect is at most θ" (direction +1) or "at least θ" (−1). */
void eprocess_bet(struct eprocess_wealth *wealth, const struct eprocess *process, size_t index, double theta,
                  int direction);
/* Natural logarithm of the mixture's wealth: of the e-value. */
double eprocess_wealth_log(const struct eprocess_wealth *wealth);

/*
 * Natural logarithm of the e-value after the first `count` pairs, against "the effect is at most θ" for a
 * direction of +1, "at least θ" for −1.
 */
double eprocess_log_e(const struct eprocess *process, size_t count, double theta, int direction);

/* −ln(1 − fraction saved): 0.10 → 0.10536. −ln(1 + fraction lost) for a loss given as a negative gain. */
double eprocess_theta(double gain);

/* ln(base / candidate); figures below a nanosecond (or byte) count as that. */
double eprocess_effect(double base, double candidate);

struct feasibility {
    double pairs;   /* expected until a gain of `feasible_multiple` thresholds wins */
    bool reachable; /* within the cap */
};

/* What the noise (robust scale of a log ratio) allows at that threshold; `limit` is the e-value that wins. */
struct feasibility eprocess_feasibility(double noise, double minimum_improvement, double limit);

#endif
