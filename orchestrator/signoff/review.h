/*
 * One report before its judges: gathers the decisions on it (ledger, refs, files) and the circumstances, and
 * asks ruling.h. Reads only.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_REVIEW_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_REVIEW_H

#include "orchestrator/signoff/claims.h"
#include "orchestrator/signoff/ruling.h"
#include "orchestrator/signoff/standing.h"

/* A decision that was found, and where. */
struct review_decision {
    struct envelope envelope;
    const char **names; /* of its key; NULL-terminated; array owned */
    enum vote_signature signature;
    bool in_ledger, in_refs, given; /* found there; by --decision */
};

struct review_request {
    const cJSON *document;       /* canonical report */
    const struct digest *digest; /* of it */
    char *const *files;          /* --decision, NULL-terminated; NULL: none */
    const char *head;            /* --head, a revision; NULL: where the candidate's branch points */
    const char *patch;           /* --patch, a file; NULL: the patch that was kept */
    int64_t now_s;               /* since the epoch */
    bool decides;                /* somebody decides now: a patch that names no author is worth a note */
};

struct review {
    struct subject subject;
    struct review_decision *decisions;
    size_t count;                 /* of decisions */
    size_t capacity;              /* of decisions */
    struct claims claims;         /* of the report, held against the commits */
    char **samples;               /* digests now, by the subject's samples; elements may be NULL */
    char head[GIT_OID_HEXSZ + 1]; /* "": unknown */
    struct circumstances now;
    struct vote *votes; /* by decision */
    struct ruling ruling;
    struct text notes; /* sentences, a line each, for a person: what was noticed besides */
};

/* ERR_INVALID for a report or file that is none. review_fini() in either case. */
WARN_UNUSED int review_open(struct review *review, struct standing *standing,
                            const struct review_request *request, struct err *err);
void review_fini(struct review *review);

/*
 * Brings the candidate's tree into the repository's memory: from its objects, the kept patch, or `patch`. 0
 * with *found false where none of them gives the tree that the report names.
 */
WARN_UNUSED int review_find_tree(struct review *review, struct standing *standing, const char *patch,
                                 bool *found, struct err *err);

/* Digest that names this machine's ledger of a repository in statements; owned. */
char *review_ledger_name(const char *state);

#endif
