/* One evaluation of a batch that is under way, with what it borrows. */
#ifndef CUPEL_ORCHESTRATOR_BATCH_TICKET_H
#define CUPEL_ORCHESTRATOR_BATCH_TICKET_H

#include "orchestrator/batch/batch.h"
#include "orchestrator/batch/past.h"
#include "orchestrator/batch/source.h"
#include "orchestrator/job.h"

struct ticket {
    struct batch *batch;             /* borrowed */
    const struct batch_input *input; /* its own; borrowed */
    size_t index;                    /* in the roster; BATCH_BASE */
    struct proposal proposal;        /* of a candidate */
    struct repository *repository;   /* a handle of its own: its objects in memory go with it */
    struct claim claim;              /* of the proposal; borrows from it */
    size_t turn;                     /* in the sift: which one it is, from 0 */
    bool admitted;                   /* in the sift: behind its intake */
    struct evaluation *evaluation;   /* in the sift: waits behind its intake; NULL otherwise */
    bool same;                       /* in the sift: another of the same id came before */
    bool settled;                    /* in the sift: an earlier process sifted it; only compared */
    char commit[GIT_OID_HEXSZ + 1];  /* base's, for BATCH_BASE */
    char *keep;                      /* folder; NULL: keeps nothing */
    struct past_stages past;         /* what was finished before */
    struct evaluation_recall recall; /* borrows from it */
    struct job job;                  /* removes `keep` */
};

/* With a handle of its own on the repository; ticket_free() it. */
WARN_UNUSED int ticket_open(struct batch *batch, const struct batch_input *input, size_t index,
                            struct ticket **out, struct err *err);
void ticket_free(struct ticket *ticket);

/* Makes the folder for what this evaluation leaves, under its id, and finds what an earlier process left
 * there; tells the evaluation's input of both. */
WARN_UNUSED int ticket_recall(struct ticket *ticket, const char *id, struct evaluation_input *input,
                              struct err *err);

/*
 * Behind the intake: ERR_INVALID where the candidate is another one than the roster knows. A branch that
 * moved, or a file that was edited, since it was read is another candidate; so is the same under other rules.
 */
WARN_UNUSED int ticket_check_same(const struct ticket *ticket, const struct evaluation *evaluation,
                                  struct err *err);

#endif
