/* Another process that holds a lock. */
#ifndef CUPEL_TESTS_LEDGER_HOLDER_H
#define CUPEL_TESTS_LEDGER_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

/* A child that has the lock by the time this returns, and dies when `*end` is closed or it is killed.
 * `command` is what it says of itself. */
pid_t holder_start(const char *path, const char *command, int *end);
/* Closes `end`, or kills the child before, and waits for its death. */
void holder_end(pid_t child, int end, bool kill_it);

#endif
