/* Collects declared output files from a workspace in which everything is dead. */
#ifndef CUPEL_WORKLOADS_COMMAND_OUTPUT_H
#define CUPEL_WORKLOADS_COMMAND_OUTPUT_H

#include "base/error.h"
#include "workloads/answer.h"

/*
 * Opens one regular file below `workspace`, by openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS and
 * without waiting for a FIFO's writer. What isn't there, isn't regular or lies behind a symbolic link is
 * absent, not an error: *fd is -1 then, else the caller's, with as many bytes as there are to read.
 */
WARN_UNUSED int command_output_open(int workspace, const char *path, int *fd, size_t *bytes, struct err *err);
/* Reads it; `path` is for the error's words. */
WARN_UNUSED int command_output_read(int fd, const char *path, struct answer_part *part, struct err *err);

#endif
