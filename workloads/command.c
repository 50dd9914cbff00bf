/*
 * The command workload: each sample is a process of its own in a fresh sandbox.
 *
 * A run starts its first sample; each sandbox's callback turns the result into an answer, hands it over, and
 * starts the next one, until the list is through or on_answer wants no more.
 *
 * A program that can't be started, crashes or runs out of time has answered: that is evidence. Only a failure
 * of the sandbox itself, or of reading what was left in the workspace, ends the run with an error.
 *
 * Cancelling kills the sample in flight; its callback then ends the run with ERR_CANCELLED.
 *
 * Samples whose answers are discarded share a warm sandbox, which is closed before the run is over: nothing
 * of it is there beside the timed run that follows. Those with a file as stdin start fresh, since only a lane
 * opens such files safely.
 */
#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/command_output.h"
#include "workloads/count/counts.h"
#include "workloads/workload.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_STREAM_MOST    ((uint64_t)64 << 20)  /* bytes of stdout, and of stderr */
#define COMMAND_WORKSPACE_MOST ((uint64_t)1 << 30)   /* bytes that a sample may write */
#define COMMAND_SCRATCH_MOST   ((uint64_t)256 << 20) /* of /tmp and of /dev/shm */
#define COMMAND_PROCESSES      256
#define COMMAND_PROGRAM_MAX    40 /* bytes of a program's name in an answer's ending */
#define COMMAND_PLACEHOLDER    "${samples}"

struct workload_run {
    struct workload_context context; /* a copy; what it points to is borrowed */
    struct workload_request request; /* likewise */
    struct sandbox_mount *mounts;    /* the context's and the samples' folder; owned */
    size_t position;                 /* of the sample in flight */
    struct sandbox_run *flight;      /* NULL while none is */
    int cpu;                         /* the measuring CPU where the context names none */
    struct sandbox_warm *warm;       /* of samples whose answers are discarded, or NULL */
    struct err ending;               /* of the run, while `warm` is being closed */
    bool cancelled;
};

/* The last CPU that we may use: the first ones take most interrupts. */
static int command_last_cpu(void)
{
    cpu_set_t set;
    int last = -1;
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &set))
            last = cpu;
    }
    return last;
}

static char *command_expand(const char *argument)
{
    struct text expanded = {0};
    for (const char *found; (found = strstr(argument, COMMAND_PLACEHOLDER));) {
        text_append(&expanded, argument, (size_t)(found - argument));
        text_append_string(&expanded, WORKLOAD_SAMPLES);
        argument = found + strlen(COMMAND_PLACEHOLDER);
    }
    text_append_string(&expanded, argument);
    return text_take(&expanded);
}

/* What starts: an arm's own command has no placeholders, since a person typed it for itself. */
static char *const *command_program(const struct workload_request *request)
{
    return request->arm->run ? request->arm->run : request->workload->run;
}

static char **command_arguments(const struct workload_request *request, const struct sample *sample)
{
    bool own = request->arm->run != NULL;
    size_t count = 0;
    for (char *const *argument = command_program(request); *argument; argument++)
        count++;
    for (char **argument = sample->args; *argument; argument++)
        count++;
    char **arguments = memory_zeroed((count + 1) * sizeof *arguments);
    size_t filled = 0;
    for (char *const *argument = command_program(request); *argument; argument++)
        arguments[filled++] = own ? memory_copy_string(*argument) : command_expand(*argument);
    for (char **argument = sample->args; *argument; argument++)
        arguments[filled++] = command_expand(*argument);
    return arguments;
}

/* Sets NAME=value, in place of an earlier one of that name: programs take the first of two. */
static void command_set_variable(char **environment, const char *variable)
{
    size_t name = strcspn(variable, "=") + 1;
    size_t at = 0;
    while (environment[at] && strncmp(environment[at], variable, name) != 0)
        at++;
    free(environment[at]);
    environment[at] = memory_copy_string(variable);
}

static char **command_environment(const struct workload_run *run, const struct sample *sample)
{
    size_t most = 2;
    for (const char *const *variable = run->context.environment; *variable; variable++)
        most++;
    for (char **variable = sample->environment; *variable; variable++)
        most++;
    char **environment = memory_zeroed(most * sizeof *environment);
    cleanup_free char *padding = memory_format("CUPEL_PADDING=%s", run->request.padding);
    for (const char *const *variable = run->context.environment; *variable; variable++)
        command_set_variable(environment, *variable);
    command_set_variable(environment, padding);
    for (char **variable = sample->environment; *variable; variable++)
        command_set_variable(environment, *variable);
    return environment;
}

static void command_on_closed(void *data)
{
    struct workload_run *run = data;
    struct workload_request request = run->request;
    struct err ending = run->ending;
    free(run->mounts);
    free(run);
    request.on_done(ending.code ? &ending : NULL, request.data);
}

static void command_finish(struct workload_run *run, const struct err *err)
{
    run->ending = *err;
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

static int command_collect_outputs(const struct workload *workload, int workspace, struct answer *answer,
                                   struct err *err)
{
    while (workload->outputs[answer->output_count])
        answer->output_count++;
    if (answer->output_count == 0)
        return 0;
    answer->outputs = memory_zeroed(answer->output_count * sizeof *answer->outputs);
    for (size_t i = 0; i < answer->output_count && workspace >= 0; i++) {
        if (command_output_read(workspace, workload->outputs[i], &answer->outputs[i], err) < 0)
            return err->code;
    }
    return 0;
}

static int command_fill_answer(const struct workload_run *run, const struct sandbox_result *result,
                               struct answer *answer, struct err *err)
{
    *answer = (struct answer){
        .ended = result->end == SANDBOX_EXITED, .status = result->status, .leftovers = result->leftovers};
    if (result->end == SANDBOX_NOT_STARTED) {
        /* Named where it fits: cut, a path could end within a character. */
        const char *program = command_program(&run->request)[0];
        bool fits = strlen(program) <= COMMAND_PROGRAM_MAX;
        snprintf(answer->ending, sizeof answer->ending, WORKLOAD_NOT_STARTED "%s%s%s", fits ? program : "",
                 fits ? ": " : "", strerror(result->status));
    } else {
        sandbox_describe_end(result, answer->ending, sizeof answer->ending);
    }
    answer->out = (struct answer_part){.length = result->out_length, .present = true, .cut = result->out_cut};
    answer->error =
        (struct answer_part){.length = result->error_length, .present = true, .cut = result->error_cut};
    sandbox_result_take(result, &answer->out.bytes, &answer->error.bytes);
    return command_collect_outputs(run->request.workload, result->workspace_fd, answer, err);
}

static int command_start_sample(struct workload_run *run, struct err *err);

static void command_on_sample(struct sandbox_run *flight, const struct sandbox_result *result,
                              const struct err *failure, void *data)
{
    struct workload_run *run = data;
    struct err err = {0};
    struct answer answer = {0};
    struct figures figures;
    (void)flight;
    run->flight = NULL;
    if (failure && failure->code != 0) {
        err = *failure;
    } else if (run->cancelled || result->end == SANDBOX_CANCELLED) {
        err_set(&err, ERR_CANCELLED, "cancelled");
    } else if (command_fill_answer(run, result, &answer, &err) == 0) {
        command_fill_figures(run, result, &figures);
        if (run->request.counts)
            counts_add(run->request.counts, result);
        bool more = run->request.on_answer(run->position, &answer, &figures, run->request.data);
        run->position = more ? run->position + 1 : run->request.count;
    }
    answer_fini(&answer);
    if (err.code == 0 && run->cancelled)
        err_set(&err, ERR_CANCELLED, "cancelled");
    if (err.code == 0 && run->position < run->request.count && command_start_sample(run, &err) == 0)
        return;
    command_finish(run, &err);
}

static void command_fill_spec(const struct workload_run *run, const struct sample *sample,
                              struct sandbox_spec *spec)
{
    const struct workload *workload = run->request.workload;
    const struct arm *arm = run->request.arm;
    *spec = (struct sandbox_spec){
        .slot = arm->slot + run->request.lane,
        .profile = "workload",
        .layers = arm->layers,
        .mounts = run->mounts,
        .mount_count = run->context.mount_count + 1,
        .stdin_bytes = sample->stdin_bytes,
        .stdin_length = sample->stdin_length,
        .keep_workspace = workload->outputs[0] != NULL && !run->request.discarded,
        .counting = run->request.counts != NULL,
        .limits = {.wall_ms = (uint64_t)(workload->timeout_s * 1000),
                   .memory_bytes = workload->memory_bytes,
                   .output_bytes = COMMAND_STREAM_MOST,
                   .workspace_bytes = COMMAND_WORKSPACE_MOST,
                   .scratch_bytes = COMMAND_SCRATCH_MOST,
                   .processes = COMMAND_PROCESSES},
    };
    if (!run->request.timed)
        return;
    spec->cpus = run->context.measure_cpus;
    spec->cpu_count = run->context.measure_cpu_count;
    if (!spec->cpus && run->cpu >= 0) {
        spec->cpus = &run->cpu;
        spec->cpu_count = 1;
    }
}

static int command_start_sample(struct workload_run *run, struct err *err)
{
    const struct sample *sample = &run->request.samples->items[run->request.indices[run->position]];
    struct sandbox_spec spec;
    command_fill_spec(run, sample, &spec);
    char **arguments = command_arguments(&run->request, sample);
    char **environment = command_environment(run, sample);
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
    run->cpu = context->measure_cpus ? -1 : command_last_cpu();
    run->mounts = memory_zeroed((context->mount_count + 1) * sizeof *run->mounts);
    for (size_t i = 0; i < context->mount_count; i++)
        run->mounts[i] = context->mounts[i];
    run->mounts[context->mount_count] =
        (struct sandbox_mount){.source = request->samples->folder, .target = WORKLOAD_SAMPLES};
    if (request->discarded && request->count > 1)
        run->warm = sandbox_warm_open(context->sandbox);
    if (command_start_sample(run, err) < 0) {
        if (run->warm)
            sandbox_warm_close(run->warm, NULL, NULL);
        free(run->mounts);
        free(run);
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
};
