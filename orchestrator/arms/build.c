/*
 * Happy path: build_start() opens the log and arms a zero timer; the timer and each finished run call
 * build_tick(), which starts the next command or, behind the last one, closes the timer; `done` comes from
 * the timer's close callback.
 *
 * Failure modes: a command that ends badly is a result (passed = false) and ends the list. A sandbox that
 * fails is an error. A log that can't be written is an error too: evidence is not lost silently.
 *
 * Close: cancel kills the run in flight and the callback follows on the usual way with ERR_CANCELLED.
 */
#include "orchestrator/arms/build.h"

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "orchestrator/arms/build_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define BUILD_OUTPUT_BYTES  ((uint64_t)64 << 20)
#define BUILD_MEMORY_BYTES  ((uint64_t)8 << 30)
#define BUILD_SCRATCH_BYTES ((uint64_t)4 << 30)
#define BUILD_PROCESSES     4096
#define SAMPLES_PLACEHOLDER "${samples}"
#define SAMPLES_TARGET      "/samples"

static void build_tick(struct build *build);

void build_result_fini(struct build_result *result)
{
    free(result->sentence);
    free(result->excerpt);
    for (size_t i = 0; i < result->count_count; i++)
        counts_fini(&result->counts[i]);
    free(result->counts);
    *result = (struct build_result){0};
}

static char *build_replace_placeholder(const char *argument)
{
    struct text text = {0};
    for (const char *hit; (hit = strstr(argument, SAMPLES_PLACEHOLDER));
         argument = hit + strlen(SAMPLES_PLACEHOLDER)) {
        text_append(&text, argument, (size_t)(hit - argument));
        text_append_string(&text, SAMPLES_TARGET);
    }
    text_append_string(&text, argument);
    return text_take(&text);
}

static char **build_arguments(char *const *command)
{
    size_t count = 0;
    while (command[count])
        count++;
    char **argv = memory_zeroed((count + 1) * sizeof *argv);
    for (size_t i = 0; i < count; i++)
        argv[i] = build_replace_placeholder(command[i]);
    return argv;
}

char *build_command_words(char *const *command)
{
    struct text words = {0};
    for (size_t i = 0; command[i]; i++)
        text_printf(&words, "%s%s", i ? " " : "", command[i]);
    return text_take(&words);
}

static int build_log(struct build *build, const char *bytes, size_t length)
{
    if (folder_write_all(build->log_fd, bytes, length) < 0)
        return err_set_errno(&build->err, errno, "write %s", build->log_path);
    return 0;
}

static void build_on_closed(uv_handle_t *handle)
{
    struct build *build = handle->data;
    if (build->log_fd >= 0)
        close(build->log_fd);
    free(STEAL(build->log_path));
    if (build->cancelled && build->err.code == 0)
        (void)err_set(&build->err, ERR_CANCELLED, "cancelled");
    struct err err = build->err;
    build->done(build, &err, build->data);
}

static void build_finish(struct build *build)
{
    uv_close((uv_handle_t *)&build->later, build_on_closed);
}

/* Keeps both streams: diagnostics first, since that is what is looked for. */
static void build_keep_failure(struct build *build, const struct sandbox_result *result)
{
    char ending[128];
    sandbox_describe_end(result, ending, sizeof ending);
    cleanup_free char *words = build_command_words(build->argv);
    build->result.sentence = result->end == SANDBOX_DISK_LIMIT
                                 ? memory_format("`%s` %s (build_disk_mb, build_files)", words, ending)
                                 : memory_format("`%s` ended with %s", words, ending);
    cleanup_text struct text output = {0};
    text_append(&output, result->error, result->error_length);
    text_append(&output, result->out, result->out_length);
    build->result.excerpt = build_log_excerpt(text_string(&output), output.length);
}

static void build_on_run(struct sandbox_run *run, const struct sandbox_result *result, const struct err *err,
                         void *data)
{
    (void)run;
    struct build *build = data;
    build->run = NULL;
    if (err->code != 0) {
        build->err = *err;
    } else if (build_log(build, result->out, result->out_length) == 0 &&
               build_log(build, result->error, result->error_length) == 0) {
        if (build->input.counting)
            counts_add(&build->result.counts[build->result.count_count++], result);
        build->result.seconds += (double)result->wall_ns / 1e9;
        build->result.passed = result->end == SANDBOX_EXITED && result->status == 0;
        if (!build->result.passed)
            build_keep_failure(build, result);
    }
    json_free_strings(STEAL(build->argv));
    build_tick(build);
}

static int build_start_command(struct build *build)
{
    const struct build_input *input = &build->input;
    build->argv = build_arguments(input->commands->commands[build->next]);
    build->next++;
    cleanup_free char *words = build_command_words(build->argv);
    cleanup_free char *heading = memory_format("$ %s\n", words);
    if (build_log(build, heading, strlen(heading)) < 0)
        return build->err.code;
    const struct sandbox_spec spec = {
        .slot = input->slot,
        .profile = "build",
        .argv = (const char *const *)build->argv,
        .environment = input->environment,
        .layers = input->layers,
        .upper = input->upper,
        .upper_work = input->upper_work,
        .mounts = input->mounts,
        .mount_count = input->mount_count,
        .counting = input->counting,
        .limits = {.wall_ms = (uint64_t)(input->timeout_s * 1000),
                   .memory_bytes = BUILD_MEMORY_BYTES,
                   .output_bytes = BUILD_OUTPUT_BYTES,
                   .workspace_bytes = input->disk_bytes,
                   .workspace_files = input->disk_files,
                   .scratch_bytes = BUILD_SCRATCH_BYTES,
                   .processes = BUILD_PROCESSES},
    };
    return sandbox_run_start(input->sandbox, &spec, build_on_run, build, &build->run, &build->err);
}

static void build_tick(struct build *build)
{
    bool more = build->next < build->input.commands->count;
    if (build->err.code == 0 && !build->cancelled && build->result.passed && more) {
        if (build_start_command(build) == 0)
            return;
        json_free_strings(STEAL(build->argv));
    }
    build_finish(build);
}

static void build_on_later(uv_timer_t *timer)
{
    build_tick(timer->data);
}

int build_start(struct build *build, const struct build_input *input,
                void (*done)(struct build *, const struct err *, void *), void *data, struct err *err)
{
    *build = (struct build){.input = *input, .done = done, .data = data, .log_fd = -1, .result.passed = true};
    build->log_fd = open(input->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (build->log_fd < 0)
        return err_set_errno(err, errno, "open %s", input->log_path);
    build->log_path = memory_copy_string(input->log_path);
    if (input->counting)
        build->result.counts = memory_zeroed((input->commands->count + 1) * sizeof *build->result.counts);
    uv_timer_init(input->loop, &build->later);
    build->later.data = build;
    uv_timer_start(&build->later, build_on_later, 0, 0);
    return 0;
}

void build_cancel(struct build *build)
{
    build->cancelled = true;
    if (build->run)
        sandbox_run_cancel(build->run);
}
