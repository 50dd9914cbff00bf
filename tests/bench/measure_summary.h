/* The table of a results file: our decisions beside the usual tools', with confidence bounds. */
#ifndef CUPEL_TESTS_BENCH_MEASURE_SUMMARY_H
#define CUPEL_TESTS_BENCH_MEASURE_SUMMARY_H

#include "tests/bench/measure_results.h"

#include <stdio.h>

/*
 * One-sided 95 % bounds of a rate of which `hits` of `count` were seen (Clopper & Pearson, "The use of
 * confidence or fiducial limits", 1934). No hits in 600: at most 0.50 %.
 */
double summary_upper(size_t hits, size_t count);
double summary_lower(size_t hits, size_t count);

/* As columns for a person, and as Markdown. */
void summary_print(const struct results *results, FILE *out);

#endif
