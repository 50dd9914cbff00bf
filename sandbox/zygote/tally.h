/*
 * Made calls of a tallying run: each call that the filter allows waits here until it was counted, and then
 * goes its way (SECCOMP_USER_NOTIF_FLAG_CONTINUE, seccomp_unotify(2)).
 *
 * That widens nothing. The notifying filter is a second one below the run's own, and the kernel obeys the
 * stricter answer of the two: what the own filter refuses or kills never comes here, and what comes here it
 * has allowed with these very registers. We decide nothing, so nothing can change between a look and the
 * call.
 */
#ifndef CUPEL_SANDBOX_TALLY_H
#define CUPEL_SANDBOX_TALLY_H

#include "sandbox/wire.h"

#include <stdbool.h>

#define TALLY_CALLS 512 /* numbers told apart; all that are greater share the last place */

struct tally {
    uint64_t most;                /* calls after which the run is ended; 0: it is not tallied */
    uint64_t total;               /* since the program's exec */
    bool begun;                   /* that has come */
    uint64_t counts[TALLY_CALLS]; /* of them, by number */
};

/*
 * Puts the calling thread behind the notifying filter, before its own; returns the listener (close-on-exec),
 * or -1 and errno. Left out: seccomp, and sendmsg to `control`, by which the listener goes out; calls that
 * never return to be counted or may not be interrupted: exit, exit_group, rt_sigreturn, restart_syscall.
 */
WARN_UNUSED int tally_load(int control);
/*
 * When the listener is readable or hung up: lets a bounded number of calls go on, closes it behind the last
 * process. Where there were too many it closes it as well, and kills process 1 (`pidfd`) and so everything
 * inside.
 */
void tally_serve(struct tally *tally, int *listener, int pidfd, short events);
/* Total and rows, the most frequent first; what finds no row adds up in the last one. */
void tally_report(const struct tally *tally, struct wire_result *result);

#endif
