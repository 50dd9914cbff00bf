/*
 * Many candidates of one batch: which of them the batch as a whole still recommends, and in what order people
 * should look at them. Pure.
 *
 * A batch ends in three steps. rank_e_value() says of each candidate how much evidence it brings,
 * rank_close_family() finds what the family asks of each (the e-BH procedure: Wang & Ramdas, "False discovery
 * rate control with e-values", JRSS-B 2022), rank_join() tells the evidence so, and verdict_decide() then
 * gives the verdict that the report holds. Order and estimates come last, from what the reports say.
 */
#ifndef CUPEL_POLICIES_RANK_H
#define CUPEL_POLICIES_RANK_H

#include "policies/verdict.h"

/*
 * The candidate's e-value for the family: the mean over its workloads, weighted by production, frozen at each
 * one's stop (under intent no-regression the least of them, since all must hold). 0 where something other
 * than evidence stands against it, whatever the family asks: e · 1{everything else passed} never exceeds e,
 * so it is an e-value itself, and what e-BH accepts is exactly what gets recommended. A later filter would
 * void its guarantee. An identical program makes no claim that could be false and brings 0, too.
 */
double rank_e_value(const struct evidence *evidence, const struct policy *policy);

struct rank_family {
    size_t size;                 /* N: distinct trees submitted, frozen at intake; at least 1 */
    double false_discovery_rate; /* q */
    size_t accepted;             /* k: as many e-values reach the limit */
    double limit;                /* the e-value asked of each: N / (q · k), N / q where none is accepted */
    double *e_values;            /* those above 0, descending; owned */
    size_t e_value_count;
};

/*
 * e-BH over a family: the largest k whose k-th greatest e-value reaches N / (q · k). A family of one asks
 * what a single run does. `count` e-values, one a tree, in any order; no more than `size` of them.
 */
void rank_close_family(struct rank_family *family, const double *e_values, size_t count, size_t size,
                       double false_discovery_rate);
void rank_family_fini(struct rank_family *family);

/* Lets the verdict know what the family asks. */
void rank_join(struct evidence *evidence, const struct rank_family *family);

/* What one workload's primary gained. */
struct rank_workload {
    double weight;      /* of production, in any unit */
    struct gain gain;   /* of the primary */
    struct gain cpu;    /* of CPU time; not known: no such figure */
    double cpu_seconds; /* of the base, a request; negative: unknown */
};

/* Summed over production: each workload by its weight. */
struct rank_estimate {
    struct gain team;     /* fraction of the primaries saved; ends: weighted means of the workloads' */
    double money_low;     /* a month at the gain's lower end, in the policy's currency; NaN: no figure */
    double money;         /* at its point */
    double gain_per_line; /* lower end of the gain for each line added or removed; NaN: unknown */
};

/* `lines` added and removed. */
void rank_estimate(struct rank_estimate *out, const struct rank_workload *workloads, size_t count,
                   size_t lines, const struct policy_price *price);

struct rank_candidate {
    const char *id;       /* borrowed; decides where all else is equal */
    enum verdict verdict; /* of the report */
    bool reached;         /* its gain is proven, whatever else there is */
    double team_low;      /* lower end of the gain for the team; NaN: unknown */
    size_t lines;         /* added and removed */
    size_t files;         /* changed */
    size_t rank;          /* out: 1 for the best of those recommended; 0: not recommended, no rank */
};

/*
 * Fills `order` with the indexes of the candidates, best first, and gives those recommended their rank. By
 * gain for the team, then the smaller change (lines, then files), then id. What reached the threshold without
 * being recommended follows, then the others by verdict; so nothing below the threshold is above anything
 * that reached it. Total: any order of the same candidates gives the same result, if their ids differ.
 */
void rank_order(struct rank_candidate *candidates, size_t count, size_t *order);

#endif
