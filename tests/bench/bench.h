/* What the programs that measure share. */
#ifndef CUPEL_TESTS_BENCH_BENCH_H
#define CUPEL_TESTS_BENCH_BENCH_H

#include "base/error.h"

/* Seconds of a clock that nobody sets. */
double bench_now(void);
/* Ends the program, with its name and the words, where `status` is below 0. */
void bench_check(int status, const struct err *err);

#endif
