/*
 * Do a report's conclusions follow from its raw data? Reads canonical documents and views, of one candidate
 * or of a batch with its family, recomputes every verdict with all that leads to it, and names each value
 * that the report says otherwise. Whether the raw data are honest nobody can tell from a report.
 */
#ifndef CUPEL_ORCHESTRATOR_RECHECK_RECHECK_H
#define CUPEL_ORCHESTRATOR_RECHECK_RECHECK_H

#include "base/digest.h"
#include "orchestrator/recheck/differences.h"
#include "policies/verdict.h"

struct recheck_candidate {
    char *id, *name;                /* as the report says; foreign text */
    char *made_by;                  /* version of the cupel that made the report; foreign text; NULL: none */
    enum verdict said, verdict;     /* of the report, and recomputed */
    struct digest digest;           /* of the canonical bytes that the report holds */
    struct differences differences; /* none: everything follows */
};

struct recheck {
    struct recheck_candidate *candidates; /* in the order of the report; owned */
    size_t count;                         /* of candidates */
    struct differences batch;             /* of a batch's view: what it says of all candidates together */
};

/*
 * `name` is what errors call the bytes. ERR_INVALID or ERR_LIMIT for what is no report or lacks what its
 * verdict was made from, with the place; otherwise recheck_fini() it.
 */
WARN_UNUSED int recheck_report(struct recheck *recheck, const char *name, const char *bytes, size_t length,
                               struct err *err);
/* Does everything follow? */
bool recheck_is_equal(const struct recheck *recheck);
void recheck_fini(struct recheck *recheck);

#endif
