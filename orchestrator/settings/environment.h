/* The small environment that every arm gets, the same for both. */
#ifndef CUPEL_ORCHESTRATOR_SETTINGS_ENVIRONMENT_H
#define CUPEL_ORCHESTRATOR_SETTINGS_ENVIRONMENT_H

#include "orchestrator/settings/configuration.h"

/*
 * NULL-terminated NAME=value, owned by the caller (json_free_strings() frees it): PATH of the system folders
 * and of the operator's mounts, HOME and TMPDIR inside, LANG, TZ, SOURCE_DATE_EPOCH, the Python settings that
 * keep one arm's caches from the other, then the configuration's own.
 */
char **environment_build(const struct configuration *configuration, const struct operator_settings *settings);

/* The same with these entries on top, each instead of one of its name: of a layout variant's build. */
char **environment_overlay(char *const *environment, char *const *additions);

#endif
