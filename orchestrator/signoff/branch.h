/*
 * What an approval allows: one commit on a new branch, on top of the trust ref's tip, whose tree is the one
 * that was measured. Writes objects and that ref; never the checkout, the index, HEAD or another branch.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_BRANCH_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_BRANCH_H

#include "orchestrator/signoff/person.h"
#include "orchestrator/signoff/review.h"

struct branch_request {
    struct standing *standing;
    struct review *review;       /* approved, its tree found (review_find_tree) */
    const cJSON *document;       /* the report: subject, message and author of the commit */
    const struct person *person; /* the committer */
    const char *name;            /* of the branch, without refs/heads/ */
};

/* ERR_INVALID for a name that is taken or no name, and for a tip that holds the change already. */
WARN_UNUSED int branch_make(const struct branch_request *request, git_oid *commit, struct err *err);

/*
 * The commit's message: subject and message of the patch as data (no line of theirs can pass for a trailer of
 * cupel's), then Cupel-Report and a Cupel-Approved-By for each approval that counts.
 */
void branch_write_message(const struct review *review, const cJSON *document, struct text *out);

#endif
