/*
 * The listener of a counting run: every call that the filter refuses waits here until it is answered with
 * exactly the errno that a timed run's filter gives (seccomp_unotify(2)).
 *
 * Answers and names come from the registers in the notification. The target's memory is never read, and no
 * call is ever continued: both could be changed behind our back between the look and the call.
 */
#ifndef CUPEL_SANDBOX_NOTIFIER_H
#define CUPEL_SANDBOX_NOTIFIER_H

#include "sandbox/wire.h"
#include "sandbox/zygote/filter.h"

struct notifier {
    int listener;                                  /* or -1 */
    const struct filter *filter;                   /* whose refusals arrive; borrowed */
    uint32_t count;                                /* rows in use */
    struct wire_call_row rows[WIRE_CALL_ROWS_MAX]; /* in the order of their first attempt */
};

/* When the listener is readable or hung up:
 * answers a bounded number of calls, closes it behind the last process. Never blocks. */
void notifier_serve(struct notifier *notifier, short events);
/* The rows for the result; `foreign`: the first process was ended by a call of another architecture. */
void notifier_report(const struct notifier *notifier, bool foreign, struct wire_result *result);
void notifier_close(struct notifier *notifier);

#endif
