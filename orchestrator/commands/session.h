/*
 * What every command needs that runs programs: the loop, the operator's settings, and mostly the repository
 * with its state. One session a process.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_SESSION_H
#define CUPEL_ORCHESTRATOR_COMMANDS_SESSION_H

#include "orchestrator/commands/progress.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/configuration.h"
#include "orchestrator/settings/paths.h"

struct session {
    uv_loop_t loop;
    struct paths paths;
    struct operator_settings settings;
    struct repository *repository; /* NULL: a command that needs none */
    char *state;                   /* of this repository, or of all where there is none */
    int presence;                  /* keeps the caches in `state` while we live; -1: not there yet */
    struct configuration outside;  /* of --config */
    bool has_outside;
    struct sandbox_isolation isolation; /* as the sandbox said when it opened; see engine.h */
    struct progress progress;
    int caught; /* signal that ended what was under way, or 0 */
};

/* `config`: a file outside the repository, or NULL. Opens everything but the sandbox. */
WARN_UNUSED int session_open(struct session *session, const char *repository, const char *config, bool quiet,
                             struct err *err);
/* The same, taking a working file inside the repository too; for `check`. */
WARN_UNUSED int session_use_configuration(struct session *session, const char *path, struct err *err);
/* Without a repository: `state` is the folder of all of cupel's state. See bare.h. */
WARN_UNUSED int session_open_bare(struct session *session, bool quiet, struct err *err);
void session_close(struct session *session);

/*
 * Tells on stderr why the command ends, as data since it may quote foreign names, and whether the disk of the
 * state is full. Returns the exit status: 1 infrastructure, 2 usage or configuration, 7 sandbox, 128 + n on a
 * signal.
 */
int session_fail(struct session *session, const struct err *err);

#endif
