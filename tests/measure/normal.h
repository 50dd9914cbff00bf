/* Noise for simulations. */
#ifndef CUPEL_TESTS_MEASURE_NORMAL_H
#define CUPEL_TESTS_MEASURE_NORMAL_H

#include <stdint.h>

/* A standard normal deviate (Box & Muller, "A note on the generation of random normal deviates", 1958). */
double normal_draw(uint64_t *state);

#endif
