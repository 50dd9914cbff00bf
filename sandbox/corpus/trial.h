/* One attempt and its twin, made in a sandbox and judged by the row of the corpus. */
#ifndef CUPEL_SANDBOX_CORPUS_TRIAL_H
#define CUPEL_SANDBOX_CORPUS_TRIAL_H

#include "sandbox/corpus/attempt.h"
#include "sandbox/corpus/range.h"

enum trial_state {
    TRIAL_HELD,
    TRIAL_NOT_HELD,
    TRIAL_OPEN,           /* not held, as the row says that it isn't here */
    TRIAL_NOT_APPLICABLE, /* not here: `said` says why */
    TRIAL_STATES
};

struct trial {
    enum trial_state state;
    char said[192]; /* how the attempt ended: "EPERM"; "ok, 1 killed at the end, CPU charged"; "timed out" */
    char twin[64];  /* what the twin said; "ok" */
    char left[128]; /* what survived; "" */
};

/*
 * Runs the attempt (with what goes before or beside it), its twin, and looks for survivors. `profile` is
 * one of attempt_profile_name(). An infrastructure failure is one of ours and says nothing about the attempt.
 */
WARN_UNUSED int trial_make(struct range *range, const struct attempt *attempt, const char *profile,
                           struct trial *trial, struct err *err);
/* The attempt alone: what it says; for filters that let everything through. */
WARN_UNUSED int trial_describe(struct range *range, const struct attempt *attempt, const char *profile,
                               char said[static 192], struct err *err);
/* Is `said` one of the alternatives, which are separated by '|'? */
bool trial_is_among(const char *said, const char *alternatives);

#endif
