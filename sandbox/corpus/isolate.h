/* A mount namespace of our own, without which no hostile test may run:
 * a mistake there would damage the machine. */
#ifndef CUPEL_SANDBOX_CORPUS_ISOLATE_H
#define CUPEL_SANDBOX_CORPUS_ISOLATE_H

#include "base/error.h"

/*
 * Moves this process (of one thread) into a private mount namespace, as an ordinary user through a user
 * namespace in which it keeps its ids. ERR_UNAVAILABLE when that can't be had or can't be proven.
 */
WARN_UNUSED int isolate_mounts(struct err *err);

#endif
