/* A document of `cupel diff` in memory. */
#ifndef CUPEL_ORCHESTRATOR_DIFFERENCE_INPUT_H
#define CUPEL_ORCHESTRATOR_DIFFERENCE_INPUT_H

#include "base/error.h"

#include <stddef.h>

/* What errors call `path`: "-" is standard input. */
const char *input_name(const char *path);
/*
 * The whole of a file, a pipe or standard input, at most `limit` bytes, with JSON_PADDING NUL bytes behind;
 * free *bytes. Read and not mapped: a file that somebody cuts meanwhile must not end us, nor change under the
 * reader.
 */
WARN_UNUSED int input_read(const char *path, size_t limit, char **bytes, size_t *length, struct err *err);

#endif
