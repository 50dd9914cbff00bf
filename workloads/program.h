/* How a workload's program is started in the sandbox: what all kinds have in common. */
#ifndef CUPEL_WORKLOADS_PROGRAM_H
#define CUPEL_WORKLOADS_PROGRAM_H

#include "workloads/workload.h"

struct program {
    struct sandbox_mount *mounts; /* the context's and the samples' folder; owned */
    size_t mount_count;
    int cpu; /* the measuring CPU where the context names none; -1: it does */
};

void program_init(struct program *program, const struct workload_context *context,
                  const struct sample_set *samples);
void program_fini(struct program *program);

/*
 * The workload's command, or the arm's own, and `more`; ${samples} is replaced, but not in an arm's own
 * command: a person typed that for itself. Free with json_free_strings().
 */
char **program_arguments(const struct workload_request *request, char *const *more);
/* The context's environment, the padding and `more`, later ones in place of earlier ones; likewise. */
char **program_environment(const struct workload_context *context, const char *padding, char *const *more);

/* Everything but the program itself, what goes in and what is kept. Borrows the program's mounts and CPU. */
void program_fill_spec(const struct program *program, const struct workload_context *context,
                       const struct workload_request *request, struct sandbox_spec *spec);

/* Adds what a counting run was for to the request's counts: usage and refused calls, made ones, or
 * simulated instructions: unknown where valgrind left no whole profile, or could not be started. */
void program_count(const struct workload_request *request, const struct sandbox_result *result);

/* answer.ending of a run that ended so:
 * sandbox_describe_end(), and for what could not be started its name. */
void program_describe_end(const struct workload_request *request, const struct sandbox_result *result,
                          char words[static 96]);

#endif
