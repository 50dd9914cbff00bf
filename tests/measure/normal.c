#include "tests/measure/normal.h"

#include "workloads/measure/draw.h"

#include <math.h>

double normal_draw(uint64_t *state)
{
    double one = (double)((draw_bits(state) >> 11) + 1) * 0x1.0p-53;
    return sqrt(-2 * log(one)) * cos(2 * 3.14159265358979323846 * draw_uniform(state));
}
