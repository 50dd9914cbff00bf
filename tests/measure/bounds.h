/* Confidence bounds of a rate that was seen. Pure. */
#ifndef CUPEL_TESTS_MEASURE_BOUNDS_H
#define CUPEL_TESTS_MEASURE_BOUNDS_H

#include <stddef.h>

/*
 * One-sided bounds of a rate of which `hits` of `count` were seen (Clopper & Pearson, "The use of confidence
 * or fiducial limits illustrated in the case of the binomial", 1934). At 0.95, no hits in 600: at most 0.50
 * %.
 */
double bounds_upper(size_t hits, size_t count, double confidence);
double bounds_lower(size_t hits, size_t count, double confidence);

#endif
