#include "base/memory.h"
#include "tests/recheck/honest.h"

void honest_add_curve(struct evidence *evidence, struct policy *policy)
{
    static const double sizes[] = {12, 100, 1000, 10000};
    static const double quantiles[CURVE_QUANTILES] = {5, 9, 12, 40};
    struct curve *curve = evidence->workloads[0].curve = curve_new();
    curve->parameter = memory_copy_string("/items/length");
    curve->generated = true;
    curve->threshold = policy->minimum_improvement;
    curve->production.known = 0.93;
    for (int q = 0; q < CURVE_QUANTILES; q++)
        curve->production.points[q].n = quantiles[q];
    for (size_t i = 0; i < 4; i++) {
        struct curve_value *value = &curve->values[curve->value_count++];
        *value = (struct curve_value){.n = sizes[i], .samples = 1, .repeats = 64 >> i};
        for (size_t p = 0; p < 5; p++) {
            double ripple = 1 + 0.004 * (double)((p * 3 + i) % 5);
            value->pairs[value->pair_count++] = (struct curve_pair){
                .candidate_first = p % 2 == 0,
                .base = (0.01 + 1e-8 * sizes[i] * sizes[i]) * ripple,
                .candidate = (0.01 + 2e-6 * sizes[i]) * (2 - ripple),
            };
        }
    }
    struct curve_value *value = &curve->values[curve->value_count++];
    *value = (struct curve_value){
        .n = 1e6, .samples = 1, .skipped = memory_copy_string("the time budget has no room for its pairs")};
}
