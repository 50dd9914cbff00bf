#include "orchestrator/commands/bare.h"

#include "base/folder.h"
#include "base/json_access.h"
#include "base/memory.h"
#include "orchestrator/arms/workroom.h"
#include "orchestrator/settings/environment.h"

#include <stdlib.h>

static void bare_finish(struct bare *bare, const struct err *err)
{
    if (bare->turn == BARE_WORKS)
        token_give(bare->engine.token, &bare->claim);
    bare->turn = BARE_ENDED;
    if (err)
        bare->outcome = *err;
    engine_stop(&bare->engine);
}

static void bare_on_turn(void *data, const struct err *err)
{
    struct bare *bare = data;
    struct err failure = *err;
    if (failure.code == 0) {
        bare->turn = BARE_WORKS;
        if (bare->work->start(bare->work->data, &failure) == 0)
            return;
    }
    bare_finish(bare, &failure);
}

static void bare_on_signal(void *data, const char *reason)
{
    struct bare *bare = data;
    (void)reason;
    if (bare->turn == BARE_WAITS)
        token_cancel(bare->engine.token, &bare->claim);
    else if (bare->turn == BARE_WORKS)
        bare->work->cancel(bare->work->data);
}

int bare_open(struct bare *bare, const char *command, bool quiet, struct err *err)
{
    *bare = (struct bare){.command = command};
    if (session_open_bare(&bare->session, quiet, err) < 0)
        return err->code;
    bare->empty = workroom_folder(bare->session.state, "empty", err);
    return bare->empty ? 0 : err->code;
}

/* Nothing is configured, so programs get what every arm gets. */
static void bare_fill_context(struct bare *bare)
{
    const struct operator_settings *settings = &bare->session.settings;
    char *none[] = {NULL};
    const struct configuration nothing = {.environment = none};
    bare->environment = environment_build(&nothing, settings);
    bare->context = (struct workload_context){
        .loop = &bare->session.loop,
        .sandbox = bare->engine.sandbox,
        .environment = (const char *const *)bare->environment,
        .mounts = settings->mounts,
        .mount_count = settings->mount_count,
        .measure_cpus = settings->measure_cpus,
        .measure_cpu_count = settings->measure_cpu_count,
    };
}

int bare_run(struct bare *bare, const struct bare_work *work, struct err *err)
{
    bare->work = work;
    if (engine_start(&bare->engine, &bare->session, NULL, bare->command, bare_on_signal, bare, err) < 0)
        return err->code;
    bare_fill_context(bare);
    token_take(bare->engine.token, &bare->claim, bare_on_turn, bare);
    uv_run(&bare->session.loop, UV_RUN_DEFAULT);
    progress_end(&bare->session.progress);
    if (bare->outcome.code == 0 && bare->session.caught)
        err_set(&bare->outcome, ERR_CANCELLED, "interrupted");
    if (bare->outcome.code != 0)
        *err = bare->outcome;
    return bare->outcome.code;
}

void bare_end(struct bare *bare, const struct err *err)
{
    bare_finish(bare, err);
}

void bare_tell(struct bare *bare, const char *stage, const char *detail)
{
    const struct evaluation_progress step = {.stage = stage, .sentence = "", .detail = detail};
    progress_show(&bare->session.progress, &step);
}

int bare_fail(struct bare *bare, const struct err *err)
{
    return session_fail(&bare->session, err);
}

void bare_close(struct bare *bare)
{
    if (bare->environment)
        json_free_strings(bare->environment);
    free(bare->empty);
    session_close(&bare->session);
}
