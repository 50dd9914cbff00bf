/* Shared by the parts of bench_sandbox: launches, and what a sandbox costs besides. */
#ifndef CUPEL_TESTS_SANDBOX_BENCH_H
#define CUPEL_TESTS_SANDBOX_BENCH_H

#include "sandbox/sandbox.h"

enum bench_way {
    BENCH_SPAWN,
    BENCH_FORK,
    BENCH_OURS,
    BENCH_WARM,
    BENCH_BWRAP,
    BENCH_BWRAP_FILTER,
    BENCH_UNSHARE,
    BENCH_FIREJAIL,
    BENCH_WAYS
};

struct bench {
    struct sandbox *sandbox;          /* ours */
    struct sandbox_warm *warm;        /* one that stays */
    uv_loop_t loop;                   /* its loop */
    char *layer;                      /* lower folder, with bench_inside; owned */
    char *shared;                     /* writable mount of runs other than `true`; owned */
    int filter;                       /* memfd with the workload filter's program */
    bool over;                        /* the run in flight has ended */
    enum sandbox_end end;             /* of the last run */
    int status;                       /* of the last run */
    char *said;                       /* its stdout; owned */
    size_t rounds;                    /* of each way */
    double *microseconds[BENCH_WAYS]; /* owned */
};

double bench_now(void); /* microseconds */
void bench_die(const char *words) __attribute__((noreturn));
bool bench_has(enum bench_way way);
double bench_p10(double *values, size_t count);

/* Interleaved launches into bench->microseconds. */
void bench_launch(struct bench *bench, size_t rounds, const bool ways[static BENCH_WAYS]);
/* One run of ours: to its start, to its end, or both (and it must succeed). */
struct sandbox_run *bench_start(struct bench *bench, const char *const *argv);
void bench_await(struct bench *bench);
void bench_ours(struct bench *bench, const char *const *argv);

/* System calls and computing inside, beside a bare process. */
void bench_steady(struct bench *bench);
/* Ending a run of 500 processes. */
void bench_end(struct bench *bench);
/* Launches by a process of 1 GiB. */
void bench_large(struct bench *bench, size_t rounds);

#endif
