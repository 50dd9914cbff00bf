/*
 * The command workload: each sample is a process of its own in a fresh sandbox.
 *
 * A run starts its first sample; each sandbox's callback turns the result into an answer, hands it over, and
 * starts the next one, until the list is through or on_answer wants no more.
 *
 * A program that can't be started, crashes or runs out of time has answered: that is evidence. Only a failure
 * of the sandbox itself, or of reading what was left in the workspace, ends the run with an error.
 *
 * Large output files are read on libuv's pool, since a workspace may hold what takes long to copy.
 *
 * Cancelling kills the sample in flight; its callback then ends the run with ERR_CANCELLED. A run that holds
 * has none, and ends when it is resumed; nor has one whose files are being read, which ends behind that.
 *
 * Samples whose answers are discarded share a warm sandbox, which is closed before the run is over: nothing
 * of it is there beside the timed run that follows. Those with a file as stdin start fresh, since only a lane
 * opens such files safely.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "workloads/command_output.h"
#include "workloads/offload.h"
#include "workloads/program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct workload_run {
    struct workload_context context; /* a copy; what it points to is borrowed */
    struct workload_request request; /* likewise */
    struct program program;
    size_t position;            /* of the sample in flight */
    struct sandbox_run *flight; /* NULL while none is */
    struct sandbox_warm *warm;  /* of samples whose answers are discarded, or NULL */
    int *outputs;               /* descriptors of the output files, until they are read; -1: absent; owned */
    size_t output_count;
    size_t output_bytes;    /* in them */
    struct offload reading; /* of them */
    struct answer answer;   /* of the sample, until it is handed over */
    struct figures figures;
    struct err err; /* ends the run */
    bool cancelled;
};

static void command_free(struct workload_run *run)
{
    program_fini(&run->program);
    free(run->outputs);
    free(run);
}

static void command_on_closed(void *data)
{
    struct workload_run *run = data;
    struct workload_request request = run->request;
    struct err err = run->err;
    command_free(run);
    request.on_done(err.code ? &err : NULL, request.data);
}

static void command_finish(struct workload_run *run)
{
    if (run->warm)
        sandbox_warm_close(run->warm, command_on_closed, run);
    else
        command_on_closed(run);
}

static void command_fill_figures(const struct workload_run *run, const struct sandbox_result *result,
                                 struct figures *figures)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        figures->value[metric] = -1;
    const struct sandbox_isolation *isolation = sandbox_isolation(run->context.sandbox);
    bool cpu = isolation->cpu_source != SANDBOX_CPU_NONE;
    bool peak = isolation->peak_source != SANDBOX_PEAK_NONE;
    if (cpu)
        figures->value[METRIC_CPU] = (double)result->cpu_ns / 1e9;
    figures->value[METRIC_WALL] = (double)result->wall_ns / 1e9;
    if (peak)
        figures->value[METRIC_PEAK_MEMORY] = (double)result->peak_bytes;
}

/* Opens the output files: the workspace is there no longer than the sandbox's callback lasts. */
static int command_open_outputs(struct workload_run *run, int workspace, struct err *err)
{
    run->answer.output_count = run->output_count;
    run->answer.outputs =
        run->output_count ? memory_zeroed(run->output_count * sizeof *run->answer.outputs) : NULL;
    run->output_bytes = 0;
    for (size_t i = 0; i < run->output_count; i++)
        run->outputs[i] = -1;
    for (size_t i = 0; i < run->output_count && workspace >= 0; i++) {
        size_t bytes;
        if (command_output_open(workspace, run->request.workload->outputs[i], &run->outputs[i], &bytes, err) <
            0)
            return err->code;
        run->output_bytes += bytes;
    }
    return 0;
}

/* Maybe on a pool thread. */
static void command_read_outputs(void *data)
{
    struct workload_run *run = data;
    int code = run->err.code;
    for (size_t i = 0; i < run->output_count; i++) {
        const char *path = run->request.workload->outputs[i];
        if (run->outputs[i] < 0)
            continue;
        if (code == 0)
            code = command_output_read(run->outputs[i], path, &run->answer.outputs[i], &run->err);
        close(run->outputs[i]);
    }
}

static void command_fill_answer(struct workload_run *run, const struct sandbox_result *result)
{
    struct answer *answer = &run->answer;
    *answer = (struct answer){
        .ended = result->end == SANDBOX_EXITED, .status = result->status, .leftovers = result->leftovers};
    program_describe_end(&run->request, result, answer->ending);
    answer->out = (struct answer_part){.length = result->out_length, .present = true, .cut = result->out_cut};
    answer->error =
        (struct answer_part){.length = result->error_length, .present = true, .cut = result->error_cut};
    sandbox_result_take(result, &answer->out.bytes, &answer->error.bytes);
    command_fill_figures(run, result, &run->figures);
}

static int command_start_sample(struct workload_run *run, struct err *err);

/* The next sample, or the end. */
static void command_go_on(struct workload_run *run)
{
    if (run->err.code == 0 && run->cancelled)
        err_set(&run->err, ERR_CANCELLED, "cancelled");
    if (run->err.code || run->position == run->request.count || command_start_sample(run, &run->err) < 0)
        command_finish(run);
}

static void command_run_resume(struct workload_run *run, bool go_on)
{
    run->position = go_on ? run->position + 1 : run->request.count;
    command_go_on(run);
}

/* The answer is whole, or can't be had. */
static void command_deliver(void *data)
{
    struct workload_run *run = data;
    enum answer_next next = ANSWER_STOP;
    if (run->err.code == 0 && !run->cancelled)
        next = run->request.on_answer(run->position, &run->answer, &run->figures, run->request.data);
    answer_fini(&run->answer);
    if (next != ANSWER_HOLD)
        command_run_resume(run, next == ANSWER_NEXT);
}

static void command_on_sample(struct sandbox_run *flight, const struct sandbox_result *result,
                              const struct err *failure, void *data)
{
    struct workload_run *run = data;
    (void)flight;
    run->flight = NULL;
    if (failure && failure->code != 0) {
        run->err = *failure;
    } else if (!run->cancelled && result->end != SANDBOX_CANCELLED) {
        command_fill_answer(run, result);
        if (run->request.counts)
            program_count(&run->request, result);
        if (command_open_outputs(run, result->workspace_fd, &run->err) < 0)
            run->output_bytes = 0;
        if (!offload_start(&run->reading, run->context.loop, run->output_bytes, command_read_outputs,
                           command_deliver, run))
            return;
    } else {
        err_set(&run->err, ERR_CANCELLED, "cancelled");
    }
    command_deliver(run);
}

static int command_start_sample(struct workload_run *run, struct err *err)
{
    const struct sample *sample = &run->request.samples->items[run->request.indices[run->position]];
    struct sandbox_spec spec;
    program_fill_spec(&run->program, &run->context, &run->request, &spec);
    spec.stdin_bytes = sample->stdin_bytes;
    spec.stdin_length = sample->stdin_length;
    spec.keep_workspace |= run->request.workload->outputs[0] != NULL && !run->request.discarded;
    char **arguments = program_arguments(&run->request, sample->args);
    char **environment = program_environment(&run->context, run->request.padding, sample->environment);
    cleanup_free char *stdin_file = NULL;
    if (sample->stdin_file && *sample->stdin_file == '/')
        stdin_file = memory_copy_string(sample->stdin_file);
    else if (sample->stdin_file)
        stdin_file =
            memory_format("%s/%s", samples_folder_of(run->request.samples, sample), sample->stdin_file);
    spec.stdin_file = stdin_file;
    spec.argv = (const char *const *)arguments;
    spec.environment = (const char *const *)environment;
    int code =
        run->warm && !spec.stdin_file
            ? sandbox_warm_run(run->warm, &spec, command_on_sample, run, &run->flight, err)
            : sandbox_run_start(run->context.sandbox, &spec, command_on_sample, run, &run->flight, err);
    json_free_strings(arguments);
    json_free_strings(environment);
    if (code < 0)
        return err_wrap(err, "workload %s, sample \"%s\"", run->request.workload->name, sample->id);
    return 0;
}

static int command_run_start(const struct workload_context *context, const struct workload_request *request,
                             struct workload_run **out, struct err *err)
{
    assert(request->count > 0);
    struct workload_run *run = MEMORY_NEW(struct workload_run);
    run->context = *context;
    run->request = *request;
    program_init(&run->program, context, request->samples);
    while (request->workload->outputs[run->output_count])
        run->output_count++;
    run->outputs = memory_zeroed((run->output_count + 1) * sizeof *run->outputs);
    if (request->discarded && request->count > 1)
        run->warm = sandbox_warm_open(context->sandbox);
    if (command_start_sample(run, err) < 0) {
        if (run->warm)
            sandbox_warm_close(run->warm, NULL, NULL);
        command_free(run);
        return err->code;
    }
    *out = run;
    return 0;
}

static void command_run_cancel(struct workload_run *run)
{
    run->cancelled = true;
    if (run->flight)
        sandbox_run_cancel(run->flight);
}

const struct workload_kind workload_command = {
    .name = "command",
    .run_start = command_run_start,
    .run_cancel = command_run_cancel,
    .run_resume = command_run_resume,
};
