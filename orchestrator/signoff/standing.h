/*
 * How things stand in this repository now, whatever the report: the trust ref's tip, who may sign there, and
 * the configuration and policy that it holds. Nothing here comes from a patch or from the checkout.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_STANDING_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_STANDING_H

#include "orchestrator/ledger/ledger.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/configuration.h"
#include "orchestrator/signoff/keygen.h"

#define STANDING_FOLDER  ".cupel" /* at the trust ref's tip */
#define STANDING_SIGNERS "allowed_signers"
#define STANDING_REVOKED "revoked_keys"

/* Borrowed; must outlive the standing. */
struct standing_source {
    struct repository *repository;
    const struct operator_settings *settings;
    const struct configuration *outside; /* of --config, or NULL: cupel.json of the tip */
    const char *policies;                /* folder of the bundled policies */
    const char *state;                   /* the repository's state folder */
};

struct standing {
    struct standing_source source;
    char *trust_ref;                 /* "refs/heads/main", or "HEAD" where it is detached; owned */
    git_oid tip, tip_tree;           /* of the trust ref */
    char tip_hex[GIT_OID_HEXSZ + 1]; /* the tip */
    char root[GIT_OID_HEXSZ + 1];    /* first commit of its first-parent history */
    struct signers signers;          /* empty where signers_why says so */
    char *unread_why;                /* why configuration and policy can't be read; NULL: they can; owned */
    char *signers_why;               /* why nobody may sign, a sentence's end; NULL: somebody may; owned */
    struct keygen keygen;            /* with those signers and the revoked keys */
    struct ledger *ledger;           /* for reading; NULL: none is there yet; owned */
    struct configuration own;        /* of the tip; valid where `owns` */
    bool owns;
    const struct configuration *configuration; /* in force; NULL: can't be read */
    char policy[8 + DIGEST_HEX];               /* "sha256:…" of it; "" without configuration */
    char configuration_digest[8 + DIGEST_HEX]; /* likewise */
};

/* standing_close() in either case. */
WARN_UNUSED int standing_open(struct standing *standing, const struct standing_source *source,
                              struct err *err);
void standing_close(struct standing *standing);

/* The state's ledger, opened when it is first there; *ledger NULL: there is none. Borrowed. */
WARN_UNUSED int standing_ledger(struct standing *standing, struct ledger **ledger, struct err *err);

/*
 * The branch that a name means: a whole name (refs/…), else a branch, else a remote's branch; *reference is
 * the caller's (git_reference_free). Unlike git, never a tag of that name: others can push those.
 */
bool standing_find_ref(struct repository *repository, const char *name, git_reference **reference);

/*
 * Digest ("sha256:…", owned) of the samples that a workload has now; NULL where they, or the workload, are
 * not here to be looked at. Looked up as an evaluation does; the committed manifest answers for a file that
 * is not on this machine.
 */
char *standing_samples(const struct standing *standing, const char *workload);

#endif
