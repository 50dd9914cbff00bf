/* A short child on our memory and descriptors (clone(2), CLONE_VM | CLONE_VFORK): nothing is copied. */
#ifndef CUPEL_SANDBOX_TASK_H
#define CUPEL_SANDBOX_TASK_H

#include "base/error.h"

#include <sys/types.h>

/*
 * Runs `body(data)` in a child that shares our memory, and waits until it ends or executes a program. With
 * `flags` CLONE_FILES its descriptors become ours too. Returns its pid (unreaped), or -1 and errno.
 */
WARN_UNUSED pid_t task_start(int (*body)(void *data), void *data, int flags);

#endif
