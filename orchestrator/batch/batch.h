/*
 * A batch on the loop: reads every proposal and holds it against the policy, then evaluates the distinct
 * trees that are left, side by side; those of one base share what depends on the base alone. Its verdicts
 * wait until the family is closed: see settle.h.
 *
 * Happy path: batch_start(); all proposals are sifted; the family's size is recorded; base by base, the base
 * alone and then its candidates; `done`.
 * Failure: what goes wrong with one candidate is its own; a source that can't be read, a configuration that
 * is wrong and a ledger that can't be written end the batch, and so does a source that gives something else
 * than it gave an earlier process: everything known is read again, and compared. Close: batch_cancel() lets
 * what is under way clean up. `done` comes once, never from inside start; the batch is freed after it. What
 * was finished stands in the ledger, and a later batch over the same roster goes on there.
 */
#ifndef CUPEL_ORCHESTRATOR_BATCH_BATCH_H
#define CUPEL_ORCHESTRATOR_BATCH_BATCH_H

#include "orchestrator/batch/roster.h"
#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/journal.h"
#include "orchestrator/token.h"

struct batch;

#define BATCH_BASE SIZE_MAX /* index of the base alone, in what is told */

/* Everything is borrowed until `done`. */
struct batch_input {
    const struct evaluation_input *common; /* what all evaluations share: loop, sandbox, settings … */
    struct repository *repository;         /* for the sources */
    const char *const *sources;            /* as batch_source_open() takes them */
    size_t source_count;
    const char *base;        /* revision that was asked for; NULL: none */
    const char *pinned_base; /* commit that patches stand on otherwise */
    struct token *token;
    struct journal *journal;
    struct ledger *ledger;  /* to read what was finished before */
    const char *id;         /* of the batch */
    const char *keep;       /* existing folder for what its evaluations leave for later */
    struct roster *roster;  /* filled from the ledger where the batch is resumed */
    bool frozen;            /* its sift had ended: the roster is whole */
    unsigned active, alive; /* as in struct lanes_input */
    /* Strings are borrowed for the call. May be NULL. */
    void (*progress)(void *data, size_t index, const struct evaluation_progress *step);
    /* The sift is over; `family` distinct trees. */
    void (*sift_ended)(void *data, size_t family);
    /* One evaluation is over: of a candidate, or of a base alone (err says how). */
    void (*ended)(void *data, size_t index, const struct evaluation *evaluation, const struct err *err);
    void (*done)(void *data, const struct err *err);
    void *data;
};

struct batch *batch_start(const struct batch_input *input);
void batch_cancel(struct batch *batch, const char *reason);

#endif
