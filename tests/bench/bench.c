#include "tests/bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_check(int status, const struct err *err)
{
    if (status < 0) {
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->message);
        exit(1);
    }
}
