/*
 * Two commands held against each other: what was measured, and what follows from it. Pure: the same pairs
 * give the same words, so that anyone can draw the conclusions anew from a document.
 *
 * A is the base and B the candidate of the pairs. Unlike a patch, neither has to prove itself: each claim is
 * made in both directions, and each needs an e-value of 20 of its own (workloads/measure/eprocess.h).
 */
#ifndef CUPEL_ORCHESTRATOR_CONTEST_CONTEST_H
#define CUPEL_ORCHESTRATOR_CONTEST_CONTEST_H

#include "workloads/arm.h"
#include "workloads/contract/contract.h"
#include "workloads/measure/measurement.h"

/* What came of holding B's answer against A's, as the contract of an evaluation does. */
enum contest_answers {
    CONTEST_SAME,         /* the same bytes */
    CONTEST_EQUIVALENT,   /* the same values, otherwise written */
    CONTEST_TOLERATED,    /* the same but for values that A itself changes from run to run */
    CONTEST_SILENT,       /* both print nothing: only the exit status was compared */
    CONTEST_UNSTEADY,     /* A's answers differ so much from run to run that nothing can be held to them */
    CONTEST_NOT_COMPARED, /* too long to be kept */
    CONTEST_DIFFERENT,    /* see the findings */
    CONTEST_ANSWERS
};
extern const char *const contest_answers_names[CONTEST_ANSWERS + 1]; /* the table ends with NULL */

/* One of the two. */
struct contest_command {
    char *line;      /* as it was typed */
    bool shell;      /* /bin/sh -c ran it */
    char *ending;    /* of its first answer: "exit status 0" */
    int status;      /* exit status */
    char *complaint; /* the end of stderr where it failed; NULL: it didn't, or said nothing */
    bool steady;     /* its untimed answers were alike */
    size_t timed;    /* further answers, of timed runs */
    size_t strayed;  /* of those: stdout unlike its first answer's */
    size_t left;     /* of those: processes still ran when it ended */
};

/* One-sided claims about a metric, m being the minimum improvement. */
enum contest_claim {
    CONTEST_B_SAVES,     /* B needs less than A by m or more */
    CONTEST_A_SAVES,     /* A needs less than B by m or more */
    CONTEST_B_FALLS_OFF, /* B saves less than m, if anything */
    CONTEST_A_FALLS_OFF, /* A saves less than m, if anything */
    CONTEST_B_LESS,      /* B needs less than A, however little */
    CONTEST_A_LESS,      /* A needs less than B, however little */
    CONTEST_CLAIMS
};

struct contest_proof {
    bool proven;    /* the e-value reached 20 at a look */
    double e_value; /* then, else after all pairs */
    size_t pairs;   /* behind it */
};

enum contest_outcome {
    CONTEST_OPEN,         /* nothing below is proven */
    CONTEST_B_BETTER,     /* by m or more */
    CONTEST_A_BETTER,     /* by m or more */
    CONTEST_ALIKE,        /* neither by m */
    CONTEST_B_NOT_BETTER, /* B not by m; whether A is, is open */
    CONTEST_A_NOT_BETTER, /* A not by m; whether B is, is open */
    CONTEST_OUTCOMES
};
extern const char *const contest_outcome_names[CONTEST_OUTCOMES + 1];

/* What follows for one metric. */
struct contest_row {
    enum metric metric;
    enum contest_outcome outcome;
    struct contest_proof proofs[CONTEST_CLAIMS];
    struct gain gain;   /* of B over A, as in a report */
    size_t fresh_pairs; /* that the gain comes from; 0: it comes from the pairs that decided */
    double before;      /* median of A's runs, in the metric's unit */
    double after;       /* of B's */
    double noise_floor; /* A against A; negative: unknown */
};

struct contest {
    /* What was measured. Strings are owned. */
    char *created;                      /* RFC 3339 */
    char *cupel_version;                /* that measured */
    char *cpu;                          /* model */
    char *kernel;                       /* and its release */
    char *isolation;                    /* level: "full" or "reduced" */
    char *input;                        /* stdin of both; NULL: empty */
    struct contest_command commands[2]; /* [arm_side]: A, B */
    enum contest_answers answers;
    struct finding *findings; /* where the answers differ, most serious first; owned */
    size_t finding_count;
    enum metric primary;
    char *why;        /* the primary was chosen */
    double threshold; /* m */
    double time_budget_s;
    size_t cpus;        /* that a run could use */
    bool measured;      /* pairs were run */
    size_t block;       /* processes a run */
    double seconds;     /* of measuring */
    char *stopped;      /* why it stopped; a sentence of the measurement */
    bool failed;        /* a timed run ended unlike the first answer: nothing is concluded */
    struct pair *pairs; /* owned */
    size_t pair_count;
    /* What follows. */
    struct contest_row rows[METRIC_COUNT]; /* the primary first */
    size_t row_count;
    double seconds_needed; /* of an open primary, for a budget that would do; negative: none would */
    int exit_status;
};

/* Fills what follows from what was measured. */
void contest_conclude(struct contest *contest);
void contest_fini(struct contest *contest);

/* Did B answer otherwise than A, at first or, where A never did, in a timed run? */
bool contest_differs(const struct contest *contest);
/* Both ended by themselves with status 0. */
bool contest_succeeded(const struct contest *contest);

#endif
