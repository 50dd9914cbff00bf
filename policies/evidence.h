/*
 * Everything that was found out about one candidate. Stages add to it and never take away; the verdict is a
 * pure function of it and of the policy; the report is its serialisation.
 */
#ifndef CUPEL_POLICIES_EVIDENCE_H
#define CUPEL_POLICIES_EVIDENCE_H

#include "base/digest.h"
#include "policies/policy.h"
#include "policies/screen.h"
#include "workloads/arm.h"
#include "workloads/contract/contract.h"
#include "workloads/count/counts.h"
#include "workloads/coverage/coverage.h"
#include "workloads/curve/curve.h"
#include "workloads/edge/counts.h"
#include "workloads/measure/measurement.h"
#include "workloads/variants/variants.h"
#include "workloads/workload.h"

enum stage {
    STAGE_INTAKE,
    STAGE_SCREEN,
    STAGE_WORKTREES,
    STAGE_PREPARE,
    STAGE_BUILD,
    STAGE_TESTS,
    STAGE_IDENTITY,
    STAGE_CONTRACT,
    STAGE_MEASURE,
    STAGE_COUNT
};
const char *stage_name(enum stage stage);

enum stage_outcome { STAGE_NOT_REACHED, STAGE_PASSED, STAGE_FAILED, STAGE_SKIPPED };
const char *stage_outcome_name(enum stage_outcome outcome); /* "not-reached", "passed", … */

struct stage_record {
    enum stage_outcome outcome;
    double seconds;
    char *sentence; /* what happened, for a person; NULL when there is nothing to say */
    char *log;      /* the part of the output to look at first; NULL: none */
};

/* One command of the build or the tests. */
struct command_evidence {
    enum stage stage;        /* STAGE_BUILD or STAGE_TESTS */
    char *command;           /* its words */
    struct counts counts[2]; /* by enum arm_side: refused calls */
    bool ran[2];             /* likewise: it was reached, and so counted */
};

struct workload_evidence {
    char *name;
    double weight;
    char *samples_digest;    /* hexadecimal SHA-256 */
    size_t sample_count;     /* of the file; held-out ones not counted */
    char *held_out_digest;   /* hexadecimal SHA-256 of the held-out samples' file; NULL: none */
    size_t held_out_count;   /* samples in that file */
    size_t held_out_visible; /* of them: also among the visible ones, so not timed */
    enum workload_cache cache;
    bool cache_declared;              /* the configuration says so; else it is the default */
    const struct workload_kind *kind; /* how it is asked; NULL: not known */
    struct contract_summary contract;
    bool contract_done;
    struct edge_counts edges; /* requests with edge values; zeros: none were asked */
    struct coverage coverage; /* what its samples showed; no strata: not known */
    struct counts counts[2];  /* by enum arm_side: refused calls of the counting runs */
    bool counted;
    struct measurement measurement;
    bool measured;
    struct curve *curve;     /* how the cost grows with n; owned; NULL: not asked for, or not measured */
    struct variants *layout; /* what layout alone does; owned; NULL likewise */
};

/* Said with the patch, proven by nobody. */
struct claim {
    char *model;     /* that wrote it; foreign text; NULL: not said */
    char *rationale; /* why it should be faster; likewise */
    char *gain;      /* what it saves, as it was written; likewise */
};

struct evidence {
    char *base_commit, *base_tree; /* hexadecimal object ids */
    char *candidate_name;          /* as the user named it; foreign text */
    char *candidate_tree;          /* NULL: does not apply */
    char *patch_digest;            /* hexadecimal SHA-256 of the normalised patch */
    size_t files, added, removed;
    char *subject, *author; /* foreign text; NULL: none */
    char *message;          /* what stands below the subject; foreign text; NULL: none */
    char *candidate_commit; /* tip of a commit, branch or range, hexadecimal; NULL: a patch */
    char **people;          /* "Name <mail>" of everybody who wrote it; NULL-terminated; foreign text */
    char **patch_notes;     /* repairs; NULL-terminated */
    struct stage_record stages[STAGE_COUNT];
    struct screen_result screen;
    bool identical; /* same tree, or same built tree */
    char *identical_why;
    struct command_evidence *commands; /* of the stages that were reached */
    size_t command_count;
    struct workload_evidence *workloads;
    size_t workload_count;
    char **assumptions;     /* sentences; NULL-terminated */
    char *error;            /* an infrastructure error of ours, or NULL */
    bool start_failed;      /* the candidate's program can't be started at all */
    char **suspicions;      /* signs of gaming the evaluation, sentences; NULL-terminated */
    char **observations;    /* refused calls new in the candidate that nobody calls suspicious; likewise */
    bool full_isolation;    /* every layer that isolation "full" asks for was in place */
    char *isolation_why;    /* the layers that were missing; NULL: none */
    size_t family_size;     /* distinct trees submitted together; 0 and 1: this one alone */
    double family_limit;    /* e-value that the closed family asks for (rank.h); 0: still open, or alone */
    size_t family_accepted; /* candidates of the family that reach it */
    struct claim claim;     /* what whoever proposed the patch says of it */
};

/* Adds a sentence, which is taken over, to a NULL-terminated list that may be NULL. */
void evidence_add_sentence(char ***sentences, char *sentence);

void command_evidence_free(struct command_evidence *commands, size_t count); /* the list and what is in it */
void evidence_fini(struct evidence *evidence);

/* Whether its kind has such figures at all. */
bool evidence_has_metric(const struct workload_evidence *workload, enum metric metric);

/* Samples whose answers were really held against each other:
 * the summary counts those that could not be, too. */
size_t evidence_compared(const struct contract_summary *contract);

/* Whether a rule, in words, matched nothing in any workload whose contract was checked. */
bool evidence_is_unused_rule(const struct evidence *evidence, const char *rule);

#endif
