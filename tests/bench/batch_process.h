/* Processes of bench_batch: what one costs by itself, without the sandboxes that it starts. */
#ifndef CUPEL_TESTS_BENCH_BATCH_PROCESS_H
#define CUPEL_TESTS_BENCH_BATCH_PROCESS_H

#include <stddef.h>

struct batch_process {
    int status;        /* exit status; 128 + signal */
    double wall_s;     /* from its start to its end */
    double cpu_s;      /* user and system, of its threads and not of its children */
    size_t peak_bytes; /* greatest resident size, looked at every 2 ms */
};

/* Runs to its end; standard output goes to `out`, which is made anew;
 * NULL: to nowhere. The program is looked up in PATH. */
void batch_process_run(const char *const *arguments, const char *out, struct batch_process *process);

/* Runs to its end, without looking at it meanwhile; the exit status. */
int batch_process_do(const char *const *arguments);
/* Ends this process where the status is not 0. */
void batch_process_must(const char *const *arguments);

#endif
