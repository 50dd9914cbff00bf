/*
 * The pairs of one repository's processes in its ledger: what the evaluations of a run or batch go on from,
 * and where they put each pair as it comes.
 */
#ifndef CUPEL_ORCHESTRATOR_PAIRS_BOOK_H
#define CUPEL_ORCHESTRATOR_PAIRS_BOOK_H

#include "orchestrator/journal.h"

struct pairs_book {
    struct evaluation_pairs pairs; /* for evaluation_input; borrows from the book */
    struct journal *journal;       /* borrowed */
    const char *state;             /* folder of the ledger; borrowed */
    char *environment;             /* CPU, kernel and source of the figures, now; owned */
};

/* Everything is borrowed until pairs_book_close(). */
void pairs_book_open(struct pairs_book *book, struct journal *journal, const char *state,
                     const struct facts *facts, const struct sandbox_isolation *isolation);
void pairs_book_close(struct pairs_book *book);

#endif
