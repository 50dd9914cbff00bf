/*
 * What the ledger is told of one batch or run while it goes on: that it began, its candidates, each stage
 * with all evidence so far, and the verdicts. docs/ledger.md lists what the entries hold.
 *
 * Happy path: journal_stage() is an evaluation's `stage_ended`: it writes the evidence and lets the
 * evaluation go on once that is durable. Failure: a stage that can't be written ends its evaluation by that
 * error. journal_failure() and journal_close() tell the first of any entry. Close: what is queued is
 * committed first.
 */
#ifndef CUPEL_ORCHESTRATOR_JOURNAL_H
#define CUPEL_ORCHESTRATOR_JOURNAL_H

#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/facts.h"
#include "orchestrator/ledger/ledger.h"

#include <cjson/cJSON.h>

struct journal;

/* What of a batch an entry is about; none: that it began. */
#define JOURNAL_SIFTED    "sifted"    /* every proposal is read; the family is frozen */
#define JOURNAL_EVALUATED "evaluated" /* every evaluation is over; from here on no evidence changes */
#define JOURNAL_CLOSED    "closed"    /* all reports are written */
#define JOURNAL_ERROR     "error"     /* stands where the name of a stage does: see journal_error() */

/* What a batch or run is known by. */
struct journal_identity {
    char batch[REPORT_ID + 1];
    struct facts facts; /* of its beginning; every report of the batch bears its time */
};
/* A new one, of now. */
void journal_identify(struct journal_identity *identity);

/* Opens the ledger below `state`. `isolation` is borrowed until close. */
WARN_UNUSED int journal_open(struct journal **out, uv_loop_t *loop, const char *state,
                             const struct journal_identity *identity,
                             const struct sandbox_isolation *isolation, struct err *err);

/* Why an entry could not be written; code 0: all could so far. Borrowed. */
const struct err *journal_failure(const struct journal *journal);

/* Takes the body over. `stage`: what of the batch this is; NULL: that it began. */
void journal_batch(struct journal *journal, const char *stage, cJSON *body);
/* `subject`: its tree, or NULL. */
void journal_candidate(struct journal *journal, const char *candidate, const char *subject, cJSON *body);

/* Bodies of those entries. `number` is the candidate's in the order of the batch, from 0; SIZE_MAX: none;
 * `proposal` what it was called there. */
cJSON *journal_run_body(const struct evaluation_input *input);
cJSON *journal_candidate_body(const struct evidence *evidence, size_t number, const char *proposal);

/* Durable on return, on whatever connection: the first entry of a batch (`stage` NULL), before anything is
 * evaluated, and its last. Takes the body over. */
WARN_UNUSED int journal_append_batch(struct ledger *ledger, const char *batch, const char *stage, cJSON *body,
                                     struct err *err);

/* The last entry of a candidate: its report is written. On whatever connection. */
WARN_UNUSED int journal_settle(struct ledger *ledger, const char *batch, const char *candidate,
                               const struct digest *report, const struct decision *decision, struct err *err);

/* An evaluation that ended by an error of ours: all evidence so far, as stage JOURNAL_ERROR. */
void journal_error(struct journal *journal, const struct evaluation *evaluation);

/* Likewise of a candidate that can't be evaluated:
 * `body` (taken over; NULL: none) is its evidence of before. */
void journal_lost(struct journal *journal, const char *candidate, cJSON *body, const char *error);

/* Writes the stage's entry, then evaluation_go_on(). */
void journal_stage(struct journal *journal, struct evaluation *evaluation, enum stage stage);

/* Writes the entry of a pair, found by `change`, then evaluation_pair_kept(). Takes the body over. */
void journal_pair(struct journal *journal, struct evaluation *evaluation, const struct digest *change,
                  cJSON *body);

/* The context of reports of this batch; borrows from `facts` and the journal. */
void journal_describe(const struct journal *journal, const struct configuration *configuration,
                      struct facts *facts, struct report_context *context);
/* The id under which an evaluation's report will stand; known behind the intake.
 * `id`: REPORT_ID + 1 bytes, or longer for a base alone. */
#define JOURNAL_NAME_MAX 32
void journal_name(const struct journal *journal, const struct evaluation *evaluation,
                  char id[static JOURNAL_NAME_MAX]);

/* `closed` comes once, never from inside; err->code is 0 where everything was written. */
void journal_close(struct journal *journal, void (*closed)(void *data, const struct err *err), void *data);

#endif
