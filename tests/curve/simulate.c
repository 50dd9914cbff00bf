#include "tests/curve/simulate.h"

#include "base/memory.h"

#include <math.h>

/* xorshift64* (Vigna 2016) and Box & Muller (1958): another generator than the one under test. */
static double simulate_uniform(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return ((double)((*state * UINT64_C(2685821657736338717)) >> 11) + 0.5) * 0x1.0p-53;
}

double simulate_normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(simulate_uniform(state)));
    return radius * cos(2 * M_PI * simulate_uniform(state));
}

static double simulate_shape(enum fit_class growth, double n)
{
    static const double powers[] = {0, 0, 1, 1, 2};
    bool logarithm = growth == FIT_LOGARITHMIC || growth == FIT_LINEARITHMIC;
    return growth == FIT_CONSTANT ? 0 : pow(n, powers[growth]) * (logarithm ? log(n) : 1);
}

static double simulate_cost(const struct simulate *simulate, int arm, double n, uint64_t *state)
{
    const struct simulate_arm *of = &simulate->arm[arm];
    double most = simulate_shape(of->growth, simulate->sizes[simulate->count - 1]);
    double grown = most > 0 ? of->growth_s * simulate_shape(of->growth, n) / most : 0;
    return (of->start + grown) * exp(simulate->noise * simulate_normal(state));
}

struct curve *simulate_curve(const struct simulate *simulate)
{
    struct curve *curve = curve_new();
    uint64_t state = simulate->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    curve->parameter = memory_copy_string("/items/length");
    curve->threshold = 0.1;
    curve->value_count = simulate->count;
    for (size_t i = 0; i < simulate->count; i++) {
        struct curve_value *value = &curve->values[i];
        *value = (struct curve_value){.n = simulate->sizes[i], .samples = 1, .repeats = 1};
        for (size_t p = 0; p < simulate->pairs; p++)
            value->pairs[value->pair_count++] = (struct curve_pair){
                .base = simulate_cost(simulate, 0, value->n, &state),
                .candidate = simulate_cost(simulate, 1, value->n, &state),
            };
    }
    return curve;
}
