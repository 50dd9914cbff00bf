/*
 * Runs two commands: their answers first, then pairs of timed runs, and fills a comparison with what was
 * measured.
 */
#ifndef CUPEL_ORCHESTRATOR_COMPARE_TRIAL_H
#define CUPEL_ORCHESTRATOR_COMPARE_TRIAL_H

#include "orchestrator/commands/bare.h"
#include "orchestrator/compare/command_line.h"
#include "orchestrator/contest/contest.h"

#define TRIAL_BUDGET_S  45  /* of measuring, so that all of it ends within a minute */
#define TRIAL_TIMEOUT_S 300 /* of one run of a command */

struct trial_input {
    struct bare *bare;
    const struct command_line *commands; /* A and B, settled */
    const char *folder;                  /* that both see as their workspace, resolved */
    const char *input;                   /* file that is stdin, resolved; NULL: empty */
    int metric;                          /* an enum metric; negative: chosen by how the commands run */
    double threshold;                    /* fraction */
    double timeout_s;                    /* of one run */
    double time_budget_s;                /* of measuring; negative: TRIAL_BUDGET_S, or what long runs need */
};

/*
 * Runs bare's loop. 0 with *contest to be concluded, and contest_fini()ed in either case; ERR_INVALID
 * where a command can't be run at all, ERR_CANCELLED on a signal: then the comparison holds what is known.
 */
WARN_UNUSED int trial_run(const struct trial_input *input, struct contest *contest, struct err *err);

#endif
