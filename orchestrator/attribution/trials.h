/*
 * The sets of a candidate's parts that policies/attribution.h asks for, evaluated one after the other. How
 * one is evaluated is the caller's: it blocks, so a command runs its loop in it, and a test answers at once.
 */
#ifndef CUPEL_ORCHESTRATOR_ATTRIBUTION_TRIALS_H
#define CUPEL_ORCHESTRATOR_ATTRIBUTION_TRIALS_H

#include "orchestrator/repository/parts.h"
#include "policies/attribution.h"

/* One set that was asked for. */
struct trial {
    uint32_t parts;           /* bits */
    struct parts_set set;     /* as a commit; zero where it doesn't apply */
    char *failure;            /* why it doesn't, a sentence; NULL: it does */
    size_t same_as;           /* an earlier trial with the same tree, or ATTRIBUTION_NONE */
    struct evidence evidence; /* of its evaluation; empty where there was none */
    struct decision decision; /* likewise; of the closed family */
};

struct trials_input {
    struct repository *repository; /* borrowed, like everything here */
    const struct parts *parts;
    const struct policy *policy;
    const struct evidence *whole; /* of the candidate itself */
    enum verdict whole_verdict;
    const char *base; /* as the user named it, or NULL: the sets stand on the same base anyway */
    /*
     * Evaluates a candidate as one of `family_size`; `name` says which parts it holds, for a person. 0 with
     * *evidence, which is then ours; or a negative code: nothing further is tried.
     */
    int (*evaluate)(const struct intake_request *request, size_t family_size, const char *name,
                    struct evidence *evidence, void *data, struct err *err);
    void *data; /* of `evaluate` */
};

struct trials {
    struct trial items[2 * PARTS_MOST];
    struct attribution_trial rows[2 * PARTS_MOST]; /* the same, as the attribution takes them */
    size_t count;                                  /* of both */
    struct attribution_trial whole;                /* likewise */
    struct rank_family family;                     /* of their e-values for the minimum improvement */
    struct attribution attribution;                /* what follows */
    char *stopped; /* why not all were evaluated, a sentence; NULL: all were */
};

/*
 * Never fails: what stops it stands in `stopped`, and what is known is told. trials_fini() it. The verdicts
 * of the sets are those of a family of their own, closed at the end; the whole's is given and stays.
 */
void trials_run(const struct trials_input *input, struct trials *trials);
void trials_fini(struct trials *trials);

/* "part 1", "parts 1, 3 and 4"; owned. */
char *trials_name(uint32_t parts);

#endif
