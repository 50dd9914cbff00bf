/*
 * The question that only a person at a terminal answers: it is read from /dev/tty, so that nothing piped into
 * cupel can answer for them.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_CHALLENGE_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_CHALLENGE_H

#include "base/error.h"

#include <stdbool.h>

#define CHALLENGE_DIGITS 8  /* of the digest that a person types */
#define CHALLENGE_LEAST  16 /* that --digest must give */

/*
 * Asks for the first eight digits of the report's digest ("sha256:…"). ERR_INVALID: not answered so.
 * ERR_CANCELLED: a signal came instead, and is in *caught.
 */
WARN_UNUSED int challenge_ask(const char *report, bool approve, int *caught, struct err *err);

/* --digest: the whole digest or at least its first sixteen digits, with "sha256:" or without. */
WARN_UNUSED int challenge_check(const char *report, const char *given, struct err *err);

#endif
