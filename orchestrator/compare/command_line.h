/*
 * A command as a person types it, in one argument. Split into words as a shell does (POSIX.1-2017, Shell
 * Command Language, section 2.2) and started without one, unless it uses more of a shell than quotes: then
 * /bin/sh -c runs it. Pure.
 */
#ifndef CUPEL_ORCHESTRATOR_COMPARE_COMMAND_LINE_H
#define CUPEL_ORCHESTRATOR_COMPARE_COMMAND_LINE_H

#include "base/error.h"

#include <stdbool.h>

struct command_line {
    const char *line; /* as typed; borrowed */
    char **words;     /* NULL-terminated; owned; of a line for the shell only a rough idea of them */
    bool shell;       /* holds what only a shell understands: operators, expansions, its own commands */
    char **argv;      /* what is started, NULL-terminated; owned; NULL until command_line_settle() */
};

/* ERR_INVALID for an empty line and for a quote that doesn't end. command_line_fini() in either case. */
WARN_UNUSED int command_line_read(struct command_line *command, const char *line, struct err *err);

/* Fills argv of both: by the shell where either needs it, so that its start counts for both or for none. */
void command_line_settle(struct command_line *a, struct command_line *b);

void command_line_fini(struct command_line *command);

#endif
