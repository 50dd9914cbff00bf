/* Whether two measurements came to the same. */
#ifndef CUPEL_TESTS_MEASURE_SAME_H
#define CUPEL_TESTS_MEASURE_SAME_H

#include "workloads/measure/measurement.h"

/* Asserts that their metrics are the same to the last bit, but for the padding. */
void same_rows(const struct measurement *one, const struct measurement *other);

#endif
