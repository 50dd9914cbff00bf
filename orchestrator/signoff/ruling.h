/*
 * May this report's patch be merged now? A pure function of the report, of the decisions that people signed,
 * and of how things stand now. Gathering those is standing.h and review.h.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_RULING_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_RULING_H

#include "base/text.h"
#include "orchestrator/signoff/statement.h"
#include "policies/policy.h"

/* What ssh-keygen and the lists say of a decision's signature. */
enum vote_signature {
    VOTE_GOOD,
    VOTE_BAD,         /* does not verify */
    VOTE_REVOKED,     /* verifies, but the key was revoked */
    VOTE_UNKNOWN_KEY, /* nobody of the list has that key under that name */
    VOTE_NAMESPACE,   /* made for something else */
};

/* One signed decision. Borrowed. */
struct vote {
    const struct statement *statement;
    enum vote_signature signature;
    const char *name_space;   /* of the signature, for words */
    const char *key;          /* fingerprint */
    const char *const *names; /* every name that the list gives the key; NULL-terminated */
};

/* What merging the candidate into the trust ref's tip gives. */
enum merged {
    MERGED_UNMOVED,   /* the tip's tree is the base's: what was measured */
    MERGED_SAME,      /* the base moved, and the merged tree is the measured one all the same */
    MERGED_DIFFERENT, /* the merged tree was never measured */
    MERGED_CONFLICT,
    MERGED_UNKNOWN, /* the base moved, and the patch isn't at hand to merge */
    MERGED_FOREIGN, /* this repository has no such base commit */
};

/* How things stand now. Borrowed; digests as in struct subject. */
struct circumstances {
    int64_t now_s;               /* since the epoch */
    const char *repository_root; /* as in struct statement */
    const char *repository_name; /* NULL: the operator names none, and any is taken */
    const char *trust_ref;       /* "refs/heads/main" */
    const char *policy;          /* NULL: can't be read any more */
    const char *configuration;   /* likewise */
    const char *unread_why;      /* of these two; NULL: nothing more is known */
    const char *const *samples;  /* by the subject's samples; NULL elements are not here to be compared */
    const char *head;  /* commit that the candidate's branch points at; NULL: unknown, or no branch */
    bool head_differs; /* a head was named, and it is not the candidate */
    enum merged merged;
    const char *signers_why;            /* why nobody may sign; NULL: somebody may */
    const struct policy_sign_off *rule; /* of the policy in force; NULL where there is none */
    char *const *people;                /* who wrote the patch, "Name <mail>"; NULL-terminated */
};

enum ruling_state { RULING_AWAITING, RULING_APPROVED, RULING_REJECTED, RULING_STALE, RULING_REFUSED };

struct ruling {
    enum ruling_state state;
    int exit_status;   /* of `cupel gate`: 0, 5, 6, 8 */
    struct text words; /* one sentence: what holds, or which thing changed; foreign text in it is escaped */
    size_t *counted;   /* indexes of the approvals that count, of distinct people; owned */
    size_t count;      /* of counted */
    bool rejected;     /* by somebody who may, whatever the verdict */
};

void ruling_make(struct ruling *ruling, const struct subject *subject, const struct circumstances *now,
                 const struct vote *votes, size_t vote_count);
void ruling_fini(struct ruling *ruling);

/* "awaiting", "approved", "rejected", "stale", "refused": what gate says. */
const char *ruling_state_name(enum ruling_state state);
/* The view's sign_off.state: one of the first four, since a refused report is either rejected or not yet. */
const char *ruling_view_state(const struct ruling *ruling);

/*
 * Why a person's decision can't count, as words behind their name ("wrote the patch"), or NULL. `names`: all
 * of theirs, NULL-terminated.
 */
const char *ruling_excludes(const struct circumstances *now, const char *const *names);

/* The address in "Name <mail>", or the whole where there is none; owned. */
char *ruling_mail(const char *person);

#endif
