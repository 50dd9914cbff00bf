/*
 * Where things are: state, configuration of the operator, and the data installed beside the executable
 * (XDG Base Directory Specification 0.8).
 */
#ifndef CUPEL_ORCHESTRATOR_SETTINGS_PATHS_H
#define CUPEL_ORCHESTRATOR_SETTINGS_PATHS_H

#include "base/error.h"

struct paths {
    char *state;           /* $XDG_STATE_HOME/cupel, else ~/.local/state/cupel */
    char *operator_user;   /* $XDG_CONFIG_HOME/cupel/operator.json, else ~/.config/… */
    char *operator_system; /* /etc/cupel/operator.json */
    char *policies;        /* folder of policies/<name>.json */
    char *filters;         /* folder of the seccomp rows */
    char *sandbox;         /* the cupel-sandbox executable */
    char *gauge;           /* cupel-gauge likewise, for calibrate */
    char *attacker;        /* cupel-attacker beside it, for selftest; may be absent */
};

/*
 * Looks beside the running executable: an installation (<prefix>/libexec, <prefix>/share/cupel) first, then
 * the build tree it was built in. ERR_NOT_FOUND names what an installation lacks.
 */
WARN_UNUSED int paths_init(struct paths *paths, struct err *err);
void paths_fini(struct paths *paths);

/* <state>/<repository id>, made with mode 0700; refused below the repository's own checkout. free() it. */
WARN_UNUSED int paths_repository_state(const struct paths *paths, const char *repository_id,
                                       const char *repository_path, char **folder, struct err *err);

#endif
