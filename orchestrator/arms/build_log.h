/* What to look at first in the output of a failed command. Pure. */
#ifndef CUPEL_ORCHESTRATOR_ARMS_BUILD_LOG_H
#define CUPEL_ORCHESTRATOR_ARMS_BUILD_LOG_H

#include <stddef.h>

/*
 * The part around the first line that reads like an error ("error:", "Traceback", "FAILED", "undefined
 * reference" …), else the last lines: at most 20 lines and 4 KiB. Returns an owned string, "" for no output.
 */
char *build_log_excerpt(const char *output, size_t length);

#endif
