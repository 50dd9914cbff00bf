/*
 * Who uses a repository's caches: every cupel that may read or write them holds a shared flock(2) on
 * <state>/caches.lock for as long as it lives, and whoever removes caches takes it alone. It ends with its
 * process, so nothing has to be cleaned up after a kill.
 */
#ifndef CUPEL_ORCHESTRATOR_CACHES_PRESENCE_H
#define CUPEL_ORCHESTRATOR_CACHES_PRESENCE_H

#include "base/error.h"

#include <stdbool.h>

#define PRESENCE_NAME "caches.lock"

/* Waits for the moment that a collector takes to move things away. close(2) of *fd gives it back. */
WARN_UNUSED int presence_enter(const char *state, int *fd, struct err *err);

/*
 * 0: nobody is there, and as long as *fd is open nobody comes. 1: somebody is. With `only_look` a file that
 * isn't there is not made, and *fd may be -1.
 */
WARN_UNUSED int presence_claim(const char *state, bool only_look, int *fd, struct err *err);

#endif
