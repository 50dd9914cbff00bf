/*
 * The sift of a batch: several intakes at once, taken in the order of the proposals, so that of those that
 * give the same change the first one speaks for it, whichever is read first; and their entries in the ledger.
 *
 * Happy path: sift_enter() when an evaluation starts, sift_hold() behind its intake, sift_next() hands out
 * whose turn it is, which sift_begin() records; sift_leave() when it ends. Failure: one that ends without an
 * intake (by an error, or cancelled) ends the batch; the others are then handed out in any order.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_SIFT_H
#define CUPEL_ORCHESTRATOR_BATCH_SIFT_H

#include "orchestrator/batch/ticket.h"

/* Proposals that are sifted at once. Most of that time is waiting for the disk that takes a stage, and those
 * that wait together are committed together. */
#define SIFT_ACTIVE 16

struct sift {
    struct ticket *held[SIFT_ACTIVE]; /* their intake has ended, that of one before has not */
    size_t held_count;                /* of held */
    size_t turns, admitted;           /* started, and behind their intake */
    bool unordered;                   /* one ended without an intake */
    void *seen;                       /* ids whose stages are recorded: a tsearch(3) tree of strings */
};

/* The roster has what an earlier process sifted. sift_fini() it. */
void sift_start(struct sift *sift, const struct roster *roster);
void sift_fini(struct sift *sift);

void sift_enter(struct sift *sift, struct ticket *ticket);
/* At most SIFT_ACTIVE at once. */
void sift_hold(struct sift *sift, struct ticket *ticket, struct evaluation *evaluation);
/* NULL: that of the next one is still under way. */
struct ticket *sift_next(struct sift *sift);
void sift_leave(struct sift *sift, const struct ticket *ticket);

/*
 * Records the candidate, unless an earlier process did: then it must still be the same (ERR_INVALID), and
 * *again says whether its intake is recorded, too.
 */
WARN_UNUSED int sift_begin(struct sift *sift, struct ticket *ticket, const struct evaluation *evaluation,
                           bool *again, struct err *err);
/* Behind the screen: what it found goes into the roster. */
void sift_note(const struct ticket *ticket, const struct evaluation *evaluation);

#endif
