/* A calibration of a quiet machine with four CPUs, for the tests to bend. */
#ifndef CUPEL_TESTS_CALIBRATE_SAMPLE_H
#define CUPEL_TESTS_CALIBRATE_SAMPLE_H

#include "orchestrator/calibrate/calibration.h"

/* Sets: CPU 3 (the usual), CPU 2, all. `noise` is the relative spread of a run on each. Not yet assessed. */
void sample_fill(struct calibration *calibration, const double noise[static 3], size_t pairs);
/* As calibration_assess(), but for the simulations:
 * half of the noise is what is shown, where there are runs enough. */
void sample_assess(struct calibration *calibration);

#endif
