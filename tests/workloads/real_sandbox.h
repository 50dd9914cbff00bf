/* A real sandbox over a folder of the test's, for tests and benchmarks that run programs. */
#ifndef CUPEL_TESTS_WORKLOADS_REAL_SANDBOX_H
#define CUPEL_TESTS_WORKLOADS_REAL_SANDBOX_H

#include "workloads/workload.h"

struct real_sandbox {
    uv_loop_t loop;
    struct sandbox *sandbox;
    char root[64]; /* temporary folder; holds layer/ and state/ */
    char layer[80];
    char samples[80];
    const char *layers[2];
    const char *environment[8];
    struct workload_context context;
    struct arm base, candidate;
};

/* 0, 77 where this machine has no sandbox (said on stdout), else 1. `executable` is cupel-sandbox. */
int real_sandbox_open(struct real_sandbox *real, const char *executable, const char *filters);
/* Puts a file into layer/ or samples/, owned as the sandbox wants it. */
void real_sandbox_write(const struct real_sandbox *real, const char *path, const char *text, int mode);
void real_sandbox_close(struct real_sandbox *real);

#endif
