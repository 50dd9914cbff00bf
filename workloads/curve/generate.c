/*
 * One run of the program after the other, a size each, in the base's layers and without a network; what it
 * prints is parsed as it ends.
 *
 * A program that can't be started, fails, or prints anything but samples ends it with ERR_INVALID and a
 * sentence that names workload and size; the sandbox's own failures end it with theirs.
 *
 * Exactly one run is in flight at any time; cancelling cancels that one, and its callback ends everything.
 */
#include "workloads/curve/generate.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GENERATE_WORKSPACE ((uint64_t)1 << 30)   /* bytes that it may write */
#define GENERATE_SCRATCH   ((uint64_t)256 << 20) /* of /tmp and of /dev/shm */
#define GENERATE_PROCESSES 256
#define GENERATE_WORDS     200 /* bytes shown of what it complained */

struct generate {
    struct generate_input input;
    const struct size *size;
    double values[SIZE_VALUES_MOST]; /* sizes */
    struct sandbox_mount *mounts;    /* the context's and the samples' folder; owned */
    struct sandbox_run *run;         /* in flight, or NULL */
    struct generated generated;
    bool cancelled;
};

static void generate_finish(struct generate *generate, const struct err *err)
{
    generate->input.done(&generate->generated, err->code ? err : NULL, generate->input.data);
    generated_fini(&generate->generated);
    free(generate->mounts);
    free(generate);
}

static void generate_replace(struct text *out, const char *argument, double n)
{
    while (*argument) {
        size_t length = 1;
        if (strncmp(argument, SIZE_PLACEHOLDER, strlen(SIZE_PLACEHOLDER)) == 0) {
            text_printf(out, "%.0f", n);
            length = strlen(SIZE_PLACEHOLDER);
        } else if (strncmp(argument, "${samples}", strlen("${samples}")) == 0) {
            text_append_string(out, WORKLOAD_SAMPLES);
            length = strlen("${samples}");
        } else {
            text_append_char(out, *argument);
        }
        argument += length;
    }
}

static char **generate_arguments(const struct size *size, double n)
{
    size_t count = 0;
    while (size->generate[count])
        count++;
    char **arguments = memory_zeroed((count + 1) * sizeof *arguments);
    for (size_t i = 0; i < count; i++) {
        struct text argument = {0};
        generate_replace(&argument, size->generate[i], n);
        arguments[i] = text_take(&argument);
    }
    return arguments;
}

/* The program's own words, on one line and without what a terminal would obey. */
static int generate_complain(const struct sandbox_result *result, struct err *err)
{
    char words[GENERATE_WORDS + 1];
    char ending[96];
    size_t used = 0;
    while (used < result->error_length && used < GENERATE_WORDS && result->error[used] != '\n') {
        char byte = result->error[used];
        words[used++] = byte >= ' ' && byte < 0x7f ? byte : '?';
    }
    words[used] = '\0';
    if (result->end == SANDBOX_NOT_STARTED)
        return err_set(err, ERR_INVALID, "it can't be started: %s", strerror(result->status));
    sandbox_describe_end(result, ending, sizeof ending);
    return err_set(err, ERR_INVALID, "%s%s%s", ending, used > 0 ? ": " : "", words);
}

static int generate_take(struct generate *generate, const struct sandbox_result *result, struct err *err)
{
    double n = generate->values[generate->generated.count];
    bool ended = result->end == SANDBOX_EXITED && result->status == 0;
    int code = ended ? generated_add(&generate->generated, n, result->out, result->out_length, err)
                     : generate_complain(result, err);
    if (code == 0)
        code = workload_check_samples(generate->input.workload, &generate->generated.set, err);
    return code < 0 ? err_wrap(err, "workload \"%s\": \"generate\" for a size of %.0f",
                               generate->input.workload->name, n)
                    : 0;
}

static int generate_start_next(struct generate *generate, struct err *err);

static void generate_on_run(struct sandbox_run *run, const struct sandbox_result *result,
                            const struct err *failure, void *data)
{
    struct generate *generate = data;
    struct err err = {0};
    (void)run;
    generate->run = NULL;
    if (failure && failure->code != 0)
        err = *failure;
    else if (generate->cancelled || result->end == SANDBOX_CANCELLED)
        err_set(&err, ERR_CANCELLED, "cancelled");
    else if (generate_take(generate, result, &err) == 0 &&
             generate->generated.count < generate->input.value_count &&
             generate_start_next(generate, &err) == 0)
        return;
    generate_finish(generate, &err);
}

static int generate_start_next(struct generate *generate, struct err *err)
{
    const struct generate_input *input = &generate->input;
    char **arguments = generate_arguments(generate->size, generate->values[generate->generated.count]);
    const struct sandbox_spec spec = {
        .slot = input->slot,
        .profile = "workload",
        .argv = (const char *const *)arguments,
        .environment = input->context->environment,
        .layers = input->layers,
        .mounts = generate->mounts,
        .mount_count = input->context->mount_count + 1,
        .limits = {.wall_ms = GENERATE_SECONDS * 1000,
                   .memory_bytes = input->workload->memory_bytes,
                   .output_bytes = GENERATE_BYTES,
                   .workspace_bytes = GENERATE_WORKSPACE,
                   .scratch_bytes = GENERATE_SCRATCH,
                   .processes = GENERATE_PROCESSES},
    };
    int code =
        sandbox_run_start(input->context->sandbox, &spec, generate_on_run, generate, &generate->run, err);
    json_free_strings(arguments);
    return code;
}

int generate_start(struct generate **out, const struct generate_input *input, struct err *err)
{
    struct generate *generate = MEMORY_NEW(struct generate);
    const struct workload_context *context = input->context;
    generate->input = *input;
    generate->size = input->workload->size;
    assert(input->value_count > 0 && input->value_count <= SIZE_VALUES_MOST);
    memcpy(generate->values, input->values, input->value_count * sizeof *input->values);
    generate->mounts = memory_zeroed((context->mount_count + 1) * sizeof *generate->mounts);
    for (size_t i = 0; i < context->mount_count; i++)
        generate->mounts[i] = context->mounts[i];
    generate->mounts[context->mount_count] =
        (struct sandbox_mount){.source = input->samples->folder, .target = WORKLOAD_SAMPLES};
    generate->generated.set.path = memory_copy_string(input->samples->path);
    generate->generated.set.folder = memory_copy_string(input->samples->folder);
    if (generate_start_next(generate, err) < 0) {
        generated_fini(&generate->generated);
        free(generate->mounts);
        free(generate);
        return err->code;
    }
    *out = generate;
    return 0;
}

void generate_cancel(struct generate *generate)
{
    generate->cancelled = true;
    if (generate->run)
        sandbox_run_cancel(generate->run);
}
