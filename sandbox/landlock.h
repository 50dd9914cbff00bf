/*
 * Landlock (landlock(7)): a second wall behind namespaces and filter, for what those already stop. Each run
 * is a domain of its own: it reaches no abstract unix socket and signals no process outside it, and has no
 * TCP.
 */
#ifndef CUPEL_SANDBOX_LANDLOCK_H
#define CUPEL_SANDBOX_LANDLOCK_H

#include "base/error.h"

#include <stdbool.h>

#define LANDLOCK_NETWORK_VERSION 4 /* TCP rules, Linux 6.7 */
#define LANDLOCK_SCOPE_VERSION   6 /* abstract sockets and signals, Linux 6.12 */

/* What the kernel has; 0 for none. */
int landlock_version(void);
/* A close-on-exec ruleset of all that this kernel has; `tcp`: TCP stays allowed. -1 and errno. */
WARN_UNUSED int landlock_make(bool tcp);
/* Puts the calling thread into a new domain for good; needs no_new_privs. -1 and errno. */
WARN_UNUSED int landlock_enter(int ruleset);

#endif
