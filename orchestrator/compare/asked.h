/* What two commands answered before they were timed, and what that says of them. Pure. */
#ifndef CUPEL_ORCHESTRATOR_COMPARE_ASKED_H
#define CUPEL_ORCHESTRATOR_COMPARE_ASKED_H

#include "orchestrator/compare/command_line.h"
#include "orchestrator/contest/contest.h"
#include "workloads/answer.h"

#define ASKED_MOST 6 /* answers of both together */

struct asked {
    struct answer answers[ASKED_MOST]; /* A's at even places, B's at odd ones; owned */
    size_t count;
};

enum arm_side asked_side(size_t ask);
const char *asked_name(enum arm_side side); /* "A", "B" */

/* ERR_INVALID where there is nothing to compare:
 * a program that isn't there, or two that don't end by themselves. */
WARN_UNUSED int asked_check(const struct asked *asked, const struct command_line *commands, struct err *err);

/*
 * Fills how the commands ended and how their answers relate: A's teach what it changes by itself, and each of
 * B's is held against A's first one.
 */
void asked_compare(const struct asked *asked, const struct workload *workload, struct contest *contest);

/* Makes bytes from outside valid UTF-8, so that a document gives back what went in; free() it. */
char *asked_copy_valid(const char *bytes, size_t length);

void asked_fini(struct asked *asked);

#endif
