#include "orchestrator/commands/engine.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"

#include <signal.h>

static void engine_on_signal(uv_signal_t *handle, int number)
{
    struct engine *engine = handle->data;
    if (engine->session->caught)
        return;
    engine->session->caught = number;
    progress_end(&engine->session->progress);
    engine->interrupted(engine->data, number == SIGINT ? "interrupted" : "terminated");
}

static void engine_on_token_held(void *data, const struct lock_owner *holder)
{
    struct engine *engine = data;
    char who[512];
    lock_describe(holder, who, sizeof who);
    cleanup_free char *detail = memory_format("waits for the measurement of %s", who);
    const struct evaluation_progress step = {.stage = "measure", .sentence = "waits", .detail = detail};
    progress_show(&engine->session->progress, &step);
}

static void engine_on_closed(void *data)
{
    (void)data;
}

static void engine_on_journal_closed(void *data, const struct err *err)
{
    struct engine *engine = data;
    engine->err = *err;
    pairs_book_close(&engine->pairs);
}

static int engine_open_sandbox(struct engine *engine, struct err *err)
{
    const struct paths *paths = &engine->session->paths;
    cleanup_free char *state = memory_format("%s/sandbox", paths->state);
    if (folder_make(state, 0700, err) < 0)
        return err->code;
    const struct sandbox_options options = {
        .executable = paths->sandbox, .filters = paths->filters, .state = state};
    if (sandbox_open(&engine->sandbox, &engine->session->loop, &options, err) < 0)
        return err->code;
    engine->session->isolation = *sandbox_isolation(engine->sandbox);
    return 0;
}

int engine_start(struct engine *engine, struct session *session, const struct journal_identity *identity,
                 const char *command, void (*interrupted)(void *data, const char *reason), void *data,
                 struct err *err)
{
    static const int numbers[2] = {SIGINT, SIGTERM};
    *engine = (struct engine){.session = session, .interrupted = interrupted, .data = data};
    if (engine_open_sandbox(engine, err) < 0)
        return err->code;
    if (identity && journal_open(&engine->journal, &session->loop, session->state, identity,
                                 &session->isolation, err) < 0) {
        sandbox_close(engine->sandbox, engine_on_closed, engine);
        uv_run(&session->loop, UV_RUN_DEFAULT);
        return err->code;
    }
    if (engine->journal)
        pairs_book_open(&engine->pairs, engine->journal, session->state, &identity->facts,
                        &session->isolation);
    engine->token = token_open(&session->loop, session->paths.state, command);
    token_watch(engine->token, engine_on_token_held, engine);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&session->loop, &engine->signals[i]);
        engine->signals[i].data = engine;
        uv_signal_start(&engine->signals[i], engine_on_signal, numbers[i]);
    }
    return 0;
}

void engine_fill(const struct engine *engine, struct evaluation_input *input)
{
    struct session *session = engine->session;
    input->loop = &session->loop;
    input->sandbox = engine->sandbox;
    input->configuration = session->has_outside ? &session->outside : NULL;
    input->settings = &session->settings;
    input->policies = session->paths.policies;
    input->state = session->state;
    input->pairs = engine->journal ? &engine->pairs.pairs : NULL;
}

void engine_stop(struct engine *engine)
{
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&engine->signals[i], NULL);
    sandbox_close(engine->sandbox, engine_on_closed, engine);
    token_close(engine->token, engine_on_closed, engine);
    if (engine->journal)
        journal_close(engine->journal, engine_on_journal_closed, engine);
}
