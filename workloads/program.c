#include "workloads/program.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "workloads/count/counts.h"
#include "workloads/count/simulated.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM_WORKSPACE_MOST  ((uint64_t)1 << 30)   /* bytes that a run may write */
#define PROGRAM_SCRATCH_MOST    ((uint64_t)256 << 20) /* of /tmp and of /dev/shm */
#define PROGRAM_PROCESSES       256
#define PROGRAM_SIMULATED_MS    60000                 /* of a sample under valgrind */
#define PROGRAM_SIMULATED_BYTES ((uint64_t)256 << 20) /* what that may need itself */
#define PROGRAM_NAME_MAX        40                    /* bytes of a program's name in an answer's ending */
#define PROGRAM_PLACEHOLDER     "${samples}"

/* The last CPU that we may use: the first ones take most interrupts. */
static int program_last_cpu(void)
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

void program_init(struct program *program, const struct workload_context *context,
                  const struct sample_set *samples)
{
    *program = (struct program){.mount_count = context->mount_count + 1,
                                .cpu = context->measure_cpus ? -1 : program_last_cpu()};
    program->mounts = memory_zeroed(program->mount_count * sizeof *program->mounts);
    for (size_t i = 0; i < context->mount_count; i++)
        program->mounts[i] = context->mounts[i];
    program->mounts[context->mount_count] =
        (struct sandbox_mount){.source = samples->folder, .target = WORKLOAD_SAMPLES};
}

void program_fini(struct program *program)
{
    free(program->mounts);
}

static char *program_expand(const char *argument)
{
    struct text expanded = {0};
    for (const char *found; (found = strstr(argument, PROGRAM_PLACEHOLDER));) {
        text_append(&expanded, argument, (size_t)(found - argument));
        text_append_string(&expanded, WORKLOAD_SAMPLES);
        argument = found + strlen(PROGRAM_PLACEHOLDER);
    }
    text_append_string(&expanded, argument);
    return text_take(&expanded);
}

static char *const *program_command(const struct workload_request *request)
{
    return request->arm->run ? request->arm->run : request->workload->run;
}

char **program_arguments(const struct workload_request *request, char *const *more)
{
    bool own = request->arm->run != NULL;
    size_t count = request->simulated ? SIMULATED_PREFIX_LENGTH : 0;
    for (char *const *argument = program_command(request); *argument; argument++)
        count++;
    for (char *const *argument = more; *argument; argument++)
        count++;
    char **arguments = memory_zeroed((count + 1) * sizeof *arguments);
    size_t filled = 0;
    for (; request->simulated && filled < SIMULATED_PREFIX_LENGTH; filled++)
        arguments[filled] = memory_copy_string(simulated_prefix[filled]);
    for (char *const *argument = program_command(request); *argument; argument++)
        arguments[filled++] = own ? memory_copy_string(*argument) : program_expand(*argument);
    for (char *const *argument = more; *argument; argument++)
        arguments[filled++] = program_expand(*argument);
    return arguments;
}

/* Sets NAME=value, in place of an earlier one of that name: programs take the first of two. */
static void program_set_variable(char **environment, const char *variable)
{
    size_t name = strcspn(variable, "=") + 1;
    size_t at = 0;
    while (environment[at] && strncmp(environment[at], variable, name) != 0)
        at++;
    free(environment[at]);
    environment[at] = memory_copy_string(variable);
}

char **program_environment(const struct workload_context *context, const char *padding, char *const *more)
{
    size_t most = 2;
    for (const char *const *variable = context->environment; *variable; variable++)
        most++;
    for (char *const *variable = more; *variable; variable++)
        most++;
    char **environment = memory_zeroed(most * sizeof *environment);
    cleanup_free char *padded = memory_format("CUPEL_PADDING=%s", padding);
    for (const char *const *variable = context->environment; *variable; variable++)
        program_set_variable(environment, *variable);
    program_set_variable(environment, padded);
    for (char *const *variable = more; *variable; variable++)
        program_set_variable(environment, *variable);
    return environment;
}

/* At least one: a run of its own has to show that there are more. */
static uint64_t program_calls_left(const struct workload_request *request)
{
    const uint64_t made = request->counts->calls.total;
    return made < request->calls_most ? request->calls_most - made : 1;
}

void program_count(const struct workload_request *request, const struct sandbox_result *result)
{
    if (request->simulated)
        counts_add_simulated(request->counts, result->end == SANDBOX_EXITED && result->workspace_fd >= 0
                                                  ? simulated_sum(result->workspace_fd)
                                                  : SANDBOX_UNKNOWN);
    else if (request->calls_most)
        calls_add(&request->counts->calls, result, program_calls_left(request));
    else
        counts_add(request->counts, result);
}

/* The simulator needs its time and its memory; the whole must not take forever. */
static void program_slow_down(struct sandbox_spec *spec)
{
    spec->keep_workspace = true;
    spec->counting = false;
    spec->limits.wall_ms = PROGRAM_SIMULATED_MS;
    spec->limits.memory_bytes += PROGRAM_SIMULATED_BYTES;
}

void program_fill_spec(const struct program *program, const struct workload_context *context,
                       const struct workload_request *request, struct sandbox_spec *spec)
{
    const struct workload *workload = request->workload;
    *spec = (struct sandbox_spec){
        .slot = request->arm->slot + request->lane,
        .profile = "workload",
        .layers = request->arm->layers,
        .mounts = program->mounts,
        .mount_count = program->mount_count,
        .counting = request->counts && !request->calls_most,
        .calls_most = request->calls_most ? program_calls_left(request) : 0,
        .limits = {.wall_ms = (uint64_t)(workload->timeout_s * 1000),
                   .memory_bytes = workload->memory_bytes,
                   .output_bytes = ANSWER_PART_MOST,
                   .workspace_bytes = PROGRAM_WORKSPACE_MOST,
                   .scratch_bytes = PROGRAM_SCRATCH_MOST,
                   .processes = PROGRAM_PROCESSES},
    };
    if (request->simulated)
        program_slow_down(spec);
    if (!request->timed)
        return;
    spec->cpus = context->measure_cpus;
    spec->cpu_count = context->measure_cpu_count;
    if (!spec->cpus && program->cpu >= 0) {
        spec->cpus = &program->cpu;
        spec->cpu_count = 1;
    }
}

void program_describe_end(const struct workload_request *request, const struct sandbox_result *result,
                          char words[static 96])
{
    if (result->end != SANDBOX_NOT_STARTED) {
        sandbox_describe_end(result, words, 96);
        return;
    }
    /* Named where it fits: cut, a path could end within a character. */
    const char *program = program_command(request)[0];
    bool fits = strlen(program) <= PROGRAM_NAME_MAX;
    snprintf(words, 96, WORKLOAD_NOT_STARTED "%s%s%s", fits ? program : "", fits ? ": " : "",
             strerror(result->status));
}
