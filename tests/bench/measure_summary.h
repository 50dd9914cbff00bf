/* The table of a results file: our decisions beside the usual tools', with confidence bounds. */
#ifndef CUPEL_TESTS_BENCH_MEASURE_SUMMARY_H
#define CUPEL_TESTS_BENCH_MEASURE_SUMMARY_H

#include "tests/bench/measure_results.h"

#include <stdio.h>

/* As columns for a person, and as Markdown. Bounds are one-sided, at 95 %. */
void summary_print(const struct results *results, FILE *out);

#endif
