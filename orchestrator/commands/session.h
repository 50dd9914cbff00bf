/*
 * What every command that evaluates needs: the loop, the repository, its state, the operator's settings, a
 * sandbox, signals. One session a process.
 */
#ifndef CUPEL_ORCHESTRATOR_COMMANDS_SESSION_H
#define CUPEL_ORCHESTRATOR_COMMANDS_SESSION_H

#include "orchestrator/commands/progress.h"
#include "orchestrator/evaluation/evaluation.h"
#include "orchestrator/settings/configuration.h"
#include "orchestrator/settings/paths.h"

struct session {
    uv_loop_t loop;
    struct paths paths;
    struct operator_settings settings;
    struct repository *repository;
    char *state;                  /* of this repository */
    int presence;                 /* keeps the caches in `state` while we live; -1: not there yet */
    struct configuration outside; /* of --config */
    bool has_outside;
    struct sandbox_isolation isolation; /* as the sandbox said when it opened */
    struct sandbox *sandbox;
    struct progress progress;
    uv_signal_t signals[2];        /* SIGINT, SIGTERM */
    int caught;                    /* signal that ended the evaluation, or 0 */
    struct evaluation *evaluation; /* under way or done; owned */
    struct err outcome;            /* of the evaluation */
};

/* `config`: a file outside the repository, or NULL. Opens everything but the sandbox. */
WARN_UNUSED int session_open(struct session *session, const char *repository, const char *config, bool quiet,
                             struct err *err);
/* The same, taking a working file inside the repository too; for `check`. */
WARN_UNUSED int session_use_configuration(struct session *session, const char *path, struct err *err);
/* Starts the sandbox and evaluates; 0 when the evaluation came to an end that its evidence tells. */
WARN_UNUSED int session_evaluate(struct session *session, struct evaluation_input *input, struct err *err);
void session_close(struct session *session);

/* DESIGN: 1 infrastructure, 2 usage or configuration, 7 sandbox, 128 + n on a signal. */
int session_exit_status(const struct session *session, const struct err *err);

#endif
