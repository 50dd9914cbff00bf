/*
 * Programs that a person has and that we run: ssh-keygen and git. Looked up in the system's folders only, no
 * shell, an environment of our making, waited for.
 */
#ifndef CUPEL_ORCHESTRATOR_SIGNOFF_PROGRAM_H
#define CUPEL_ORCHESTRATOR_SIGNOFF_PROGRAM_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

#define PROGRAM_OUTPUT_MAX ((size_t)1 << 20) /* bytes kept of each output */

struct program {
    const char *name;        /* "ssh-keygen" */
    char *const *arguments;  /* argv, NULL-terminated; [0] is the name */
    const char *input;       /* file for its standard input; NULL: nothing to read */
    const char *const *keep; /* further variables that it gets from our environment; NULL-terminated */
    bool shows_errors;       /* its standard error is ours: it may have to ask for a touch of a key */
};

/*
 * 0 with its exit status (128 + n on a signal), output and errors (appended); ERR_NOT_FOUND where it isn't
 * installed, ERR_SYSTEM where it can't be run.
 */
WARN_UNUSED int program_run(const struct program *program, int *status, struct text *output,
                            struct text *errors, struct err *err);

#endif
