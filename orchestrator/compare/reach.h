/*
 * What commands can reach inside the sandbox, told before anything runs: the current folder (as /work), the
 * system's folders and mounts are there, and nothing else is. A program that isn't there would end with "not
 * found" of a file that the person sees, so the error names the mount that is missing.
 */
#ifndef CUPEL_ORCHESTRATOR_COMPARE_REACH_H
#define CUPEL_ORCHESTRATOR_COMPARE_REACH_H

#include "base/text.h"
#include "orchestrator/compare/command_line.h"
#include "orchestrator/settings/configuration.h"

struct reach {
    const char *folder; /* the current one, resolved */
    const char *state;  /* cupel's own, which is never shown */
    const struct operator_settings *settings;
};

/* Refuses a current folder that may not be shown: ERR_INVALID with what to do. */
WARN_UNUSED int reach_check_folder(const struct reach *reach, struct err *err);

/* Shows `path` inside, read-only at its own place: ERR_INVALID for what can't be shown. */
WARN_UNUSED int reach_add_mount(struct operator_settings *settings, const char *path, const char *state,
                                struct err *err);

/*
 * ERR_INVALID where the program can't be there, or where a file of the current folder that the command names
 * can't be read by the sandbox's user. Other files that it names and that aren't there are told in `notes`,
 * a line each.
 */
WARN_UNUSED int reach_check(const struct reach *reach, const struct command_line *command, struct text *notes,
                            struct err *err);

#endif
